"""Which machines a proxy had better not run on, since others reach more of its devices.

A machine misses what its program says that it doesn't reach, and programs that it lacks. That only counts while as many other machines as
the proxy has instances are known to do better: a device that is switched off everywhere moves nothing, and there is always a machine left.
Nothing is held against a machine that says nothing, or hasn't for long, nor that it misses devices while the proxy waits: the better ones
have no room for it then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record, Report, from_before
from simulacra.model.machine import Machine
from simulacra.model.proxy import CONTAINERS, Proxy, proxies_of
from simulacra.model.snapshot import Snapshot
from simulacra.model.words import listed

FRESH_S = 900.0
"""A machine's program reports every five minutes at least: two reports may have been lost."""
NAMES_AT_MOST = 3
ZoneOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Miss:
    """What a machine misses of a proxy's: peripherals that it doesn't reach, and programs that it lacks, each by name."""

    proxy: Proxy
    unreached: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """The label's, for people."""
        return installed(self.lacks) if self.lacks else listed(self.unreached, NAMES_AT_MOST)

    def words(self, machine: str) -> str:
        """Why the proxy doesn't stay there, or isn't placed there."""
        if self.lacks:
            return f"{installed(self.lacks)} on {machine}, which {self.proxy.name} needs"
        return f"{machine} doesn't reach {listed(self.unreached, NAMES_AT_MOST)} any more, which {self.proxy.name} serves"


def installed(lacks: tuple[str, ...]) -> str:
    return f"{listed(lacks)} {'is' if len(lacks) == 1 else 'are'}n't installed"


Misses = Mapping[str, tuple[Miss, ...]]
"""By machine, those that count; by the proxy's name."""


def misses(grid: Grid, snapshot: Snapshot, zone_of: ZoneOf) -> Misses:
    """Of every machine that could run a proxy, on or not. What one that isn't on reported last is what it is expected to reach.

    ``zone_of`` tells the zone of a machine. They are compared with machines that are on and take work.
    """
    proxies = proxies_of(grid)
    if not proxies:
        return {}
    seen = _Seen.of(grid, snapshot)
    found: dict[str, list[Miss]] = {}
    for proxy in proxies:
        needs = () if proxy.name in seen.contained else proxy.programs
        could = {name: report for name, report in seen.reports.items() if proxy.may_run_on(name, zone_of(name))}
        judged = {name: _Judged.of(proxy, needs, report) for name, report in could.items()}
        best = [it for name, it in judged.items() if seen.takes_work(name)]
        for name, it in judged.items():
            barred = bool(it.lacks) or (bool(it.unreached) and proxy.name not in seen.waiting)
            if barred and sum(other.beats(it) for other in best) >= proxy.replicas:
                found.setdefault(name, []).append(Miss(proxy, it.unreached, it.lacks))
    return {name: tuple(its) for name, its in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a machine is known to reach of a proxy's devices, what it is known not to, and the programs that it is known to lack."""

    reached: int
    unreached: tuple[str, ...]
    lacks: tuple[str, ...]
    devices: int

    @classmethod
    def of(cls, proxy: Proxy, needs: Sequence[str], report: Report) -> _Judged:
        unsaid = set(report.unreached)
        said = set(report.reached) - unsaid
        unreached = tuple(it.name for it in proxy.peripherals if it.name in unsaid)
        lacks = tuple(name for name in needs if name not in report.programs) if report.programs else ()
        return cls(sum(it.name in said for it in proxy.peripherals), unreached, lacks, len(proxy.peripherals))

    def beats(self, other: _Judged) -> bool:
        """Whether it surely does better: what it hasn't said counts against it, what the other hasn't said for the other."""
        if bool(self.lacks) != bool(other.lacks):
            return not self.lacks
        return self.reached > other.devices - len(other.unreached)


@dataclass(frozen=True, slots=True)
class _Seen:
    """``reports`` are those that count, by machine: fresh ones of machines that are on, the last ones of the others. ``contained`` are the
    definitions whose jobs run in containers; ``waiting`` are those of which instances wait for room.
    """

    reports: Mapping[str, Report]
    nodes: Mapping[str, Node]
    contained: frozenset[str]
    waiting: frozenset[str]

    @classmethod
    def of(cls, grid: Grid, snapshot: Snapshot) -> _Seen:
        nodes = {node.name: node for node in snapshot.nodes}
        defined = {machine.name: machine for machine in grid.machines}
        records = {record.machine: record for record in snapshot.records}
        reports = {}
        for report in sorted(snapshot.reports, key=lambda it: it.machine):
            name = report.machine
            on = name in nodes and nodes[name].status == "ready"
            if not on or _counts(report, defined.get(name), records.get(name), snapshot.now_s):
                reports[name] = report
        contained = {job.definition for job in snapshot.jobs if any(it in CONTAINERS for group in job.groups for it in group.drivers)}
        demanded = {(it.namespace, it.job) for it in snapshot.demands}
        waiting = {job.definition for job in snapshot.jobs if (job.namespace, job.id) in demanded}
        named = (frozenset(name for name in names if name is not None) for names in (contained, waiting))
        return cls(reports, nodes, *named)

    def takes_work(self, name: str) -> bool:
        node = self.nodes.get(name)
        return node is not None and node.status == "ready" and node.eligible and not node.draining


def _counts(report: Report, machine: Machine | None, record: Record | None, now_s: float) -> bool:
    """Whether a machine that is on has said it lately, and in this boot as far as is known."""
    if abs(now_s - report.at_s) > FRESH_S:
        return False
    return machine is None or record is None or not from_before(record, report, machine.sleep)
