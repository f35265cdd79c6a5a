"""Placement as Nomad's scheduler would do it, tried out in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from simulacra.model.cluster import Node
from simulacra.model.plan import Totals
from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Allocation, Group, Job
from simulacra.plan.columns import Mask, Places, Scores
from simulacra.plan.crowd import Crowd, under
from simulacra.plan.feasible import possible
from simulacra.plan.fleet import Fleet, fleet_of
from simulacra.plan.likeness import Wanted, kinds
from simulacra.plan.preempt import Resident, cost, victims
from simulacra.plan.refusal import refusal
from simulacra.plan.room import Room
from simulacra.plan.running import Running
from simulacra.plan.score import Ranking

_MOST_REMEMBERED = 512
_MOST_LOOKED_AT = 256


@dataclass
class Board:
    """Room on nodes: instances are put onto it and taken off it. A working copy; `fork` it before trying something.

    Whether a node is on, eligible or draining isn't looked at: the open ones (`set_open`) take instances, at first all. The same nodes,
    allocations and jobs in any order make the same board, and the same calls on it the same choices.
    """

    _fleet: Fleet
    _running: Running
    _scheduler: Scheduler
    _empty: Room
    _room: Room
    _crowd: Crowd
    _open: Mask
    _gone: set[str] = field(default_factory=set)
    _preempted: list[Allocation] = field(default_factory=list)
    _candidates: dict[int, tuple[Mask, Places]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        nodes: Sequence[Node],
        allocations: Sequence[Allocation],
        jobs: Sequence[Job],
        scheduler: Scheduler,
        said: Mapping[str, frozenset[str]] | None = None,
    ) -> Board:
        """``nodes``: all that are to be considered, also those that sleep. ``jobs``: those of the allocations, for their priorities.
        ``said``: what is known of each node, where that isn't all: see `Fleet`.
        """
        fleet = fleet_of(nodes) if said is None else Fleet(nodes, said)
        known = [it for it in allocations if it.node in fleet.by_id]
        places = [fleet.by_id[it.node] for it in known]
        room, crowd = Room(fleet), Crowd()
        room.take_all(known, places)
        for allocation, node in zip(known, places, strict=True):
            crowd.add((allocation.namespace, allocation.job), allocation.group, node, allocation.leaving)
        running = Running(tuple(known), tuple(places), {(job.namespace, job.id): job for job in jobs})
        return cls(fleet, running, scheduler, Room(fleet), room, crowd, np.ones(fleet.size, dtype=np.bool_))

    def fork(self) -> Board:
        """An independent copy."""
        return Board(
            self._fleet, self._running, self._scheduler, self._empty, self._room.copy(), self._crowd.copy(), self._open,
            set(self._gone), list(self._preempted), self._candidates,
        )  # fmt: skip

    def set_open(self, names: Collection[str]) -> None:
        """Only the nodes of these names take instances from now on."""
        self.open_only(self._fleet.chosen(names))

    def open_only(self, nodes: Mask) -> None:
        """The same by what `nodes_of` has made of names."""
        self._open = nodes
        self._candidates = {}

    def nodes_of(self, names: Collection[str]) -> Mask:
        """Which nodes have these names, to be combined with others; others are passed over. It is for this board and its forks."""
        return self._fleet.chosen(names)

    def close(self, names: Collection[str]) -> None:
        """The nodes of these names take no more instances from now on."""
        self._open = self._open & ~self._fleet.chosen(names)
        self._candidates = {}

    @property
    def preempted(self) -> tuple[Allocation, ...]:
        """The allocations that were pushed out by `place`, in that order: they wait for a place themselves now."""
        return tuple(self._preempted)

    def totals(self) -> Totals:
        """What the open nodes have, and how much of it is free. No watts."""
        fleet, room, opened = self._fleet, self._room, self._open
        return Totals(
            cpu_mhz=int(fleet.cpu_mhz[opened].sum()), cpu_free_mhz=int(np.maximum(room.cpu_mhz[opened], 0).sum()),
            memory_mb=int(fleet.memory_mb[opened].sum()), memory_free_mb=int(np.maximum(room.memory_mb[opened], 0).sum()),
        )  # fmt: skip

    def place(self, job: Job, group: Group, count: int = 1) -> tuple[str, ...]:
        """Put up to ``count`` instances onto open nodes; their names in the order of placement, fewer where there is no more room.

        A system job gets one on each open node that has none, by name. Where the scheduler preempts for the job's type, others may be
        pushed out: see `preempted`.
        """
        among = self._open_for(job, group)
        if job.type in EVERYWHERE_TYPES:
            nodes = self._place_everywhere(job, group, among, count)
        else:
            nodes = self._place_best(job, group, among, count)
        return tuple(self._fleet.names[node] for node in nodes)

    def claim(self, job: Job, group: Group, names: Collection[str]) -> None:
        """Take the room of one on each node of these names that could hold one and has none, whether there is still room or not."""
        places = np.flatnonzero(possible(self._fleet, job, group) & self._fleet.chosen(names))
        places = places[self._empty.fit(group, places)]
        for node in places[self._undisturbed(job, group, places)].tolist():
            self._claim(job, group, node)

    def take_off(self, allocation_ids: Collection[str]) -> None:
        """These allocations take no more room and count no more for distinct_* and spread. Unknown ids are passed over."""
        for allocation_id in sorted(set(allocation_ids) - self._gone):
            at = self._running.by_id.get(allocation_id)
            if at is not None:
                self._remove(self._running.allocations[at], self._running.nodes[at])

    def able(self, job: Job, group: Group) -> tuple[str, ...]:
        """The nodes, open or not, that could hold one if nothing else ran there, by name."""
        return self._named_fitting(self._empty, group, np.flatnonzero(possible(self._fleet, job, group)))

    def roomy(self, job: Job, group: Group) -> tuple[str, ...]:
        """The nodes, open or not, that could take one right now beside what runs there, by name; nobody is pushed out."""
        places = np.flatnonzero(possible(self._fleet, job, group))
        return self._named_fitting(self._room, group, places[self._undisturbed(job, group, places)])

    def why_not(self, job: Job, group: Group, names: Collection[str] | None = None) -> str:
        """Why none of these nodes (None: of the open ones) takes one, in words for people; empty where one does."""
        among = self._open if names is None else self._fleet.chosen(names)
        return refusal(self._empty, self._room, self._crowd, job, group, among, job.type in EVERYWHERE_TYPES)

    def kinds(self, names: Sequence[str], wanted: Wanted) -> list[bytes | None]:
        """Of each of these nodes its kind: of one kind one is as good as another for all that is wanted. None: it is like no other."""
        if any(job.type in self._scheduler.preempts for job, _ in wanted):
            return [None] * len(names)
        places = np.array([self._fleet.by_name[name] for name in names], dtype=np.intp)
        return kinds(self._room, self._crowd, wanted, places)

    def _named_fitting(self, room: Room, group: Group, places: Places) -> tuple[str, ...]:
        return tuple(self._fleet.names[node] for node in places[room.fit(group, places)].tolist())

    def _open_for(self, job: Job, group: Group) -> Places:
        """The open nodes that an instance may run on at all; remembered for as long as the same nodes are open."""
        mask = possible(self._fleet, job, group)
        found = self._candidates.get(id(mask))
        if found is None:
            if len(self._candidates) >= _MOST_REMEMBERED:
                self._candidates.clear()
            found = self._candidates[id(mask)] = (mask, np.flatnonzero(mask & self._open))
        return found[1]

    def _undisturbed(self, job: Job, group: Group, among: Places) -> Mask:
        """Which of these nodes distinct_hosts, distinct_property and one-on-each-node leave free."""
        fleet, crowd = self._fleet, self._crowd
        everywhere = job.type in EVERYWHERE_TYPES
        free = np.ones(len(among), dtype=np.bool_)
        if everywhere:
            own = crowd.on(job, group, fleet.size)
            free &= True if own is None else own[among] == 0
        for distinct in group.distincts:
            counted = None if distinct.whole_job else group
            if distinct.attribute:
                column = fleet.columns.column(distinct.attribute)
                free &= under(column, crowd.where(job, counted, staying=True), distinct.allowed)[among]
            elif not everywhere:  # nomad's system scheduler doesn't look at distinct_hosts
                own = crowd.on(job, counted, fleet.size)
                free &= True if own is None else own[among] == 0
        return free

    def _scores(self, job: Job, group: Group, among: Places) -> Scores:
        """-inf where there is no room."""
        spare = self._room.spare(group, among)
        fitting = self._room.fit(group, among, spare)
        if group.distincts:
            fitting &= self._undisturbed(job, group, among)
        good = fitting.nonzero()[0]
        if good.size == among.size:
            return self._ranking().scores(job, group, among, spare)
        scores = np.empty(len(among))
        scores.fill(-np.inf)
        if good.size:
            scores[good] = self._ranking().scores(job, group, among[good], spare.take(good, axis=1))
        return scores

    def _ranking(self) -> Ranking:
        return Ranking(self._fleet, self._room, self._crowd, self._scheduler.algorithm == "spread")

    def _place_best(self, job: Job, group: Group, among: Places, count: int) -> list[int]:
        placed: list[int] = []
        if not among.size or count < 1:
            return placed
        # with a spread or a property, one placement changes what other nodes are worth
        entangled = bool(group.spreads) or any(it.attribute for it in group.distincts)
        scores = self._scores(job, group, among)
        while len(placed) < count:
            best = int(scores.argmax())
            node = int(among[best])
            if scores[best] == -np.inf:
                pushed = self._push_out_best(job, group, among)
                if pushed is None:
                    break
                node = pushed
                best = int(np.searchsorted(among, node))
            self._claim(job, group, node)
            placed.append(node)
            if len(placed) < count:
                if entangled:
                    scores = self._scores(job, group, among)
                else:
                    scores[best] = self._scores(job, group, among[best : best + 1])[0]
        return placed

    def _place_everywhere(self, job: Job, group: Group, among: Places, count: int) -> list[int]:
        placed: list[int] = []
        free = among[self._undisturbed(job, group, among)]
        entangled = bool(group.distincts)
        for node, fits in zip(free.tolist(), self._room.fit(group, free).tolist(), strict=True):
            if len(placed) >= count:
                break
            if entangled and not self._undisturbed(job, group, np.array([node], dtype=np.intp))[0]:
                continue
            if not fits:
                pushed = self._victims(job, group, node)
                if pushed is None:
                    continue
                self._push_out(pushed, node)
            self._claim(job, group, node)
            placed.append(node)
        return placed

    def _claim(self, job: Job, group: Group, node: int) -> None:
        self._room.claim(group, node)
        self._crowd.add((job.namespace, job.id), group.name, node)

    def _remove(self, allocation: Allocation, node: int) -> None:
        self._gone.add(allocation.id)
        self._room.give(allocation, node)
        self._crowd.remove((allocation.namespace, allocation.job), allocation.group, node, allocation.leaving)

    def _push_out_best(self, job: Job, group: Group, among: Places) -> int | None:
        """Make room on the best node where pushing others out does; None where it doesn't anywhere.

        As Nomad, which looks at some nodes only, this looks at no more than `_MOST_LOOKED_AT` on which sums say it could work.
        """
        if job.type not in self._scheduler.preempts:
            return None
        among = among[self._undisturbed(job, group, among)]
        spare = self._room.spare(group, among)
        freed = self._running.yielding(job, self._fleet.size, self._gone).take(among, axis=1)
        could = np.logical_and.reduce(spare + freed >= 0, axis=0).nonzero()[0]
        ranks = self._ranking().scores(job, group, among[could], spare.take(could, axis=1))
        likely = among[could[np.argsort(-ranks, kind="stable")]][:_MOST_LOOKED_AT]
        found = {node: pushed for node in likely.tolist() if (pushed := self._victims(job, group, node)) is not None}
        if not found:
            return None
        places = np.array(sorted(found), dtype=np.intp)
        costs = np.array([cost(found[node]) for node in places.tolist()])
        best = int(places[self._ranking().scores(job, group, places, self._room.spare(group, places), costs).argmax()])
        self._push_out(found[best], best)
        return best

    def _victims(self, job: Job, group: Group, node: int) -> tuple[Resident, ...] | None:
        if job.type not in self._scheduler.preempts:
            return None
        residents = self._running.residents(job, node, self._gone)
        return victims(self._room, group, node, residents) if residents else None

    def _push_out(self, pushed: Sequence[Resident], node: int) -> None:
        for resident in pushed:
            self._remove(resident.allocation, node)
            self._preempted.append(resident.allocation)
