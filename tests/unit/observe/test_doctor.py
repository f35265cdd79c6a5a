"""The doctor's findings, one ailment at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_nomad import FakeNomad, fake_node

from simulacra.gateways.nomad_values import Member, Token
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Tier, WakeLan
from simulacra.model.marks import LABEL_RANK, LABEL_TIER, LABEL_ZONE
from simulacra.model.place import Zone
from simulacra.observe.doctor import Examined, Finding, examine, findings, numbers

GRID = Grid("trial", zones=(Zone("attic"),), tiers=(Tier("server", 20),), machines=(Machine("shelf", "attic", tier="server"),))
NOW = 1_700_000_000.0
WELL = examine(FakeNomad(), FakeNomad().agent(), NOW)


def ailments(seen: Examined, grid: Grid = GRID) -> list[Finding]:
    return [it for it in findings(grid, "http://n", seen) if it.level != "ok" and it.subject != "access control"]


def test_one_that_isnt_defined_is_well_once_it_has_a_zone() -> None:
    labelled = replace(WELL.details[0], id="id-guest", name="guest", meta=(("simulacra_zone", "attic"),))
    seen = replace(WELL, nodes=(fake_node(), fake_node("guest")), details=(*WELL.details, labelled))
    assert ailments(seen) == []
    assert "is on and used in zone attic, though it isn't defined" in [it.what for it in findings(GRID, "http://n", seen)]


def test_a_healthy_grid_has_nothing_to_do() -> None:
    assert ailments(WELL) == []
    assert all(it.todo == "" for it in findings(GRID, "http://n", WELL) if it.level == "ok")


TWO = (Member("a", "alive", "1.11.3", "global", "::1"), Member("b", "failed", "1.10.0", "global", "::2"))


@pytest.mark.parametrize(
    ("seen", "level", "words", "todo"),
    [
        (replace(WELL, leader=None), "problem", "leader: the servers have none", "more than half"),
        (replace(WELL, now_s=NOW + 60), "problem", "clock: its clock is 60 s behind", "chrony"),
        (replace(WELL, now_s=NOW - 60), "problem", "clock: its clock is 60 s ahead", "chrony"),
        (replace(WELL, members=TWO), "problem", "server b: the others see it as failed", "force-leave"),
        (replace(WELL, members=TWO), "advice", "servers: two servers stand still", "one, three or five"),
        (replace(WELL, members=TWO), "advice", "server b: Nomad 1.10.0", "1.11 or newer"),
        (replace(WELL, members=TWO), "advice", "versions: servers differ: 1.10.0, 1.11.3", "one version"),
        (replace(WELL, nodes=(fake_node(version="1.12.0"),)), "problem", "machine shelf: its Nomad 1.12.0 is newer", "servers first"),
        (
            replace(WELL, nodes=(fake_node(version="1.9.2"),)),
            "advice",
            "machine shelf: its Nomad 1.9.2 is more than one release behind",
            "upgrade",
        ),
        (replace(WELL, nodes=()), "advice", "machine shelf: isn't known to Nomad, and no way to wake it", "client-config shelf"),
        (replace(WELL, nodes=(fake_node(status="down"),)), "advice", "machine shelf: is down, and no way", "start it"),
        (
            replace(WELL, nodes=(fake_node(drivers=("exec",)),)),
            "problem",
            "machine shelf: the driver raw_exec isn't enabled",
            "client-config",
        ),
        (replace(WELL, nodes=(fake_node(eligible=False),)), "advice", "machine shelf: takes no new work", "eligibility -enable"),
        (
            replace(WELL, nodes=(fake_node(), fake_node("guest"))),
            "advice",
            "machine guest: is on, isn't defined, and its zone isn't known: services with zones don't use it",
            "init --from-nomad",
        ),
    ],
)
def test_an_ailment_is_found_with_what_to_do(seen: Examined, level: str, words: str, todo: str) -> None:
    found = [it for it in ailments(seen) if f"{it.subject}: {it.what}".startswith(words)]
    assert [it.level for it in found] == [level]
    assert todo in found[0].todo


@pytest.mark.parametrize("machine", [Machine("shelf", "attic", never_sleeps=True), Machine("shelf", "attic", server=True)])
def test_who_should_always_be_there_and_is_not_is_a_problem(machine: Machine) -> None:
    found = ailments(replace(WELL, nodes=()), replace(GRID, machines=(machine,)))
    assert [it.level for it in found] == ["problem"]


def test_a_server_that_has_left_is_gone_for_good() -> None:
    gone = Member("b", "left", "1.9.0", "global", "::2")
    assert ailments(replace(WELL, members=(*WELL.members, gone))) == []


def test_labels_that_are_missing_or_wrong() -> None:
    labels = {"shelf": ((LABEL_ZONE, "cellar"), (LABEL_TIER, "server"))}
    found = [it.what for it in ailments(examine(FakeNomad(labels=labels), FakeNomad().agent(), NOW))]
    assert found == ["label simulacra_zone is 'cellar', its definition says 'attic'", f"label {LABEL_RANK} is missing"]


def test_without_the_overlay_ports_cannot_be_bound() -> None:
    bare = replace(WELL, details=(replace(WELL.details[0], host_networks=()),))
    assert [it.what for it in ailments(bare)] == ["it has no host network 'overlay': ports can't be bound to the mesh"]


def test_a_sleeper_that_can_be_woken_is_well() -> None:
    grid = replace(GRID, machines=(Machine("shelf", "attic", tier="server", wake=WakeLan("aa:bb:cc:dd:ee:ff")),))
    assert ailments(replace(WELL, nodes=()), grid) == []


def test_a_machine_defined_without_raw_exec_need_not_have_it() -> None:
    grid = replace(GRID, machines=(Machine("shelf", "attic", tier="server", has=Has(1, 1, drivers=("exec",))),))
    assert ailments(replace(WELL, nodes=(fake_node(drivers=("exec",)),)), grid) == []


@pytest.mark.parametrize(
    ("token", "acl", "level", "words"),
    [
        (None, False, "advice", "is off"),
        (None, True, "problem", "no token is given"),
        (Token("Anonymous Token", "client", ("anonymous",), True), True, "problem", "no token is given"),
        (Token("root", "management", (), False), True, "ok", "token root may do anything"),
        (Token("me", "client", ("look",), False), True, "ok", "token me has the policies look"),
    ],
)
def test_access_control(token: Token | None, acl: bool, level: str, words: str) -> None:
    seen = replace(WELL, agent=replace(WELL.agent, acl=acl), token=token)
    (found,) = (it for it in findings(GRID, "http://n", seen) if it.subject == "access control")
    assert found.level == level
    assert words in found.what


@pytest.mark.parametrize(("acl", "tls", "told"), [(True, False, True), (True, True, False), (False, False, False)])
def test_tokens_alone_let_anybody_join(acl: bool, tls: bool, told: bool) -> None:
    """Without access control there is worse to be told."""
    seen = replace(WELL, agent=replace(WELL.agent, acl=acl, tls=tls))
    found = [it for it in findings(GRID, "http://n", seen) if it.subject == "mutual TLS"]
    assert [(it.level, "nomad tls" in it.todo) for it in found] == ([("advice", True)] if told else [])


@pytest.mark.parametrize(
    ("text", "parts"), [("1.11.3", (1, 11, 3)), ("1.11.3-beta.1+ent", (1, 11, 3)), ("2.0", (2, 0, 0)), ("", (0, 0, 0))]
)
def test_version_numbers(text: str, parts: tuple[int, int, int]) -> None:
    assert numbers(text) == parts
