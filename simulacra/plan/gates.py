"""Which services with ``needs`` the grid can carry now, the most important first.

A service goes ahead of another that has a lower priority; of equal ones, by name. What runs stays, unless something more important finds no
room otherwise: then the least important of the gated services make room. What is decided here is of this moment: hysteresis is
`simulacra.act.gates`'.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

from simulacra.model.gate_times import is_open, opens_after_s
from simulacra.model.grid import Grid
from simulacra.model.journal import GateRecord
from simulacra.model.plan import Gate
from simulacra.model.service import Service
from simulacra.model.spread import count_of
from simulacra.model.words import listed
from simulacra.model.workload import Allocation, Group, Job
from simulacra.plan.board import Board
from simulacra.plan.decision import Decision
from simulacra.plan.demand import Ask
from simulacra.plan.known import Known
from simulacra.plan.needs import Pool, lacking
from simulacra.plan.scene import Scene
from simulacra.plan.wake import all_at_once

HELPED_AT_MOST = 20
"""For so many things that wait room is looked for among gated services in one plan."""
SHED_AT_MOST = 40
"""So many services, the least important first, are looked at for one thing that waits."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A gated service as it is now. ``job`` and ``group``, with the count that it has when online, are None where it isn't submitted;
    ``work`` are its instances that stay, ``set_to`` is its count on Nomad.
    """

    service: Service
    record: GateRecord | None
    job: Job | None
    group: Group | None
    work: tuple[Allocation, ...]
    count: int
    set_to: int | None = None

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def priority(self) -> int:
        return self.job.priority if self.job is not None else 50

    @property
    def running(self) -> int:
        return sum(it.running for it in self.work)

    @property
    def open(self) -> bool:
        """It is let online."""
        return is_open(self.record, self.running, self.set_to)

    @property
    def least(self) -> int:
        """So many instances must find room before it comes online: of one in each zone, the first; the others follow with their zones."""
        return 1 if self.service.zones is not None else self.count


@dataclass(frozen=True, slots=True)
class Verdict:
    """``needs_there``: its needs are there, whether there is room or not."""

    met: bool
    reasons: tuple[str, ...]
    needs_there: bool = False


@dataclass
class _Room:
    """The room there is, in the making: ``shed`` are the services that make room, each with what for."""

    board: Board
    shed: dict[str, str] = field(default_factory=dict)
    helped: int = 0
    tried: set[tuple[str, str, str]] = field(default_factory=set)


def gates_of(scene: Scene, decided: Decision) -> tuple[Gate, ...]:
    """The verdict on every service with ``needs``, by name."""
    candidates = _candidates(scene)
    if not candidates:
        return ()
    room = _Room(decided.choice.board.fork())
    view = _View.of(scene, decided, candidates)
    verdicts: dict[str, Verdict] = {}
    waiting = sorted(view.waiting, key=lambda ask: (-ask.job.priority, ask.job.id, ask.group.name))
    for it in candidates:
        while waiting and waiting[0].job.priority > it.priority:
            _help(view, room, waiting.pop(0), candidates)
        verdicts[it.name] = _verdict(view, room, it, candidates)
    for ask in waiting:
        _help(view, room, ask, candidates)
    return tuple(_gate(it, verdicts[it.name], room.shed.get(it.name)) for it in sorted(candidates, key=lambda it: it.name))


def _gate(it: Candidate, verdict: Verdict, shed_for: str | None) -> Gate:
    met, reasons = verdict.met, verdict.reasons
    if met and shed_for is not None:
        met, reasons = False, (f"it makes room for {shed_for}",)
    if it.job is None or it.group is None:
        return Gate(it.name, met, reasons, it.count)
    return Gate(it.name, met, reasons, it.count, it.running, it.set_to, it.group.name, it.job.namespace, verdict.needs_there)


def _candidates(scene: Scene) -> list[Candidate]:
    """The gated services in the order in which they are served."""
    records = {record.service: record for record in scene.snapshot.gates}
    jobs: dict[str, Job] = {}
    for _, its in sorted(scene.jobs.items()):
        if its.definition is not None and its.id == its.definition:  # not what was launched or dispatched of it
            jobs.setdefault(its.definition, its)
    found = []
    for service in scene.grid.services:
        if service.needs is None:
            continue
        job = jobs.get(service.name)
        group = (job.group(service.name) or next(iter(job.groups), None)) if job is not None else None
        own = tuple(it for it in scene.allocations_of(job) if not it.leaving) if job is not None else ()
        count = count_of(scene.grid, service)
        whole = replace(group, count=count) if group is not None else None
        found.append(Candidate(service, records.get(service.name), job, whole, own, count, group.count if group is not None else None))
    return sorted(found, key=lambda it: (-it.priority, it.name))


@dataclass(frozen=True, slots=True)
class _View:
    """What counts for whom: the pools of machines that are on, and of those with what could be woken (now, or at some other hour); the
    names of both; which services run; and what waits and isn't kept out by a gate.
    """

    scene: Scene
    decided: Decision
    on: Pool
    wakeable: Pool
    some_time: Pool
    on_names: tuple[str, ...]
    wakeable_names: tuple[str, ...]
    online: frozenset[str]
    waiting: tuple[Ask, ...]
    barred: frozenset[str]

    @classmethod
    def of(cls, scene: Scene, decided: Decision, candidates: Sequence[Candidate]) -> _View:
        on = [it.name for it in scene.machines.values() if it.takes_work or it.readmitted or it.standing == "coming"]
        most = scene.grid.power.machines_max
        going = [it.name for it in scene.machines.values() if it.standing == "going" and it.steerable and _by_plan(scene, it)]
        sleepers = all_at_once(decided.wakeable.options)
        options = sleepers if not decided.circuit and (most is None or scene.on < most) else {}
        now = [*going, *(name for name, option in options.items() if not option.quiet)]
        partly = {it.name for it in candidates if it.open and it.running}
        gated = {it.name for it in candidates} - partly
        left = (*decided.choice.left, *(ask for ask in decided.settled.left if not ask.wakes))
        running = {(it.namespace, it.job) for it in scene.snapshot.allocations if it.running and not it.leaving}
        return cls(
            scene,
            decided,
            on=_pool(scene, on),
            wakeable=_pool(scene, (*on, *now)),
            some_time=_pool(scene, (*on, *going, *sleepers)),
            on_names=tuple(on),
            wakeable_names=(*on, *now),
            online=frozenset(job.definition for key, job in scene.jobs.items() if key in running and job.definition is not None),
            barred=frozenset(decided.waking.later) if most is not None and scene.on >= most else frozenset(),
            waiting=tuple(ask for ask in left if ask.job.definition not in gated and not ask.everywhere),
        )

    def pool(self, it: Candidate) -> tuple[Pool, str]:
        """The machines that count for a service, and which those are in words. One that is online isn't sent away by quiet hours."""
        if not it.service.on_demand:
            return self.on, "on"
        return (self.some_time if it.open else self.wakeable), "on or could be woken"

    def names(self, on_demand: bool) -> tuple[str, ...]:
        return self.wakeable_names if on_demand else self.on_names


