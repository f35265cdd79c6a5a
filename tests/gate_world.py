"""Gates in a closed loop on a virtual clock: planned, moved, counted as the Nomad Autoscaler does it, placed as Nomad does it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scenes import World

from simulacra.act.gates import advance_gate, first_gate
from simulacra.model.gate_times import moves_at_s
from simulacra.model.plan import Gate, Plan
from simulacra.model.workload import Allocation, Demand, Job

LOOKS_EVERY_S = 5.0
TARGET_EVERY_S, COOLDOWN_S = 10.0, 30.0
"""How often the Nomad Autoscaler evaluates a gate's policy, and how long it then leaves the count alone."""


@dataclass
class GateWorld:
    """``moves`` are what the gates did: when, whose, and whether it is ``open`` or ``closed`` since. ``busy`` are the looks at which
    something of a gated service ran."""

    world: World
    moves: list[tuple[float, str, str]] = field(default_factory=list)
    looks: int = 0
    busy: int = 0
    asked_s: dict[str, float] = field(default_factory=dict)
    cool_s: dict[str, float] = field(default_factory=dict)

    def running(self, name: str) -> tuple[Allocation, ...]:
        return tuple(it for it in self.world.allocations if it.job == name)

    def job(self, name: str) -> Job:
        return next(it for it in self.world.jobs if it.id == name)

    def open(self, name: str) -> bool:
        return any(it.open for it in self.world.gates if it.service == name)

    def comes(self, *names: str) -> None:
        self.world = self.world.awake(*names)

    def goes(self, *names: str) -> None:
        """Off without a word: what ran there is lost."""
        ids = {f"id-{name}" for name in names}
        staying = tuple(it for it in self.world.allocations if it.node not in ids)
        self.world = replace(self.world, on=self.world.on - set(names), allocations=staying)

    def live(self, seconds: float) -> None:
        until = self.world.now_s + seconds
        while self.world.now_s < until:
            self.step()

    def rest(self, seconds: float) -> None:
        """The same where nothing changes from outside: once nothing has for longer than counts are left alone, looks at which nothing
        would happen are left out."""
        until, still = self.world.now_s + seconds, 0.0
        while self.world.now_s < until:
            before = self.world
            self.step()
            same = replace(before, now_s=self.world.now_s, serial=self.world.serial) == self.world
            still = still + LOOKS_EVERY_S if same else 0.0
            if still > COOLDOWN_S + TARGET_EVERY_S:
                due = [at for it in self.world.gates if (at := moves_at_s(it, self.world.grid.gates, self.world.now_s)) is not None]
                self.world = self.world.at(max(self.world.now_s, min([until, *due])))

    def step(self) -> Plan:
        self._place()
        made = self.world.plan()
        self._advance(made)
        for gate in made.gates:
            self._count(gate)
        self._place()
        self.looks += 1
        self.busy += any(self.running(gate.service) for gate in made.gates)
        self.world = self.world.later(LOOKS_EVERY_S)
        return made

    def _advance(self, made: Plan) -> None:
        """As `simulacra.act.keeping` does it."""
        now_s, records = self.world.now_s, {it.service: it for it in self.world.gates}
        for gate in made.gates:
            service = self.world.grid.service(gate.service)
            assert service is not None
            before = records.get(gate.service) or first_gate(gate, now_s)
            records[gate.service], entries = advance_gate(service, before, gate, self.world.grid.gates, now_s)
            self.moves += [(it.at_s, gate.service, it.after) for it in entries]
            if not records[gate.service].open and gate.set_to and not gate.running:
                self._set(gate.service, 0)
        self.world = replace(self.world, gates=tuple(records[name] for name in sorted(records)))

    def _count(self, gate: Gate) -> None:
        """As the built-in nomad-target: it compares with what runs, and rests after it has set a count."""
        name, now_s = gate.service, self.world.now_s
        if now_s - self.asked_s.get(name, 0.0) < TARGET_EVERY_S:
            return
        self.asked_s[name] = now_s
        wanted = gate.count if self.open(name) else 0
        if wanted != len(self.running(name)) and now_s >= self.cool_s.get(name, 0.0):
            self._set(name, wanted)
            self.cool_s[name] = now_s + COOLDOWN_S

    def _set(self, name: str, count: int) -> None:
        it = self.job(name)
        self.world = self.world.knows(replace(it, groups=(replace(it.groups[0], count=count),)))

    def _place(self) -> None:
        """As Nomad: what is too much is stopped, what is missing waits, and is placed where there is room."""
        world, demands, gone = self.world, [], set()
        for it in world.jobs:
            if it.type != "system":
                there, count = self.running(it.id), it.groups[0].count
                gone |= {stopped.id for stopped in there[count:]}
                if len(there) < count:
                    demands.append(Demand(it.id, it.namespace, it.groups[0].name, count - len(there)))
        staying = tuple(it for it in world.allocations if it.id not in gone)
        self.world = replace(world, allocations=staying, demands=tuple(demands)).settled()
