"""Which zone and tier a node counts to: what tells it, in which order, and that a passing look moves nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import NOON, World, always, grid_of, machine

from simulacra.model.cluster import Device, HostNetwork, Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging
from simulacra.model.machine import AttributeMatch, Match, Tier
from simulacra.model.place import Zone
from simulacra.plan.belonging import LOWERS_AFTER_S, MOVES_AFTER_S, belongings
from simulacra.plan.labelling import labelled

TIERS = (
    Tier("accelerated", 50, Match(devices=("nvidia/gpu",))),
    Tier("hypervisor", 40, Match(memory_mb=16000, attributes=(AttributeMatch("driver.qemu", "is_set"),))),
    Tier("laptop", 20, Match(memory_mb=1000)),
    Tier("server", 30, Match(memory_mb=4000, drivers=("exec",), mains=True)),
)


def home(**more: object) -> Grid:
    """attic and office, each with a machine that is always on."""
    grid = grid_of(always("nas"), always("mini", zone="office"), tiers=TIERS)
    zones = (Zone("attic", subnets=("192.168.1.0/24",)), Zone("office", subnets=("192.168.7.0/24",)))
    return replace(grid, **({"zones": zones} | more))  # type: ignore[arg-type]


def stranger(**more: object) -> Node:
    made = Node("id-new", "new", cpu_mhz=8000, memory_mb=8000, disk_mb=10000, drivers=("exec", "raw_exec"), address="[200::new]:4646")
    return replace(made, **more)  # type: ignore[arg-type]


def world(node: Node | None = None, grid: Grid | None = None, **report: object) -> World:
    made = replace(World(grid or home()).awake("nas", "mini"), strangers=(node or stranger(),))
    return made.report("new", **report) if report else made.no_report("new")


def of(it: World, name: str = "new") -> Belonging:
    return belongings(it.grid, it.snapshot())[name]


def told(it: World) -> tuple[str | None, str]:
    found = of(it)
    return found.zone, found.zone_by


def test_its_address_on_a_zones_lan_tells_the_zone() -> None:
    assert told(world(addresses=("192.168.7.23/24",))) == ("office", "subnet")
    assert told(world(stranger(networks=(HostNetwork("lan", "192.168.7.9"),)))) == ("office", "subnet")


def test_the_definition_goes_before_the_address() -> None:
    it = world().report("nas", addresses=("192.168.7.23/24",))
    assert (of(it, "nas").zone, of(it, "nas").zone_by) == ("attic", "definition")


def test_its_agents_own_label_goes_before_the_address() -> None:
    node = stranger(meta=(("simulacra_zone", "attic"),))
    assert told(world(node, addresses=("192.168.7.23/24",))) == ("attic", "label")


def test_a_label_that_we_gave_isnt_its_own_word() -> None:
    node = stranger(meta=(("simulacra_zone", "attic"),))
    ours = Belonging("new", "attic", "subnet", 0.95)
    it = replace(world(node, addresses=("192.168.7.23/24",)), belongings=(ours,))
    assert of(it).other_zone == "office"


@pytest.mark.parametrize(("addresses", "zone"), [((), None), (("192.168.1.23/24",), "attic")])
def test_a_label_that_came_from_a_definition_goes_with_it(addresses: tuple[str, ...], zone: str | None) -> None:
    """Nothing but what is written down, and the label itself, is there of the time before."""
    grid = home()
    with_it = replace(grid, machines=(*grid.machines, machine("new", zone="office")))
    unlabelled = World(with_it).awake("nas", "mini", "new").node("new", meta=())
    before = labelled(with_it, unlabelled.snapshot())
    (node,) = (it for it in before.snapshot.nodes if it.name == "new")
    assert node.label("simulacra_zone") == "office"
    without = replace(world(node, grid, addresses=addresses), belongings=before.belongings)
    assert told(without) == (zone, "subnet" if zone else "")


def test_a_label_that_names_no_zone_of_the_grid_tells_nothing() -> None:
    assert told(world(stranger(meta=(("simulacra_zone", "moon"),)), addresses=("192.168.7.23/24",))) == ("office", "subnet")


def near(machine: str, x_ms: float) -> Coordinate:
    return Coordinate(machine, (x_ms / 1000, 0.0), height=0.0001, error=0.05)


def test_else_consuls_coordinates_tell() -> None:
    it = replace(world(), coordinates=(near("nas", 0), near("mini", 20), near("new", 19.5)))
    assert told(it) == ("office", "coordinates")
    assert of(it).confidence > 0.5


def test_else_its_neighbours_on_the_overlay_tell() -> None:
    node = {"networks": (HostNetwork("overlay", "200::5"),)}
    it = world(neighbours=("200::5", "200::77")).node("mini", **node)
    assert told(it) == ("office", "overlay")


def test_two_zones_with_the_same_subnet_are_told_apart_by_neighbours() -> None:
    same = home(zones=(Zone("attic", subnets=("192.168.1.0/24",)), Zone("office", subnets=("192.168.1.0/24",))))
    it = world(grid=same, addresses=("192.168.1.9/24",), neighbours=("200::5",)).node("mini", networks=(HostNetwork("overlay", "200::5"),))
    assert told(it) == ("office", "overlay")


def test_else_its_datacenter_if_it_is_called_as_a_zone() -> None:
    assert told(world(stranger(datacenter="office"))) == ("office", "datacenter")


def test_in_a_grid_of_one_zone_everything_is_there() -> None:
    assert told(world(grid=replace(grid_of(always("nas"), always("mini")), tiers=TIERS))) == ("attic", "only")


def test_where_nothing_tells_it_has_no_zone_but_a_tier() -> None:
    it = world()
    assert (told(it), of(it).tier) == ((None, ""), "server")
    (relabel,) = (one for one in labelled(it.grid, it.snapshot()).relabels if one.machine == "new")
    assert dict(relabel.changes) == {"simulacra_tier": "server", "simulacra_rank": "30"}
    assert relabel.reason == "its zone can't be told, tier server"


def test_one_that_seems_to_be_elsewhere_moves_when_that_has_been_so_for_a_while() -> None:
    known = Belonging("new", "attic", "subnet", 0.95)
    it = replace(world(addresses=("192.168.7.23/24",)), belongings=(known,))
    seen = of(it)
    assert (seen.zone, seen.other_zone, seen.other_since_s) == ("attic", "office", NOON)
    later = replace(it.later(MOVES_AFTER_S["subnet"] - 1), belongings=(seen,))
    assert of(later).zone == "attic"
    assert (of(later.later(1)).zone, of(later.later(1)).other_zone) == ("office", None)


def test_jitter_moves_nobody() -> None:
    """In one zone, then between the two, now nearer to the one, now to the other, for an hour."""
    it = world()
    zones = set()
    for minute in range(60):
        x_ms = 0.0 if not minute else 13.0 if minute % 2 else 7.0
        it = replace(it.later(60), coordinates=(near("nas", 0), near("mini", 20), near("new", x_ms)))
        seen = of(it)
        it = replace(it, belongings=(seen,))
        zones.add(seen.zone)
    assert zones == {"attic"}


def test_where_nothing_tells_any_more_it_stays_where_it_was() -> None:
    it = replace(world(), belongings=(Belonging("new", "office", "overlay", 0.9),))
    assert told(it) == ("office", "overlay")


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, "server"),
        ({"memory_mb": 2000}, "laptop"),
        ({"memory_mb": 500}, None),
        ({"drivers": ("raw_exec",)}, "laptop"),
        ({"memory_mb": 32000, "drivers": ("exec", "qemu")}, "hypervisor"),
        ({"memory_mb": 32000, "attributes": (("driver.qemu", "1"),)}, "server"),  # listed still, and not healthy
        ({"devices": (Device("nvidia/gpu/1080ti", 1),)}, "accelerated"),
        ({"devices": (Device("nvidia/gpu/1080ti", 0),)}, "server"),  # there, and ill
    ],
)
def test_the_highest_tier_whose_match_holds(changes: dict[str, object], tier: str | None) -> None:
    assert of(world(stranger(**changes))).tier == tier


def test_on_battery_it_isnt_of_a_tier_that_wants_mains() -> None:
    assert of(world(on_battery=True)).tier == "laptop"
    assert of(world(on_battery=False)).tier == "server"


def test_what_nomad_finds_wins_over_what_the_definition_has_but_not_over_a_pinned_tier() -> None:
    it = world().node("nas", memory_mb=8000)
    assert of(it, "nas").tier == "server"  # 4000 MiB by its definition would do too; 500 wouldn't
    small = world().node("nas", memory_mb=500, meta=())
    assert of(small, "nas").tier is None
    pinned = World(home(machines=(always("nas", tier="server"),))).awake("nas").node("nas", memory_mb=500)
    assert of(pinned, "nas").tier == "server"


def test_a_lower_tier_counts_after_a_while_a_higher_one_at_once() -> None:
    labels = (("simulacra_rank", "30"), ("simulacra_tier", "server"))
    it = world(stranger(memory_mb=2000, meta=labels))
    seen = of(it)
    assert (seen.tier, seen.lower_tier, seen.lower_since_s) == ("server", "laptop", NOON)
    waited = replace(it.later(LOWERS_AFTER_S), belongings=(seen,))
    assert (of(waited).tier, of(waited).lower_since_s) == ("laptop", 0.0)
    mended = replace(it.later(LOWERS_AFTER_S - 1), belongings=(seen,), strangers=(stranger(meta=labels),))
    assert (of(mended).tier, of(mended).lower_since_s) == ("server", 0.0)
    assert of(world(stranger(memory_mb=32000, drivers=("exec", "qemu"), meta=labels))).tier == "hypervisor"


def test_only_what_wouldnt_be_told_again_is_written_down() -> None:
    it = world(addresses=("192.168.7.23/24",))
    assert [one.machine for one in labelled(it.grid, it.snapshot()).belongings] == ["new"]
    known = replace(it, belongings=(of(it),))
    assert labelled(known.grid, known.snapshot()).belongings == ()


def test_the_plan_is_made_as_if_the_labels_were_there_already() -> None:
    it = world(addresses=("192.168.7.23/24",))
    seen = labelled(it.grid, it.snapshot())
    (node,) = (one for one in seen.snapshot.nodes if one.name == "new")
    assert dict(node.meta) == {"simulacra_zone": "office", "simulacra_tier": "server", "simulacra_rank": "30"}
    observing = replace(it.grid, mode="observe")
    assert labelled(observing, it.snapshot()).snapshot == it.snapshot()


def test_labels_that_are_right_are_left_alone_and_others_metadata_always() -> None:
    meta = (("room", "3"), ("simulacra_rank", "20"), ("simulacra_tier", "laptop"), ("simulacra_watts", "5"), ("simulacra_zone", "moon"))
    it = world(stranger(meta=meta), addresses=("192.168.7.23/24",), on_battery=False)
    (relabel,) = (one for one in labelled(it.grid, it.snapshot()).relabels if one.machine == "new")
    assert relabel.changes == (
        ("simulacra_zone", "office"),
        ("simulacra_tier", "server"),
        ("simulacra_rank", "30"),
        ("simulacra_watts", None),
        ("simulacra_power", "mains"),
    )
    assert [one.machine for one in labelled(it.grid, it.snapshot()).relabels if one.machine == "mini"] == []


def test_of_nested_subnets_the_narrowest_counts() -> None:
    nested = home(zones=(Zone("attic", subnets=("10.0.0.0/8",)), Zone("office", subnets=("10.1.0.0/16",))))
    assert told(world(grid=nested, addresses=("10.1.2.3/16",))) == ("office", "subnet")
    assert told(world(grid=nested, addresses=("10.2.2.3/16",))) == ("attic", "subnet")


def test_what_is_only_supposed_moves_nobody() -> None:
    it = replace(world(stranger(datacenter="office")), belongings=(Belonging("new", "attic", "subnet", 0.95),))
    assert told(it) == ("attic", "subnet")


def test_a_zone_that_isnt_defined_any_more_is_forgotten() -> None:
    known = Belonging("new", "garage", "subnet", 0.95)
    assert told(replace(world(), belongings=(known,))) == (None, "")
    assert told(replace(world(addresses=("192.168.7.23/24",)), belongings=(known,))) == ("office", "subnet")


def test_an_address_that_machines_of_two_zones_have_tells_nothing() -> None:
    bridge = (HostNetwork("docker0", "172.17.0.1"),)
    it = world(neighbours=("172.17.0.1",)).node("nas", networks=bridge).node("mini", networks=bridge)
    assert told(it) == (None, "")


@pytest.mark.parametrize("rubbish", ["", "x/y", "1.2.3.4/99", "\x00", "fe80::1%eth0/64", "[::1]", "1" * 5000])
def test_rubbish_that_a_machine_reports_does_no_harm(rubbish: str) -> None:
    assert told(world(addresses=(rubbish, "192.168.7.23/24"), neighbours=(rubbish,))) == ("office", "subnet")


def test_a_machine_that_is_off_is_left_alone() -> None:
    it = World(grid_of(always("nas"), machine("tower"), tiers=TIERS)).awake("nas")
    assert "tower" not in belongings(it.grid, it.snapshot())
