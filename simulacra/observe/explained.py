"""Why a machine or a service is as it is: what is seen of it, what is written down, and what the plan says, in one list of reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from simulacra.model.cloud import paid_until_s
from simulacra.model.gate_times import moves_at_s
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB
from simulacra.model.labels import BY
from simulacra.model.plan import Gate, Plan
from simulacra.model.rented import cloud_of
from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.snapshot import Snapshot
from simulacra.model.status import GridStatus, MachineStatus, ServiceStatus
from simulacra.model.workload import Job
from simulacra.observe.missed import missed

RUNS_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Explanation:
    """``since``: ISO 8601 UTC, None where it isn't known. ``reasons`` are sentences, what weighs most first."""

    name: str
    state: str
    since: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that explanations come from."""

    grid: Grid
    status: GridStatus
    snapshot: Snapshot
    plan: Plan

    def until(self, at_s: float) -> str:
        """``14:05`` in the grid's time zone, with the date where it isn't today."""
        at, now = (datetime.fromtimestamp(it, ZoneInfo(self.grid.timezone)) for it in (at_s, self.snapshot.now_s))
        return at.strftime("%H:%M" if at.date() == now.date() else "%Y-%m-%d %H:%M")


def explain_machine(scene: Scene, name: str) -> Explanation | None:
    """None where there is no such machine, neither defined nor on Nomad."""
    status = next((it for it in scene.status.machines if it.name == name), None)
    if status is None:
        return None
    judged = scene.plan.judged(name)
    told = (
        status.reason,
        *_intended(scene, name),
        *_remembered(scene, name),
        *_rented(scene, name),
        *_reported(scene, name),
        *missed(scene.snapshot, name),
        *_belongs(scene, name),
        *_runs(scene, name),
    )
    return Explanation(name, status.power, status.since, _each_once((*told[:1], *(judged.reasons if judged else ()), *told[1:])))


def _intended(scene: Scene, name: str) -> Iterator[str]:
    would = "will be" if scene.grid.mode == "act" else "would be, if the grid didn't only observe,"
    for action in scene.plan.actions:
        if action.machine == name:
            yield f"it {would} {'woken' if action.action == 'wake' else 'put to sleep'}: {action.reason}"


def _remembered(scene: Scene, name: str) -> Iterator[str]:
    record = next((it for it in scene.snapshot.records if it.machine == name), None)
    if record is None:
        return
    now_s = scene.snapshot.now_s
    if record.held_until_s > now_s:
        yield f"a person holds it until {scene.until(record.held_until_s)}"
    if record.out_until_s > now_s:
        failed = f"it failed {record.failures} times in a row" if record.failures > 1 else "it failed"
        yield f"{failed}: left out until {scene.until(record.out_until_s)}"
    if record.power == "on" and record.drained and any(it.name == name and not it.eligible for it in scene.snapshot.nodes):
        yield "it takes no work until its drain is taken back"


def _rented(scene: Scene, name: str) -> Iterator[str]:
    """Which servers of a slot its provider runs, and whether it can't be asked to give them back."""
    machine = scene.grid.machine(name)
    cloud = cloud_of(scene.grid, machine) if machine is not None else None
    ledger = next((it for it in scene.snapshot.clouds if cloud is not None and it.cloud == cloud.name), None)
    servers = [it for it in ledger.servers if it.machine == name] if ledger is not None else []
    if cloud is None or ledger is None or not servers:
        return
    for it in servers:
        price = f", for {it.price.normalize():f} {cloud.currency} an hour" if it.price is not None else ""
        paid_until = scene.until(paid_until_s(it.created_s, scene.snapshot.now_s, cloud.billed_by_s))
        yield f"its server {it.id} is {it.state}, there since {scene.until(it.created_s)}{price}, and paid for until {paid_until}"
    if ledger.problem:
        yield f"cloud {cloud.name} can't be asked since {scene.until(ledger.problem_since_s)}: {ledger.problem}"


def _reported(scene: Scene, name: str) -> Iterator[str]:
    report = next((it for it in scene.snapshot.reports if it.machine == name), None)
    node = next((it for it in scene.snapshot.nodes if it.name == name), None)
    if report is None or node is None or node.status != "ready":
        return
    yield from report.keep_awake
    if report.stay_until_s > scene.snapshot.now_s:
        yield f"a person there pressed `stay awake`, until {scene.until(report.stay_until_s)}"
    if report.on_battery:
        yield "it runs on battery"


def _runs(scene: Scene, name: str) -> Iterator[str]:
    nodes = {it.id for it in scene.snapshot.nodes if it.name == name}
    jobs = sorted({it.job for it in scene.snapshot.allocations if it.node in nodes and not it.leaving and it.job != NODE_JOB})
    if jobs:
        more = f" and {len(jobs) - RUNS_AT_MOST} more" if len(jobs) > RUNS_AT_MOST else ""
        yield f"it runs {', '.join(jobs[:RUNS_AT_MOST])}{more}"


