"""A machine in a world of its own: what the power state machine's effects do to it, and what is then seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from simulacra.act.power import advance
from simulacra.act.steps import Drain, Effect, Release, Seen, SendOrder, Step, Wake
from simulacra.model.cluster import Node
from simulacra.model.journal import Record, Report
from simulacra.model.machine import Machine, Sleep, WakeLan
from simulacra.model.plan import Judged
from simulacra.model.settings import Power

TOWER = Machine("tower", "attic", boot_time_s=30, wake=WakeLan("52:54:00:00:00:01"), sleep=Sleep())
POLICY = Power(drain_within_s=300)
TICK_S, MISSED_S, BOOT_S = 5.0, 60.0, 30.0


def backoff(attempt: int) -> float:
    return 2.0**attempt


@dataclass
class World:
    """``answers``: it boots when a packet comes. ``told_while_busy`` counts orders to sleep that came while work ran."""

    now_s: float = 1000.0
    power: bool = True
    eligible: bool = True
    draining: bool = False
    jobs: tuple[str, ...] = ()
    superfluous: bool = True
    keep_awake: tuple[str, ...] = ()
    answers: bool = True
    obeyed: int = 0
    refused: str = ""
    boots: int = 1
    lost_at_s: float = 0.0
    boots_at_s: float = 0.0
    orders: list[int] = field(default_factory=list)
    told_while_busy: int = 0
    packets: int = 0

    def seen(self) -> Seen:
        noticed = not self.power and self.now_s - self.lost_at_s >= MISSED_S
        node = Node("id", "tower", status="down" if noticed else "ready", eligible=self.eligible, draining=self.draining)
        report = Report("tower", self.now_s, f"boot{self.boots}", self.obeyed, self.refused, self.keep_awake)
        judged = Judged("tower", "on", ("a job waits",), superfluous=self.superfluous, counted=True)
        return Seen(self.now_s, node, report, judged, self.jobs)

    def do(self, effect: Effect) -> None:
        match effect:
            case Drain():
                self.eligible, self.draining = False, True
            case Release(_, eligible):
                self.draining, self.eligible = False, self.eligible or eligible
            case SendOrder(_, order):
                self.obey(order.sequence, order.kind, order.boot_id)
            case Wake() if not self.power:
                self.packets += 1
                if self.answers and not self.boots_at_s:
                    self.boots_at_s = self.now_s + BOOT_S

    def obey(self, sequence: int, kind: str, boot_id: str) -> None:
        if not self.power or sequence <= self.obeyed or boot_id not in ("", f"boot{self.boots}"):
            return
        self.obeyed, self.refused = sequence, "; ".join(self.keep_awake)
        if kind == "sleep":
            self.orders.append(sequence)
            self.told_while_busy += bool(self.jobs)
            if not self.refused:
                self.power, self.lost_at_s = False, self.now_s

    def pass_time(self) -> None:
        self.now_s += TICK_S
        if self.draining and self.power:
            self.jobs, self.draining = (), False
        if self.boots_at_s and self.now_s >= self.boots_at_s:
            self.power, self.boots_at_s, self.boots = True, 0.0, self.boots + 1


def step(world: World, record: Record, lost: bool = False) -> Step:
    """One look and one step; ``lost``: whoever should have carried its effects out was killed after writing the record."""
    made = advance(TOWER, record, world.seen(), POLICY, backoff)
    if not lost:
        for effect in made.effects:
            world.do(effect)
    world.pass_time()
    return made


def run(world: World, record: Record, steps: int = 200, lost: frozenset[int] = frozenset()) -> Record:
    for index in range(steps):
        record = replace(step(world, record, index in lost).record)
    return record