def _by_plan(scene: Scene, known: Known) -> bool:
    """It goes since the plan wanted so, and no person does: it would be woken again."""
    return known.record is not None and known.record.by == "plan" and known.held <= scene.now_s


def _pool(scene: Scene, names: Sequence[str]) -> Pool:
    nodes = (scene.machines[name].expected for name in names)
    return Pool.of(node for node in nodes if node is not None)


def _verdict(view: _View, room: _Room, it: Candidate, candidates: Sequence[Candidate]) -> Verdict:
    if it.job is None or it.group is None:
        return Verdict(False, (f"not submitted: `simulacra run {it.name}`",))
    pool, where = view.pool(it)
    missing = tuple(lacking(view.scene.grid, it.service, pool, view.online, where))
    if missing:
        return Verdict(False, missing)
    if it.open and (it.running or not it.count):
        return Verdict(True, ("the grid carries it",), needs_there=True)
    if it.open and not it.set_to:
        # its count is about to be set: what comes after it finds its room taken
        room.board = _with(room.board, view.names(it.service.on_demand), it.job, it.group, (it.count, 1), ()) or room.board
        return Verdict(True, ("it is about to come online",), needs_there=True)
    if it.open and _expected(view, it):
        return Verdict(True, ("the grid carries it",), needs_there=True)
    return _placed(view, room, it, candidates)


def _expected(view: _View, it: Candidate) -> bool:
    """What waits of it goes to a machine that is on, comes, or is to be woken; or Nomad is just placing it."""
    assert it.job is not None
    settled = view.decided.settled
    puts = (*settled.on, *settled.coming, *settled.back, *view.decided.choice.placed)
    own = [went for ask, went in puts if ask.job is it.job]
    if own:
        return any(name not in view.barred for went in own for name in went)
    held = any(ask.job is it.job for ask, _ in settled.held)
    return held or not any(ask.job is it.job for ask in (*view.decided.choice.left, *settled.left))


