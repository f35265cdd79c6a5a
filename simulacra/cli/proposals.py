"""Zones and machines that were found, as definitions to look through and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulacra.cli.show_zones import WORDS, percent
from simulacra.hcl.quote import literal, quote
from simulacra.render.environment import fill
from simulacra.render.layout import assignments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.observe.consul_machines import Discovered, FoundMachine
    from simulacra.plan.zone_proposal import Proposal, ProposedZone

GUESSED = "its zone is a guess: nothing tells where it is"
MADE_UP = "Consul's keys know it by its address only: give it the name of its Nomad node"
UNARMED = "its network card isn't set to wake by a magic packet now (ethtool -s CARD wol g)"


def zones_text(found: Proposal) -> str:
    """The zones as HCL, in `nomad fmt`'s layout."""
    agreed = found.compared - len(found.moved)
    view = {
        "zones": [_zone(zone) for zone in found.zones],
        "agreement": f"They agree with the definitions on {agreed} of {found.compared} machines." if found.compared else "",
        "moved": found.moved,
        "unplaced": ", ".join(found.unplaced),
    }
    return fill("discover/zones.hcl.j2", view, "zones that were found")


def _zone(zone: ProposedZone) -> dict[str, str]:
    # each distance is written once, in the zone whose name comes first
    later = [(other if other.isidentifier() else quote(other), f"{ms:g}") for other, ms in zone.rtt_ms if other > zone.name]
    return {
        "name": zone.name,
        "members": ", ".join(zone.machines),
        "how": f"{WORDS[zone.by]}, {percent(zone.confidence)} sure",
        "lines": assignments([("subnets", literal(zone.subnets))], 2) if zone.subnets else "",
        "distances": assignments(later, 4),
    }


def zones_plain(found: Proposal) -> list[dict[str, Any]]:
    """The shape of ``zones --json``, and for each zone by what it was found, and its subnets."""
    return [
        {
            "zone": zone.name,
            "members": list(zone.machines),
            "confidence": zone.confidence,
            "rtt_ms": dict(zone.rtt_ms),
            "by": zone.by,
            "subnets": list(zone.subnets),
        }
        for zone in found.zones
    ]


def machines_text(found: Discovered, notes: Sequence[str]) -> str:
    """The machines as HCL, in `nomad fmt`'s layout; ``notes`` are lines for the top."""
    known = len(found.defined)
    counted = [f"{known} of Consul's machines {'is' if known == 1 else 'are'} defined already."] if known else []
    view = {"machines": [_machine(it) for it in found.machines], "notes": [*counted, *notes], "skipped": found.skipped}
    return fill("discover/machines.hcl.j2", view, "machines that were found")


def _machine(machine: FoundMachine) -> dict[str, Any]:
    head = [("zone", quote(machine.zone))]
    if machine.address is not None:
        head.append(("address", quote(machine.address)))
    mac = _waking(machine)
    remarks = [GUESSED] if machine.zone_from == "guess" else []
    if machine.made_up:
        remarks.append(MADE_UP)
    if mac is not None and any(card.mac == mac and card.wakes is False for card in machine.cards):
        remarks.append(UNARMED)
    return {
        "name": machine.name,
        "head": assignments(head, 2),
        "mac": mac,
        "macs": [card.mac for card in machine.cards],
        "remarks": remarks,
    }


def _waking(machine: FoundMachine) -> str | None:
    """The card that surely is meant: the only one that is set to wake, or the only one."""
    armed = [card.mac for card in machine.cards if card.wakes]
    some = armed if len(armed) == 1 else [card.mac for card in machine.cards]
    return some[0] if len(some) == 1 else None


def machines_plain(found: Discovered, notes: Sequence[str]) -> dict[str, Any]:
    """What was found, for programs; ``macs`` has the card that wakes the machine first, where that is known."""
    return {
        "machines": [
            {
                "name": it.name,
                "zone": it.zone,
                "zone_from": it.zone_from,
                "address": it.address,
                "macs": sorted((card.mac for card in it.cards), key=lambda mac: (mac != _waking(it), mac)),
            }
            for it in found.machines
        ],
        "defined": list(found.defined),
        "skipped": [{"name": name, "why": why} for name, why in found.skipped],
        "notes": list(notes),
    }
