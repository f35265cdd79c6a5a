"""A look at a real Nomad: what runs, what waits and how much of it, and that a second look costs nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from dev_agent import NODE, ZONE, Agent

from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_jobs import with_counts
from simulacra.model.grid import Grid
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Constraint, Demand, PortAsk
from simulacra.observe.snapshot import Observer

pytestmark = pytest.mark.nomad
JOB = """
job "{name}" {{
  meta {{
    simulacra_grid       = "trial"
    simulacra_definition = "service.{name}"
  }}

  constraint {{
    attribute = "${{meta.simulacra_rank}}"
    operator  = ">="
    value     = "10"
  }}

  group "it" {{
    count = 3

    network {{
      port "http" {{
        host_network = "overlay"
      }}

      port "fixed" {{
        static       = {port}
        host_network = "overlay"
      }}
    }}

    ephemeral_disk {{
      size = 400
    }}

    task "first" {{
      driver = "raw_exec"

      lifecycle {{
        hook = "prestart"
      }}

      config {{
        command = "true"
      }}

      resources {{
        cpu    = 70
        memory = 16
      }}
    }}

    task "it" {{
      driver = "raw_exec"

      config {{
        command = "sleep"
        args    = ["600"]
      }}

      resources {{
        cpu    = 50
        memory = 32
      }}
    }}
  }}
}}
"""


@pytest.fixture
def nomad(nomad_agent: Agent) -> Nomad:
    return connect(environment=nomad_agent.environment)


@pytest.fixture
def name(nomad: Nomad) -> Iterator[str]:
    called = f"look-{uuid4().hex[:8]}"
    yield called
    if any(stub.id == called and not stub.stopped for stub in nomad.jobs()):
        nomad.stop(called, "default")


@pytest.fixture
def observer(nomad: Nomad) -> Observer:
    return Observer(Grid("trial"), nomad, Journal(nomad))


def look_until(observer: Observer, holds: Callable[[Snapshot], bool]) -> Snapshot:
    end = time.monotonic() + 40
    while time.monotonic() < end:
        seen = observer.look(time.time())
        if holds(seen):
            return seen
        time.sleep(0.2)
    raise AssertionError(f"never seen: {observer.look(0.0)}")


def waiting(seen: Snapshot, name: str) -> int:
    return sum(it.count for it in seen.demands if it.job == name)


def test_a_job_that_finds_room_for_some_of_it(nomad: Nomad, name: str, observer: Observer) -> None:
    text = JOB.format(name=name, port=24567)
    nomad.register(nomad.parse(text), text, 0, preserve_counts=True)
    mine = [name]

    def placed(seen: Snapshot) -> bool:
        return any(it.job in mine and it.running for it in seen.allocations) and waiting(seen, name) > 0

    seen = look_until(observer, placed)
    here = [it for it in seen.allocations if it.job == name]
    (demand,) = (it for it in seen.demands if it.job == name)
    # the overlay's interface has an address of each family, and a fixed port on both of them
    assert demand == Demand(name, "default", "it", 3 - len(here), demand.since_s)
    assert abs(demand.since_s - time.time()) < 120
    assert {(it.cpu_mhz, it.memory_mb, it.disk_mb, len(it.ports)) for it in here} == {(70, 32, 400, 2)}
    assert {24567} <= {number for it in here for _, number in it.ports}
    (job,) = (it for it in seen.jobs if it.id == name)
    (group,) = job.groups
    assert (job.definition, group.count, group.drivers) == (name, 3, ("raw_exec",))
    assert (group.cpu_mhz, group.memory_mb, group.disk_mb) == (70, 32, 400)
    assert group.constraints == (Constraint("${meta.simulacra_rank}", ">=", "10"),)
    assert set(group.ports) == {PortAsk("http", None, "overlay"), PortAsk("fixed", 24567, "overlay")}


def test_what_waits_follows_the_job_through_its_changes(nomad: Nomad, name: str, observer: Observer) -> None:
    text = JOB.format(name=name, port=24568).replace(">=", "<")
    job = nomad.parse(text)
    index = nomad.register(job, text, 0, preserve_counts=True).modify_index
    look_until(observer, lambda seen: waiting(seen, name) == 3)
    job = with_counts(job, {"it": 5})
    index = nomad.register(job, text, index, preserve_counts=False).modify_index
    look_until(observer, lambda seen: waiting(seen, name) == 5)
    node = observer.look(0.0).nodes[0]
    # the scheduler tries again as soon as a node changes, and blocks again
    nomad.set_eligible(node.id, False)
    nomad.set_eligible(node.id, True)
    time.sleep(2)
    assert waiting(observer.look(0.0), name) == 5
    nomad.register(with_counts(job, {"it": 1}), text, index, preserve_counts=False)
    look_until(observer, lambda seen: waiting(seen, name) == 1)
    nomad.stop(name, "default")
    seen = look_until(observer, lambda seen: waiting(seen, name) == 0)
    assert name not in [it.id for it in seen.jobs]


def test_the_node_and_its_server(nomad: Nomad, observer: Observer) -> None:
    seen = observer.look(5.0)
    (node,) = seen.nodes
    assert (seen.now_s, node.name, node.status, node.eligible, node.draining) == (5.0, NODE, "ready", True, False)
    assert node.label("simulacra_zone") == ZONE
    assert node.attribute("kernel.name") == "linux"
    assert {"overlay", "default"} <= {it.alias for it in node.networks}
    assert "raw_exec" in node.drivers
    assert node.cpu_mhz > 0
    assert node.cores
    assert node.version == nomad.agent().version
    assert f"http://{node.address}" == nomad.settings.address
    assert (seen.servers, seen.voters) == ((NODE,), 1)


def test_a_drained_node_is_seen_as_such(nomad: Nomad, observer: Observer) -> None:
    (node,) = look_until(observer, lambda seen: not seen.allocations).nodes  # Nomad doesn't notice the end of what is leaving
    nomad.drain(node.id)
    try:
        look_until(observer, lambda seen: not seen.nodes[0].eligible and not seen.nodes[0].draining)
    finally:
        nomad.end_drain(node.id, eligible=True)
    look_until(observer, lambda seen: seen.nodes[0].eligible)


def test_a_look_at_what_hasnt_changed_is_the_same(nomad: Nomad, observer: Observer) -> None:
    before = ()
    while before != (before := nomad.indexes()):
        time.sleep(1)
    first = observer.look(1.0)
    second = observer.look(2.0)
    assert second.nodes is first.nodes
    assert second.allocations is first.allocations
    assert (second.now_s, second.records, second.jobs) == (2.0, first.records, first.jobs)
