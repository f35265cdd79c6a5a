"""Services as status tells them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_nomad import FakeNomad, fake_node, jobspec

from simulacra.cli.show_status import as_plain
from simulacra.gateways.nomad_values import JobStub
from simulacra.model.grid import Grid
from simulacra.model.journal import GateRecord
from simulacra.model.machine import Machine, Tier, WakeLan
from simulacra.model.peripheral import Peripheral
from simulacra.model.place import Zone
from simulacra.model.service import Driver, Needs, Service
from simulacra.model.status import ServiceStatus
from simulacra.observe.answers import ask
from simulacra.observe.services import gate_words, grid_status, service_status

GRID = Grid(
    "trial",
    zones=(Zone("attic"),),
    tiers=(Tier("server", 20), Tier("hypervisor", 40)),
    machines=(Machine("shelf", "attic", tier="server"), Machine("tower", "attic", tier="hypervisor", wake=WakeLan("aa:bb:cc:dd:ee:ff"))),
    services=(Service("big", tier="hypervisor"), Service("box", driver=Driver("docker")), Service("web", count=2)),
    peripherals=(Peripheral("printer", "192.168.1.50", zone="attic"),),
)


def test_the_whole_status_in_its_fixed_shape() -> None:
    nomad = FakeNomad((fake_node(),))
    nomad.register(nomad.parse(jobspec("web", count=2)), "", 0, preserve_counts=True)
    nomad.register(nomad.parse(jobspec("box", driver="docker")), "", 0, preserve_counts=True)
    assert as_plain(grid_status(GRID, ask(GRID, nomad))) == {
        "machines": [
            {
                "name": "tower", "zone": "attic", "tier": "hypervisor", "power": "asleep",
                "reason": "Nomad doesn't know it now; a magic packet wakes it", "since": None, "allocations": 0,
            },
            {"name": "shelf", "zone": "attic", "tier": "server", "power": "on", "reason": "ready", "since": None, "allocations": 2},
        ],
        "services": [
            {"name": "big", "desired": 1, "running": 0, "zones": {}, "waiting": "not submitted: `simulacra run big`"},
            {
                "name": "box", "desired": 1, "running": 0, "zones": {},
                "waiting": "no machine with driver docker is on; tower is asleep",
            },
            {"name": "web", "desired": 2, "running": 2, "zones": {"attic": 2}, "waiting": None},
        ],
        "peripherals": [{"name": "printer", "zone": "attic", "address": "192.168.1.50", "healthy": None, "served_by": None}],
    }  # fmt: skip


STUB = JobStub("it", "default", "service", "running", False, False, False, None, 7, (), 0, 0, 0)
SERVICE = Service("it", count=2)


@pytest.mark.parametrize(
    ("service", "stub", "desired", "waiting", "note"),
    [
        (SERVICE, replace(STUB, stopped=True), 2, "stopped: `simulacra run it` starts it again", ""),
        (SERVICE, replace(STUB, starting=2), 2, "starting", ""),
        (
            replace(SERVICE, needs=Needs(machines=3)),
            STUB,
            2,
            'its gate stays as it is: the grid only observes (mode = "act" lets services with needs come and go)',
            "",
        ),
        (SERVICE, STUB, 2, "0 of 2 run: `nomad job status it` says what failed", ""),
        (
            SERVICE,
            replace(STUB, status="dead"),
            2,
            "Nomad takes it for done: its count is 0, or its machine has stopped it when no server answered; "
            "the autoscaler's plugin has the latter placed anew, as `nomad job eval it` does",
            "",
        ),
        (replace(SERVICE, type="batch"), replace(STUB, type="batch", status="dead"), 0, None, "finished"),
        (replace(SERVICE, type="batch"), replace(STUB, type="batch", periodic=True), 0, None, "periodic"),
        (replace(SERVICE, type="batch"), replace(STUB, type="batch", parameterized=True), 0, None, "on dispatch"),
        (replace(SERVICE, type="system"), replace(STUB, type="system", starting=1, running=2), 3, "starting", ""),
    ],
)
def test_why_less_runs_than_is_asked_for(service: Service, stub: JobStub, desired: int, waiting: str | None, note: str) -> None:
    absent = "stopped" if stub.stopped else ""
    assert service_status(GRID, service, stub, (), None, {}) == ServiceStatus("it", desired, 0, (), waiting, note, absent)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (None, "nobody has looked at its gate yet: does the Nomad Autoscaler run? See `simulacra doctor`"),
        (GateRecord("it", open=True), "its gate is open, it comes online in a moment"),
        (GateRecord("it", lacks="it needs 3 machines, 2 are on"), "its gate is closed: it needs 3 machines, 2 are on"),
        (GateRecord("it", met_since_s=5.0), "its gate is closed: what it needs is there now, and must be for a while"),
    ],
)
def test_why_a_service_with_needs_isnt_online(gate: GateRecord | None, words: str) -> None:
    assert gate_words(replace(GRID, mode="act"), gate) == words


@pytest.mark.parametrize(("outcome", "waiting"), [("complete", None), ("failed", "its work failed: see `nomad job status it`")])
def test_finished_work_says_whether_it_failed(outcome: str, waiting: str | None) -> None:
    nomad = FakeNomad((fake_node(),))
    nomad.register(nomad.parse(jobspec("it")), "", 0, preserve_counts=True)
    done = tuple(replace(it, status=outcome) for it in ask(GRID, nomad).allocations)
    dead = replace(STUB, type="batch", status="dead")
    assert service_status(GRID, Service("it", type="batch"), dead, done, None, {}).waiting == waiting


def test_the_runs_of_a_periodic_job_are_its_own() -> None:
    nomad = FakeNomad((fake_node(),))
    nomad.register(nomad.parse(jobspec("web")), "", 0, preserve_counts=True)
    answers = ask(GRID, nomad)
    child = replace(answers.allocations[0], job="web/periodic-1700000000")
    status = grid_status(GRID, replace(answers, allocations=(child,)))
    assert next(it for it in status.services if it.name == "web").running == 1


def test_a_job_of_another_grid_is_not_ours() -> None:
    nomad = FakeNomad((fake_node(),))
    nomad.register(nomad.parse(jobspec("web", grid="other")), "", 0, preserve_counts=True)
    web = next(it for it in grid_status(GRID, ask(GRID, nomad)).services if it.name == "web")
    assert web.waiting == "not submitted: `simulacra run web`"


def test_what_runs_on_a_machine_that_is_cut_off_is_told_apart_from_a_failure() -> None:
    nomad = FakeNomad((fake_node(),))
    nomad.register(nomad.parse(jobspec("web", count=2)), "", 0, preserve_counts=True)
    answers = ask(GRID, nomad)
    first, second = answers.allocations
    stub = replace(answers.jobs[0], running=1)
    cut = replace(answers, allocations=(first, replace(second, status="unknown", node_name="tower")), jobs=(stub,))
    web = next(it for it in grid_status(GRID, cut).services if it.name == "web")
    assert (web.running, web.waiting) == (1, "cut off, perhaps still running, on tower")
