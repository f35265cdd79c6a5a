"""What the simulation's Nomad promises, asked of the real one too: what is placed, what waits, and what a drain does to what runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest
from dev_agent import NODE, Agent

from simulacra.act.reviving import PATIENCE_S, Reviving
from simulacra.act.steward import view
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_values import JobJson
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.marks import META_DEFINITION, META_GRID
from simulacra.model.plan import Plan
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation
from simulacra.observe.snapshot import Observer
from tests.simulation.model_nomad import ModelNomad

WITHIN_S = 40.0
TOO_MUCH_MB = 9_000_000
NOBODY = "37056334-0000-22c8-93c8-905510419970"


class Clock:
    """Virtual time, for the model."""

    def __init__(self) -> None:
        self.now_s, self.waiting = 1_700_000_000.0, list[tuple[float, Callable[[], None]]]()

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        self.waiting.append((self.now_s + seconds, then))

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        due = [it for it in self.waiting if it[0] <= self.now_s]
        self.waiting = [it for it in self.waiting if it[0] > self.now_s]
        for _, then in due:
            then()


@dataclass
class Place:
    """One Nomad with one node. ``jobs`` are those that a test has registered."""

    nomad: Nomad | ModelNomad
    pause: Callable[[float], None]
    observer: Observer = field(init=False)
    jobs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.observer = Observer(Grid("trial"), self.nomad, Journal(self.nomad))

    def look(self) -> Snapshot:
        return self.observer.look(time.time())

    def until(self, holds: Callable[[Snapshot], object]) -> Snapshot:
        end = time.monotonic() + WITHIN_S
        for _ in range(int(WITHIN_S / 0.2)):
            seen = self.look()
            if holds(seen):
                return seen
            if time.monotonic() > end:
                break
            self.pause(0.2)
        raise AssertionError(f"never seen: {self.look()}")

    def stays(self, holds: Callable[[Snapshot], object], seconds: float = 3.0) -> None:
        """It is so all the time."""
        for _ in range(int(seconds / 0.2)):
            assert holds(self.look())
            self.pause(0.2)

    def runs(
        self, count: int = 1, memory_mb: int = 16, type_: str = "service", lingers_s: int = 0, own: bool = False, **more: object
    ) -> str:
        """The name of a new job, whose instances end so long after they are told to. ``own``: of the grid's own definitions."""
        name = f"steered-{uuid4().hex[:8]}"
        task = {
            "Name": "it",
            "Driver": "raw_exec",
            "Config": {"command": "sh", "args": ["-c", "trap '' TERM INT; sleep 600"]}
            if lingers_s
            else {"command": "sleep", "args": ["600"]},
            "Resources": {"CPU": 20, "MemoryMB": memory_mb},
            "KillTimeout": max(1, lingers_s) * 1_000_000_000,
        }
        group = {"Name": "it", "Count": count, "Tasks": [task], **more}
        meta = {META_GRID: self.observer.grid.name, META_DEFINITION: f"service.{name}"} if own else {}
        job: JobJson = {"ID": name, "Name": name, "Type": type_, "TaskGroups": [group], "Meta": meta}
        self.nomad.register(job, "", 0, preserve_counts=True)
        self.jobs.append(name)
        return name

    def placed(self, name: str) -> str:
        """The id of the job's only instance once it runs."""
        seen = self.until(lambda seen: len(of(seen, name)) == 1 and of(seen, name)[0].running)
        return of(seen, name)[0].id

    def stop(self, name: str) -> None:
        self.nomad.stop(name, "default")

    @property
    def node(self) -> Node:
        (found,) = self.look().nodes
        return found


def of(seen: Snapshot, name: str) -> list[Allocation]:
    return [it for it in seen.allocations if it.job == name and not it.leaving]


def waiting(seen: Snapshot, name: str) -> int:
    return sum(it.count for it in seen.demands if it.job == name)