def _placed(view: _View, room: _Room, it: Candidate, candidates: Sequence[Candidate]) -> Verdict:
    """Whether it fits beside what is there already; else what has to go first, or why it fits nowhere."""
    assert it.job is not None
    assert it.group is not None
    names = view.names(it.service.on_demand)
    board = _with(room.board, names, it.job, it.group, (it.count, it.least), ())
    if board is not None:
        room.board = board
        return Verdict(True, ("the grid can carry it",), needs_there=True)
    others = []
    if room.helped < HELPED_AT_MOST and _steady(view.scene, it):
        room.helped += 1
        others = _less_important(room, it.priority, candidates, _needed_by(view.scene.grid, it.service))
    going = _make_room(room, names, (it.job, it.group, it.count, it.least), others)
    if going:
        room.shed |= dict.fromkeys(going, it.name)
        reason = f"it waits until {listed(going)} {'has' if len(going) == 1 else 'have'} made room"
        return Verdict(it.open, (reason,), needs_there=True)
    room.board.set_open(names)
    able = room.board.able(it.job, it.group)
    why = room.board.why_not(it.job, it.group) or room.board.why_not(it.job, it.group, able)
    reason = f"there is no room for it: {why}" if why else f"there is no room for all {it.count} of it"
    return Verdict(False, (reason,), needs_there=True)


def _steady(scene: Scene, it: Candidate) -> bool:
    """Its needs have been there for as long as its gate would wait: nobody goes for one that comes and goes itself."""
    since_s = it.record.needs_since_s if it.record is not None else 0.0
    return it.record is not None and bool(since_s) and scene.now_s - since_s >= opens_after_s(it.record, scene.grid.gates, scene.now_s)


def _needed_by(grid: Grid, service: Service) -> frozenset[str]:
    """The services that it needs, directly or not."""
    found: set[str] = set()
    todo = [service]
    while todo:
        needs = todo.pop().needs
        for name in needs.services if needs is not None else ():
            other = grid.service(name)
            if other is not None and name not in found:
                found.add(name)
                todo.append(other)
    return frozenset(found)


def _help(view: _View, room: _Room, ask: Ask, candidates: Sequence[Candidate]) -> None:
    """Let less important gated services make room for something that waits and has no gate."""
    if room.helped >= HELPED_AT_MOST or ask.key in room.tried or not room.board.able(ask.job, ask.group):
        return
    room.helped += 1
    room.tried.add(ask.key)
    service = view.scene.service_of(ask.job)
    names = view.names(service.on_demand if service is not None else True)
    but = _needed_by(view.scene.grid, service) if service is not None else frozenset[str]()
    others = _less_important(room, ask.job.priority, candidates, but)
    going = _make_room(room, names, (ask.job, ask.group, ask.count, 1), others)
    room.shed |= dict.fromkeys(going, ask.job.id)


def _less_important(room: _Room, priority: int, candidates: Sequence[Candidate], but: Set[str]) -> list[Candidate]:
    """The gated services that run and would go for something of that priority, the first to go first; ``but`` stay."""
    lower = (it for it in reversed(candidates) if it.work and it.priority < priority and it.service.type != "batch")
    return [it for it in lower if it.name not in room.shed and it.name not in but]


Want = tuple[Job, Group, int, int]
"""A job's group, how many instances, and how many at least."""


def _make_room(room: _Room, names: Sequence[str], want: Want, others: Sequence[Candidate]) -> tuple[str, ...]:
    """The fewest of the others, the least important first, that have to go so that it fits, and the room without them; empty where that
    doesn't help."""
    job, group, *counts = want
    others = others[:SHED_AT_MOST]
    if not others or _with(room.board, names, job, group, (counts[0], counts[1]), others) is None:
        return ()
    going = list(others)
    for it in reversed(others):
        fewer = [other for other in going if other is not it]
        if _with(room.board, names, job, group, (counts[0], counts[1]), fewer) is not None:
            going = fewer
    made = _with(room.board, names, job, group, (counts[0], counts[1]), going)
    assert made is not None
    room.board = made
    return tuple(sorted(it.name for it in going))


def _with(
    board: Board, names: Sequence[str], job: Job, group: Group, counts: tuple[int, int], without: Sequence[Candidate]
) -> Board | None:
    """The board with so many instances placed onto the machines of these names, the others' gone; None where fewer than the least fit."""
    trial = board.fork()
    trial.take_off([allocation.id for it in without for allocation in it.work])
    trial.set_open(names)
    placed = trial.place(job, group, counts[0])
    return trial if len(placed) >= max(1, counts[1]) and len(trial.preempted) == len(board.preempted) else None
