"""Machines that Consul knows, their coordinates under Nomad's names, and the definitions that are proposed for them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from fake_consul import FakeConsul

from simulacra.cli.proposals import machines_plain, machines_text, zones_text
from simulacra.definitions import load
from simulacra.faults import Unreachable
from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.consul import ConsulNode
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Card, Report
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.place import Zone
from simulacra.model.snapshot import Snapshot
from simulacra.observe.consul_machines import NEIGHBOURS, Discovered, ZoneSigns, discover
from simulacra.observe.coordinates import EVERY_S, Coordinates, of_machines
from simulacra.plan.zone_proposal import Proposal, ProposedZone

EMPTY, HOME = Snapshot(0.0), ZoneSigns("home")
MAC, OTHER, LONE = "90:1b:0e:aa:bb:cc", "90:1b:0e:aa:bb:cd", "90:1b:0e:aa:bb:ce"


def there(name: str, address: str = "10.0.0.1") -> ConsulNode:
    return ConsulNode(name, address, "dc1")


def kept(key: str, **entry: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{NEIGHBOURS}{key}/{name}", value) for name, value in sorted(entry.items()))


def names(found: Discovered) -> list[tuple[str, str | None]]:
    return [(it.name, it.address) for it in found.machines]


def test_the_catalogs_nodes_are_machines() -> None:
    found = discover(None, (there("b", "fc00::2"), there("a", "127.0.0.1")), (), EMPTY, HOME)
    assert names(found) == [("a", None), ("b", "fc00::2")]
    assert {(it.zone, it.zone_from) for it in found.machines} == {("home", "guess")}


def test_a_neighbours_overlay_address_is_the_same_machines() -> None:
    keys = (
        *kept("k1", cjdns_ipv6_address="fc00:0::0001", host="10.0.0.9", uuid="u-1", ssh_port="22"),
        *kept("k2", cjdns_ipv6_address="fc00::2", host="10.0.0.8", uuid="b"),
        *kept("k3", cjdns_ipv6_address="fc00::3", host="attic.example.org", uuid="u-3"),
        *kept("k4", cjdns_ipv6_address="fc00::4", host="10.0.0.7", uuid="u-4"),
    )
    found = discover(None, (there("a", "fc00::1"), there("b", "10.0.0.8")), keys, EMPTY, HOME)
    assert names(found) == [("a", "fc00::1"), ("attic.example.org", "fc00::3"), ("b", "fc00::2"), ("u-4", "fc00::4")]
    assert [it.name for it in found.machines if it.made_up] == ["attic.example.org", "u-4"]


def test_nomads_name_wins_where_the_address_is_that_of_a_node() -> None:
    nomad = (Node("1", "tower", networks=(HostNetwork("overlay", "fc00::1"),)), Node("2", "nas", address="[fc00::2]:4646"))
    found = discover(None, (there("other", "fc00::1"),), kept("k", cjdns_ipv6_address="fc00::2"), Snapshot(0.0, nodes=nomad), HOME)
    assert names(found) == [("nas", "fc00::2"), ("tower", "fc00::1")]
    assert not any(it.made_up for it in found.machines)


def test_those_that_are_defined_are_left_out_and_counted() -> None:
    grid = Grid("trial", machines=(Machine("a", "attic"), Machine("tower", "attic", address="fc00::2")))
    keys = kept("k", cjdns_ipv6_address="fc00::2")
    found = discover(grid, (there("a"), there("b", "fc00::2"), there("c", "fc00::3")), keys, EMPTY, HOME)
    assert (names(found), found.defined) == ([("c", "fc00::3")], ("a", "tower"))


def test_what_cant_be_used_is_said_with_why() -> None:
    keys = (*kept("k1", host="x"), *kept("k2", cjdns_ipv6_address="nonsense"), *kept("k3", cjdns_ipv6_address="fc00::3", host="a b"))
    found = discover(None, (there("no name", "fc00::8"),), keys, EMPTY, HOME)
    assert found.machines == ()
    assert [(name.removeprefix(NEIGHBOURS), why.partition(":")[0]) for name, why in found.skipped] == [
        ("'no name'", "a machine's name has letters, digits, dots, dashes and underscores only"),
        ("k1", "it has no cjdns_ipv6_address"),
        ("k2", "its cjdns_ipv6_address 'nonsense' isn't an address"),
        ("k3", "its name would be 'a b'"),
    ]


def test_zones_are_told_by_coordinates_else_by_the_label_else_guessed() -> None:
    grid = Grid("trial", zones=(Zone("attic"), Zone("office")))
    nodes = (Node("1", "b", meta=((LABEL_ZONE, "office"),)), Node("2", "c", meta=((LABEL_ZONE, "gone"),)))
    where = ZoneSigns("attic", {"a": "office"})
    found = discover(grid, (there("a", "fc00::1"), there("b", "fc00::2"), there("c", "fc00::3")), (), Snapshot(0.0, nodes=nodes), where)
    told = [(it.name, it.zone, it.zone_from) for it in found.machines]
    assert told == [("a", "office", "coordinates"), ("b", "office", "label"), ("c", "attic", "guess")]


def with_cards(**cards: tuple[Card, ...]) -> Discovered:
    reports = tuple(Report(name, 0.0, "boot", cards=it) for name, it in cards.items())
    return discover(
        None, tuple(there(name, f"fc00::{number}") for number, name in enumerate(cards)), (), Snapshot(0.0, reports=reports), HOME
    )


CARDS = with_cards(
    one=(Card("eth0", LONE, False),),
    armed=(Card("eth0", OTHER, False), Card("eth1", MAC, True)),
    several=(Card("eth0", OTHER), Card("eth1", MAC)),
    none=(),
)
STRANGE = discover(None, (there("no name", "fc00::8"),), kept("k4", cjdns_ipv6_address="fc00::4", host="10.0.0.7", uuid="u-4"), EMPTY, HOME)


def test_proposed_machines_are_definitions(tmp_path: Path) -> None:
    (tmp_path / "zones.hcl").write_text('zone "home" {}\n')
    (tmp_path / "grid.hcl").write_text('grid "trial" {}\n')
    text = machines_text(CARDS, ("A note.",))
    (tmp_path / "found.hcl").write_text(text)
    machines = {it.name: it for it in load(tmp_path).machines}
    assert {name: it.wake for name, it in machines.items()} == {"one": WakeLan(LONE), "armed": WakeLan(MAC), "several": None, "none": None}
    assert machines["one"].address == "fc00::"
    assert "its network card isn't set to wake" in text
    assert f'#   mac = "{OTHER}"' in text
    assert "# A note.\n" in text


def test_a_made_up_name_and_who_is_left_out_are_said() -> None:
    text = machines_text(STRANGE, ())
    assert "give it the name of its Nomad node\nmachine " in text
    assert "# left out: 'no name': a machine's name has" in text


def test_programs_get_the_same() -> None:
    plain = machines_plain(CARDS, ("A note.",))
    assert [(it["name"], it["macs"]) for it in plain["machines"]] == [
        ("armed", [MAC, OTHER]),
        ("none", []),
        ("one", [LONE]),
        ("several", [MAC, OTHER]),
    ]
    assert (plain["defined"], plain["skipped"], plain["notes"]) == ([], [], ["A note."])


ZONES = Proposal(
    (
        ProposedZone("attic", ("nas", "tower"), "coordinates", 0.97, ("192.168.1.0/24",), (("eu-west-1", 25.0), ("office", 12.3))),
        ProposedZone("eu-west-1", ("vps",), "coordinates", 0.9, (), (("attic", 25.0), ("office", 22.0))),
        ProposedZone("office", ("mini",), "subnet", 0.6, ("10.0.0.0/24",), (("attic", 12.3), ("eu-west-1", 22.0))),
        ProposedZone("shed", ("pi",), "overlay", 0.9),
    ),
    ("lost",),
    (("tower", "office", "attic"),),
    3,
)


def test_proposed_zones_are_definitions(tmp_path: Path) -> None:
    text = zones_text(ZONES)
    (tmp_path / "found.hcl").write_text(text)
    (tmp_path / "grid.hcl").write_text('grid "trial" {}\n')
    assert [(it.name, it.subnets, it.rtt_ms) for it in load(tmp_path).zones] == [
        ("attic", ("192.168.1.0/24",), (("eu-west-1", 25.0), ("office", 12.3))),
        ("eu-west-1", (), (("office", 22.0),)),
        ("office", ("10.0.0.0/24",), ()),
        ("shed", (), ()),
    ]
    assert "They agree with the definitions on 2 of 3 machines." in text
    assert "# tower: defined in office, found in attic" in text
    assert "# nothing tells where these are: lost" in text


@pytest.mark.nomad
@pytest.mark.parametrize(
    "text", [zones_text(ZONES), zones_text(Proposal(())), machines_text(CARDS, ("A note.",)), machines_text(STRANGE, ())]
)
def test_proposals_are_in_nomads_layout(nomad_binary: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "found.hcl").write_text(text)
    done = subprocess.run([nomad_binary, "fmt", "-check", "-list=true", tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


# coordinates


def test_coordinates_come_under_nomads_names() -> None:
    nodes = (Node("1", "tower", networks=(HostNetwork("overlay", "fc00::1"),)), Node("2", "nas", address="[fc00::2]:4646"))
    catalog = (there("consul-tower", "fc00:0::1"), there("nas", "10.0.0.5"), there("alone", "fc00::9"))
    some = tuple(Coordinate(name, (0.0,)) for name in ("alone", "consul-tower", "nas"))
    assert [it.machine for it in of_machines(some, catalog, nodes)] == ["alone", "nas", "tower"]


def test_of_two_nodes_of_one_machine_that_of_its_own_name_counts() -> None:
    nodes = (Node("1", "tower", networks=(HostNetwork("overlay", "fc00::1"),)),)
    catalog = (there("a-tower", "fc00::1"), there("tower", "fc00::1"), there("z-tower", "fc00::1"))
    some = (Coordinate("a-tower", (1.0,)), Coordinate("tower", (2.0,)), Coordinate("z-tower", (3.0,)))
    assert of_machines(some, catalog, nodes) == (Coordinate("tower", (2.0,)),)


class _Deaf(FakeConsul):
    def coordinates(self) -> tuple[Coordinate, ...]:
        raise Unreachable("it doesn't answer")


def until(holds: object) -> None:
    end = time.monotonic() + 10
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_consul_is_asked_now_and_then_and_nobody_waits_for_it() -> None:
    consul = FakeConsul((there("nas"),), (Coordinate("nas", (1.0,)),))
    coordinates = Coordinates(consul, lambda _: None)
    assert coordinates.at(100.0, ()) == (Coordinate("nas", (1.0,)),)
    consul.placed = (Coordinate("nas", (2.0,)),)
    assert coordinates.at(99.0 + EVERY_S, ()) == (Coordinate("nas", (1.0,)),)
    coordinates.at(100.0 + EVERY_S, ())
    until(lambda: coordinates.at(101.0 + EVERY_S, ()) == (Coordinate("nas", (2.0,)),))


def test_a_consul_that_doesnt_answer_is_told_once_and_what_was_known_stays() -> None:
    told: list[str] = []
    consul = _Deaf((there("nas"),))
    coordinates = Coordinates(consul, told.append)
    assert coordinates.at(0.0, ()) == ()
    until(lambda: told == ["network coordinates stay as they were: it doesn't answer"])
    for turn in range(1, 4):
        coordinates.at(turn * EVERY_S, ())
    assert len(told) == 1