@pytest.fixture(params=["model", pytest.param("real", marks=pytest.mark.nomad)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "model":
        clock = Clock()
        model = ModelNomad(lambda: clock.now_s, clock.later)
        model.join(Node(f"id-{NODE}", NODE, cpu_mhz=4000, memory_mb=4096, meta=(("simulacra_zone", "attic"),)))
        yield Place(model, clock.pass_time)
        return
    agent: Agent = request.getfixturevalue("nomad_agent")
    real = Place(connect(environment=agent.environment), time.sleep)
    try:
        yield real
    finally:
        real.nomad.end_drain(real.node.id, eligible=True)
        for name in real.jobs:
            real.stop(name)
        real.until(lambda seen: not any(it.job in real.jobs for it in seen.allocations))


def test_what_fits_is_placed_and_what_doesnt_waits(place: Place) -> None:
    fits, waits = place.runs(2), place.runs(3, TOO_MUCH_MB)
    seen = place.until(lambda seen: len(of(seen, fits)) == 2 and waiting(seen, waits) == 3)
    assert (waiting(seen, fits), of(seen, waits)) == (0, [])
    assert {(it.node, it.cpu_mhz, it.memory_mb, it.group) for it in of(seen, fits)} == {(place.node.id, 20, 16, "it")}
    (job,) = (it for it in seen.jobs if it.id == waits)
    assert (job.type, job.groups[0].count, job.groups[0].memory_mb) == ("service", 3, TOO_MUCH_MB)
    place.stop(waits)
    place.stop(fits)
    seen = place.until(lambda seen: waiting(seen, waits) == 0 and not of(seen, fits))
    assert waits not in [it.id for it in seen.jobs]


def test_a_count_that_is_set_is_what_runs(place: Place) -> None:
    name = place.runs(1)
    first = place.placed(name)
    settled(place, name)
    place.nomad.scale(name, "default", "it", 0, "a test")
    place.until(lambda seen: not of(seen, name))
    place.nomad.scale(name, "default", "it", 1, "a test")
    assert place.placed(name) != first


@pytest.mark.parametrize(
    ("constraint", "fits"),
    [
        ({"LTarget": "${meta.simulacra_zone}", "Operand": "set_contains_any", "RTarget": "office,attic"}, True),
        ({"LTarget": "${meta.simulacra_zone}", "Operand": "set_contains_any", "RTarget": "office"}, False),
        ({"LTarget": "${node.unique.name}", "Operand": "=", "RTarget": NODE}, True),
        ({"LTarget": "${node.unique.name}", "Operand": "=", "RTarget": "another"}, False),
    ],
)
def test_constraints_say_where(place: Place, constraint: dict[str, str], fits: bool) -> None:
    name = place.runs(1, Constraints=[constraint])
    place.until(lambda seen: (len(of(seen, name)), waiting(seen, name)) == ((1, 0) if fits else (0, 1)))


def test_one_in_each_zone_is_one_in_this_one(place: Place) -> None:
    name = place.runs(3, Constraints=[{"LTarget": "${meta.simulacra_zone}", "Operand": "distinct_property", "RTarget": "1"}])
    place.until(lambda seen: (len(of(seen, name)), waiting(seen, name)) == (1, 2))


def test_a_drain_stops_services_though_there_is_no_other_place_and_ends_no_batch_work(place: Place) -> None:
    service, batch, system = place.runs(1), place.runs(1, type_="batch"), place.runs(1, type_="system")
    ids = [place.placed(name) for name in (service, batch, system)]
    place.nomad.drain(place.node.id)
    place.until(lambda seen: not of(seen, service) and waiting(seen, service) == 1)
    place.stays(lambda seen: seen.nodes[0].draining and [it.id for name in (batch, system) for it in of(seen, name)] == ids[1:])
    place.nomad.end_drain(place.node.id, eligible=True)
    place.until(lambda seen: seen.nodes[0].eligible and not seen.nodes[0].draining and waiting(seen, service) == 0)
    assert [place.placed(name) for name in (batch, system)] == ids[1:]
    assert place.placed(service) != ids[0]


def test_a_drain_ends_when_the_node_is_empty_but_for_system_jobs(place: Place) -> None:
    service, system = place.runs(1), place.runs(1, type_="system")
    ids = [place.placed(name) for name in (service, system)]
    place.nomad.drain(place.node.id)
    place.until(lambda seen: seen.nodes[0].draining)
    place.stop(service)
    seen = place.until(lambda seen: not seen.nodes[0].draining)
    assert (seen.nodes[0].eligible, [it.id for it in of(seen, system)]) == (False, ids[1:])
    place.nomad.drain(place.node.id)
    place.until(lambda seen: not seen.nodes[0].draining and not seen.nodes[0].eligible)


def test_a_drain_that_began_beside_what_was_leaving_ends_when_it_is_asked_for_again_once_that_has_gone(place: Place) -> None:
    """The real one doesn't notice it by itself."""
    service = place.runs(1, lingers_s=4)
    place.placed(service)
    place.stop(service)
    place.nomad.drain(place.node.id)
    place.until(lambda seen: not any(it.job == service for it in seen.allocations))
    place.nomad.drain(place.node.id)
    place.until(lambda seen: not seen.nodes[0].draining and not seen.nodes[0].eligible)


def test_a_drain_that_is_asked_for_again_goes_on_beside_what_is_still_there(place: Place) -> None:
    batch = place.runs(1, type_="batch")
    first = place.placed(batch)
    for _ in range(2):
        place.nomad.drain(place.node.id)
        place.stays(lambda seen: seen.nodes[0].draining and [it.id for it in of(seen, batch)] == [first], 1.0)


def test_an_ineligible_node_takes_nothing_new_and_keeps_what_it_has(place: Place) -> None:
    before = place.runs(1)
    first = place.placed(before)
    place.nomad.set_eligible(place.node.id, False)
    after, system = place.runs(1), place.runs(1, type_="system")
    place.until(lambda seen: waiting(seen, after) == 1)
    place.stays(lambda seen: not of(seen, after) and not of(seen, system) and [it.id for it in of(seen, before)] == [first], 1.0)
    place.nomad.set_eligible(place.node.id, True)
    place.until(lambda seen: of(seen, after) and of(seen, system) and waiting(seen, after) == 0)


def test_an_instance_that_is_stopped_is_placed_anew(place: Place) -> None:
    name = place.runs(1)
    first = place.placed(name)
    place.nomad.stop_allocation(first)
    place.until(lambda seen: of(seen, name) and of(seen, name)[0].id != first)
    with pytest.raises(NotThere):
        place.nomad.stop_allocation(NOBODY)


def test_what_a_client_has_stopped_by_itself_is_missing_until_it_is_revived(place: Place) -> None:
    """A client stops it that hears of no server for a second: its heartbeats are farther apart."""
    # a deployment under way would notice it
    name = place.runs(1, own=True, Disconnect={"StopOnClientAfter": 1_000_000_000}, Update={"MaxParallel": 0})
    first = place.placed(name)
    if isinstance(place.nomad, ModelNomad):
        place.nomad.client_stops(first)
    place.until(lambda seen: not of(seen, name))
    place.stays(lambda seen: not of(seen, name) and not waiting(seen, name))
    seen = place.look()
    assert name in [job.id for job in seen.jobs]
    assert [(it.status, it.desired) for it in place.nomad.allocations_of(name, "default")] == [("complete", "run")]
    told: list[str] = []
    reviving, grid = Reviving(place.nomad, told.append), Grid("trial", mode="act")
    done = [
        reviving.revive(view(grid, replace(seen, now_s=seen.now_s + at_s), Plan()), lambda: True)
        for at_s in (0, PATIENCE_S - 1, PATIENCE_S)
    ]
    assert done == [False, False, True]
    assert told == [f"{name}: {NODE} has stopped its instance when no server answered, and Nomad leaves it at that: it is placed anew"]
    place.until(lambda seen: [it.id for it in of(seen, name)] not in ([], [first]))


def test_labels_are_the_nodes(place: Place) -> None:
    assert place.nomad.label_nodes([(place.node.id, {"steered_label": "yes"})]) == ()
    place.until(lambda seen: seen.nodes[0].label("steered_label") == "yes")
    assert place.nomad.label_nodes([(place.node.id, {"steered_label": None})]) == ()
    place.until(lambda seen: seen.nodes[0].label("steered_label") is None)
    assert len(place.nomad.label_nodes([(NOBODY, {"steered_label": "yes"})])) == 1


def test_a_stop_is_seen_while_it_lasts(place: Place) -> None:
    """What is told to stop takes up room until it has."""
    name = place.runs(1)
    first = place.placed(name)
    place.stop(name)
    place.until(lambda seen: all(it.leaving for it in seen.allocations if it.id == first))
    place.until(lambda seen: first not in [it.id for it in seen.allocations])


def settled(place: Place, name: str) -> None:
    """Nomad refuses to scale while a deployment is under way."""
    if isinstance(place.nomad, Nomad):
        end = time.monotonic() + WITHIN_S
        while any(it.status == "running" for it in place.nomad.deployments(name, "default")) and time.monotonic() < end:
            time.sleep(0.5)
