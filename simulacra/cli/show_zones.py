"""Zones with their members and distances, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from simulacra.cli.show_status import print_, row, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from simulacra.plan.zone_members import Member, ZonesSeen

WORDS: Mapping[str, str] = {
    "definition": "by definition",
    "subnet": "by its subnet",
    "overlay": "by its overlay's neighbours",
    "coordinates": "by network coordinates",
    "label": "by its agent's label",
    "datacenter": "by its datacenter",
    "only": "as there is one zone only",
    "": "remembered",
}


def zones_plain(seen: ZonesSeen) -> list[dict[str, Any]]:
    """The fixed shape of ``zones --json``."""
    return [
        {"zone": it.zone, "members": [member.machine for member in it.members], "confidence": it.confidence, "rtt_ms": dict(it.rtt_ms)}
        for it in seen.zones
    ]


def show_zones(console: Console, seen: ZonesSeen) -> None:
    """A row a zone; below it who isn't where he seems to be, and those of whom no zone is known."""
    zones = table("ZONE", "SURE", "ROUND TRIPS", "MEMBERS")
    for it in seen.zones:
        apart = ", ".join(f"{zone} {ms:.3g} ms" for zone, ms in it.rtt_ms)
        row(zones, it.zone, percent(it.confidence) if it.members else "-", apart or "-", ", ".join(map(_member, it.members)) or "-")
    print_(console, zones if seen.zones else Text("no zone is defined; `simulacra zones discover` proposes some"))
    doubts = [(it.zone, member) for it in seen.zones for member in it.members if member.seems is not None]
    for zone, member in doubts:
        words = f"{member.machine} is in {zone} {WORDS[member.by]}, but its network coordinates are next to those of {member.seems}"
        print_(console, Text("! ", style="yellow").append(words, style="not bold"))
    if seen.unplaced:
        print_(console, "", Text("of no zone:"))
        for machine, why in seen.unplaced:
            print_(console, Text(f"  {machine}: {why}"))


def _member(member: Member) -> str:
    if member.by == "definition":
        return member.machine
    return f"{member.machine} ({WORDS[member.by]}, {percent(member.confidence)})"


def percent(share: float) -> str:
    return f"{share:.0%}"