def explain_service(scene: Scene, name: str) -> Explanation | None:
    """None where it is neither a service of the grid nor a job that runs or waits."""
    service = next((it for it in scene.status.services if it.name == name), None)
    job = next((it for it in scene.snapshot.jobs if it.id == name), None)
    if service is None:
        return _explain_job(scene, job) if job is not None else None
    waits = tuple(_waits(scene, name))
    # the plan knows what is done about it; without it, what the status says
    seen = (service.waiting,) if service.waiting is not None and not waits else ()
    note = (service.note,) if service.note else ()
    reasons = _each_once((*waits, *seen, *note, *_gate(scene, name, service), *_where(scene, name)))
    return Explanation(name, state_of(service, bool(waits)), _since(scene, name), reasons)


def state_of(service: ServiceStatus, waits: bool) -> str:
    """``running``, ``partly`` (some run, some wait), ``waiting``, ``stopped``, ``missing`` (not submitted), or what its note says."""
    if service.absent:
        return service.absent
    if waits or service.waiting is not None:
        return "partly" if service.running else "waiting"
    if service.note:
        return service.note
    return "running" if service.running else "stopped" if service.desired == 0 else "waiting"


def _explain_job(scene: Scene, job: Job) -> Explanation:
    waits = tuple(_waits(scene, job.id))
    where = tuple(_where(scene, job.id))
    state = ("partly" if where else "waiting") if waits else "running" if where else "stopped"
    return Explanation(job.id, state, _since(scene, job.id), _each_once((*waits, *where, "it isn't defined in this grid")))


def _waits(scene: Scene, name: str) -> Iterator[str]:
    for it in scene.plan.waiting:
        if it.job == name:
            several = f"{it.count} instances aren't placed" if it.count > 1 else "an instance isn't placed"
            of = f" of group {it.group}" if it.group != name else ""
            yield f"{several}{of}: {it.reason}"


def _gate(scene: Scene, name: str, status: ServiceStatus) -> Iterator[str]:
    service, gate = scene.grid.service(name), scene.plan.gate(name)
    if gate is not None:
        yield from _of_gate(scene, gate)
    if service is not None and not service.on_demand and status.waiting is not None:
        yield "on_demand is false: no machine is woken for it"


def _of_gate(scene: Scene, gate: Gate) -> Iterator[str]:
    record = next((it for it in scene.snapshot.gates if it.service == gate.service), None)
    if record is not None:
        state = "open" if record.open else "closed"
        yield f"its gate is {state} since {scene.until(record.since_s)}: {record.reason}"
        at_s = moves_at_s(record, scene.grid.gates, scene.snapshot.now_s)
        if at_s is not None:
            often = f", later each time, having closed {len(record.closed_s)} times lately" if record.closed_s and not record.open else ""
            yield f"it {'closes' if record.open else 'opens'} at {scene.until(at_s)} if that stays so{often}"
    yield from gate.reasons


def _belongs(scene: Scene, name: str) -> Iterator[str]:
    """By what it counts to its zone, and how it is to be labelled."""
    known = {it.machine: it for it in (*scene.snapshot.belongings, *scene.plan.belongings)}.get(name)
    if known is not None and known.zone is not None and known.zone_by not in ("definition", ""):
        yield f"it counts to zone {known.zone} {BY[known.zone_by]}, {known.confidence:.0%} sure"
    if known is not None and known.other_zone is not None:
        yield f"it seems to be in zone {known.other_zone} since {scene.until(known.other_since_s)}"
    if known is not None and known.lower_since_s:
        lower = f"would do for tier {known.lower_tier} only" if known.lower_tier else "does for no tier"
        yield f"what it has {lower} since {scene.until(known.lower_since_s)}"
    for relabel in scene.plan.relabels:
        if relabel.machine == name:
            would = "is being" if scene.grid.mode == "act" else "would be, if the grid didn't only observe,"
            yield f"it {would} labelled: {relabel.reason}"


def _where(scene: Scene, name: str) -> Iterator[str]:
    names = {it.id: it.name for it in scene.snapshot.nodes}
    running = [it for it in scene.snapshot.allocations if it.job == name and it.running and not it.leaving]
    on = sorted({names.get(it.node, it.node) for it in running})
    types = {job.type for job in scene.snapshot.jobs if job.id == name}
    if on:
        every = "on every machine that takes it: " if types & set(EVERYWHERE_TYPES) else "on "
        yield f"it runs {every}{', '.join(on)}"


def _since(scene: Scene, name: str) -> str | None:
    times = [it.since_s for it in scene.snapshot.demands if it.job == name and it.since_s]
    return datetime.fromtimestamp(int(min(times)), UTC).isoformat().replace("+00:00", "Z") if times else None


def _each_once(reasons: Iterable[str]) -> tuple[str, ...]:
    """Without what one before has said already: the same fact, with its time or without."""
    told: list[str] = []
    for reason in reasons:
        if reason and not any(reason.partition(" until ")[0] in it for it in told):
            told.append(reason)
    return tuple(told)


def names_of(scene: Scene) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What there is to explain: machines, then services and jobs, each by name."""
    machines: tuple[MachineStatus, ...] = scene.status.machines
    services = {it.name for it in scene.status.services} | {it.id for it in scene.snapshot.jobs}
    return tuple(sorted(it.name for it in machines)), tuple(sorted(services))
