"""What zones that were found are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

UNSAID = ("dc1",)
"""Nomad's and Consul's datacenter where nobody named it: no name for a zone."""


def zone_names(
    groups: Sequence[tuple[str, ...]],
    defined: Mapping[str, str],
    datacenters: Mapping[str, str],
    subnets: Sequence[tuple[str, ...]],
) -> list[str]:
    """A name for each group, all different: that of the zone which most of its machines are defined in; else that of a datacenter that
    is its own; else ``lan-`` and its first subnet; else ``zone1``, ``zone2`` and so on.
    """
    names: list[str | None] = [None] * len(groups)
    for number, name in _claimed(groups, defined):
        names[number] = name
    within = [{zone_name(datacenters.get(machine, "")) for machine in group} for group in groups]
    everywhere = Counter(name for found in within for name in found)
    taken = {name for name in names if name} | set(defined.values())
    for number, found in enumerate(within):
        own = next(iter(found)) if len(found) == 1 else ""
        if names[number] is None and own not in ("", *UNSAID) and everywhere[own] == 1 and own not in taken:
            names[number] = own
            taken.add(own)
    for number, nets in enumerate(subnets):
        lan = zone_name(f"lan-{nets[0].replace('/', '-')}") if nets else ""
        if names[number] is None and lan and lan not in taken:
            names[number] = lan
            taken.add(lan)
    free = (name for count in range(1, 2 * len(groups) + len(taken) + 1) if (name := f"zone{count}") not in taken)
    return [name if name is not None else next(free) for name in names]


def _claimed(groups: Sequence[tuple[str, ...]], defined: Mapping[str, str]) -> list[tuple[int, str]]:
    """The defined zones go to the groups with most of their machines, each to one."""
    votes = [
        (-count, zone, number)
        for number, group in enumerate(groups)
        for zone, count in Counter(defined[machine] for machine in group if machine in defined).items()
    ]
    named: dict[int, str] = {}
    for _, zone, number in sorted(votes):
        if number not in named and zone not in named.values():
            named[number] = zone
    return sorted(named.items())


def zone_name(text: str) -> str:
    """The text as a definition may be called; empty where nothing of it is left."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)[:63].lstrip("._-")
