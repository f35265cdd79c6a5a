"""What people and programs see of zones."""

from __future__ import annotations

import io

from rich.console import Console

from simulacra.cli.show_zones import show_zones, zones_plain
from simulacra.plan.zone_members import Member, ZoneSeen, ZonesSeen

SEEN = ZonesSeen(
    (
        ZoneSeen(
            "attic",
            (Member("nas", "definition", 1.0), Member("tower", "coordinates", 0.8), Member("old", "definition", 1.0, seems="office")),
            0.933,
            (("office", 12.345),),
        ),
        ZoneSeen("office", (), 0.0, (("attic", 12.345),)),
    ),
    (("lost", "no zone has subnets; define it as a machine"),),
)


def shown(seen: ZonesSeen) -> list[str]:
    out = io.StringIO()
    show_zones(Console(file=out, width=200), seen)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_a_row_a_zone_and_below_it_doubts_and_those_of_no_zone() -> None:
    assert shown(SEEN) == [
        "ZONE SURE ROUND TRIPS MEMBERS",
        "attic 93% office 12.3 ms nas, tower (by network coordinates, 80%), old",
        "office - attic 12.3 ms -",
        "! old is in attic by definition, but its network coordinates are next to those of office",
        "",
        "of no zone:",
        "lost: no zone has subnets; define it as a machine",
    ]


def test_a_grid_without_zones_is_told_where_some_come_from() -> None:
    assert shown(ZonesSeen((), ())) == ["no zone is defined; `simulacra zones discover` proposes some"]


def test_programs_get_the_fixed_shape() -> None:
    assert zones_plain(SEEN) == [
        {"zone": "attic", "members": ["nas", "tower", "old"], "confidence": 0.933, "rtt_ms": {"office": 12.345}},
        {"zone": "office", "members": [], "confidence": 0.0, "rtt_ms": {"attic": 12.345}},
    ]
