"""How long one answer of our APM takes: a look at a real Nomad with many nodes and the plan made of it, calls included.

The nodes are registered through the server's own RPC, the allocations are placed by its own scheduler. Between two looks of the
steady state something changes in every table: a job is registered, one is scaled, a node becomes ineligible, records and reports
are written.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fleet import job, name_of, register
from lone_server import Rpc, Server, run, server
from timing import table, timed

from simulacra.gateways.journal import Journal
from simulacra.gateways.journal_json import to_json
from simulacra.gateways.nomad import Nomad, connect
from simulacra.model.grid import Grid
from simulacra.model.journal import REPORTS, Record, Report, variable_name
from simulacra.model.machine import Machine, Sleep, Tier, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.service import Service
from simulacra.observe.snapshot import Observer
from simulacra.plan.plan import plan

NOMAD = Path(__file__).resolve().parents[1] / ".tools" / "bin" / "nomad"
PER_NODE, PER_JOB, WAITING = 10, 50, 20
SPREADING = 10
"""One job in so many spreads its instances over the zones, for which the scheduler looks at every node."""
REPORTS_IN_A_LOOK = 30
"""One machine in so many has reported between two looks: every 300 s, with a look every 10 s."""
PATIENCE_S = 900.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--runs", type=int, default=9)
    chosen = parser.parse_args()
    for nodes in chosen.nodes:
        with tempfile.TemporaryDirectory() as folder, server(Path(os.environ.get("NOMAD_BIN") or NOMAD), Path(folder)) as found:
            _measure(found, nodes, chosen.runs)


def _measure(found: Server, nodes: int, runs: int) -> None:
    fill(found, nodes)
    nomad = connect(environment={"NOMAD_ADDR": found.address})
    remember(nomad, nodes)
    grid = grid_of(nodes)
    observer = Observer(grid, nomad, Journal(nomad))
    seconds: dict[str, list[float]] = {}
    first = timed(seconds, "the first look of a process", lambda: observer.look(time.time()))
    timed(seconds, "the plan alone", lambda: plan(grid, first))
    changes = changed_again_and_again(found, nomad, nodes)
    for _ in range(runs):
        next(changes)
        seen = timed(seconds, "look, with changes", lambda: observer.look(time.time()))
        planned = timed(seconds, "plan, with changes", lambda seen=seen: plan(grid, seen))  # type: ignore[misc]
        timed(seconds, "look, nothing changed", lambda: observer.look(time.time()))
    both = zip(seconds["look, with changes"], seconds["plan, with changes"], strict=True)
    seconds["an answer, with changes"] = [sum(pair) for pair in both]
    print(f"\n{len(seen.nodes):,} nodes, {len(seen.allocations):,} allocations of {len(seen.jobs):,} jobs, {len(seen.records):,} records,")
    waiting = sum(it.count for it in seen.demands)
    print(f"{len(seen.reports):,} reports, {waiting} waiting; planned: {planned.on} on, {planned.desired} desired\n")
    print(table(seconds), flush=True)


def fill(found: Server, nodes: int) -> None:
    """Nodes, jobs that run on them, and some that wait: returns once the scheduler is done."""
    rpc = Rpc(found.rpc_port)
    for number in range(nodes):
        register(rpc, number)
    for number in range(nodes * PER_NODE // PER_JOB):
        found.send("PUT", "jobs", {"Job": job(f"job-{number:04d}", PER_JOB, spread=number % SPREADING == 0)})
    for number in range(WAITING):
        found.send("PUT", "jobs", {"Job": job(f"waits-{number:02d}", 3, kernel="> 7")})
    _settle(found)
    run(rpc, found.send("GET", "allocations"))
    rpc.close()


def _settle(found: Server) -> None:
    end = time.monotonic() + PATIENCE_S
    while found.send("GET", "evaluations?filter=Status==%22pending%22&per_page=1"):
        if time.monotonic() > end:
            raise RuntimeError("the scheduler isn't done")
        time.sleep(0.5)


def remember(nomad: Nomad, nodes: int) -> None:
    """A record with its node, and a report, for each machine."""
    journal = Journal(nomad)
    whole = nomad.whole_nodes(nomad.node_stubs())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda node: journal.write(Record(node.name, remembered=node, on_since_s=1.0)), whole))
        list(pool.map(lambda number: _report(nomad, number, time.time()), range(nodes)))


def _report(nomad: Nomad, number: int, now_s: float) -> None:
    path = f"{REPORTS}/{variable_name(name_of(number))}"
    before = nomad.variable(path)
    report = Report(name_of(number), now_s, f"boot-{number}", on_battery=False)
    nomad.write_variable(path, {"report": to_json(report)}, before.index if before else 0)


def changed_again_and_again(found: Server, nomad: Nomad, nodes: int) -> Iterator[None]:
    """Each time a little of everything is different."""
    journal = Journal(nomad)
    for turn in itertools.count():
        found.send("PUT", "jobs", {"Job": job(f"new-{turn:03d}", 3, kernel="> 7" if turn % 2 else "")})
        found.send("PUT", "jobs", {"Job": job("job-0001", PER_JOB + turn % 2)})
        nomad.set_eligible(nomad.node_stubs()[turn].id, turn % 3 == 0)
        for record in journal.records()[turn * 5 : turn * 5 + 5]:
            journal.write(Record(record.machine, remembered=record.remembered, superfluous_since_s=turn + 1.0, index=record.index))
        for number in range(turn % REPORTS_IN_A_LOOK, nodes, REPORTS_IN_A_LOOK):
            _report(nomad, number, time.time())
        _settle(found)
        yield


def grid_of(nodes: int) -> Grid:
    """Every node is a machine that sleeps and is woken, but for one in twenty; every job is a service's."""
    machines = tuple(
        Machine(
            name_of(number),
            f"zone-{number % 10}",
            "server",
            never_sleeps=number % 20 == 0,
            watts=Watts(20.0 + number % 30, 80.0, 1.0),
            wake=WakeLan(f"02:00:00:{number // 65536:02x}:{number // 256 % 256:02x}:{number % 256:02x}"),
            sleep=Sleep(),
        )
        for number in range(nodes)
    )
    names = (*(f"job-{number:04d}" for number in range(nodes * PER_NODE // PER_JOB)), *(f"waits-{number:02d}" for number in range(WAITING)))
    zones = tuple(Zone(f"zone-{number}") for number in range(10))
    services = tuple(Service(name, tier="server", moves="any") for name in sorted(names))
    return Grid("bench", zones=zones, tiers=(Tier("server", 20),), machines=machines, services=services)


if __name__ == "__main__":
    main()
