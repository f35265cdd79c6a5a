"""A whole grid on a virtual clock: machines, Nomad, who steers, and what the schedule lets happen. The same schedule, the same life."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection
from dataclasses import replace

from simulacra.gateways.nomad_values import JobJson
from simulacra.model.journal import NODE_JOB, PowerState
from tests.scenes import node_of
from tests.simulation.happenings import Happening, Schedule, Work, times_of
from tests.simulation.model_agent import ModelAgent
from tests.simulation.model_cloud import ModelCloud
from tests.simulation.model_machine import ModelMachine
from tests.simulation.model_nomad import ModelNomad
from tests.simulation.watch import RULES, Rule, Watch

OF_CLOUDS = frozenset(
    ("provider down", "provider slow", "provider full", "provider well", "answer lost", "answer lost for good", "boots", "server stops",
     "server hangs", "destroyed by hand", "stranger", "size goes")
)  # fmt: skip
Said = tuple[float, str, str]
"""Seconds since the beginning, who, and what."""


class World:
    """``told`` collects the story, where it is asked for. ``machines`` are one's own; ``grid`` is how the definitions are now.
    ``unsteered`` are the looks at which nobody could have done anything.
    """

    def __init__(self, schedule: Schedule, told: list[Said] | None = None, heeded: Collection[Rule] = RULES) -> None:
        self.schedule, self.grid, self.told = schedule, schedule.grid, told
        self.now_s = schedule.starts_s
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.cut: set[str] = set()
        self.refuses = False
        self.unsteered: list[float] = []
        self.nomad = ModelNomad(lambda: self.now_s, self.later)
        self.machines = {it.name: ModelMachine(self, it, replace(node_of(self.grid, it), changed_s=0.0)) for it in self.grid.machines}
        self.watch = Watch(self, heeded)
        self.nomad.written, self.nomad.stopped = self.watch.written, self.watch.told_to_stop
        self.cloud = ModelCloud(self, schedule.provider) if schedule.provider is not None else None
        self._begin()
        self.agents = {name: ModelAgent(self, name) for name in schedule.agents}

    def _begin(self) -> None:
        self.nomad.servers = {it.name: it.name in self.schedule.on for it in self.grid.machines if it.server}
        self.nomad.register(NODE_PROGRAM, "", 0, preserve_counts=True)
        for name in self.schedule.known:
            if name not in self.schedule.on:
                self.nomad.join(self.machines[name].node)
                self.nomad.miss(self.machines[name].node.id)
        for name in self.schedule.on:
            self.machines[name].begin_on()
        for work in self.schedule.works:
            for comes_s, goes_s in times_of(work, self.schedule.until_s):
                self.later(comes_s, lambda work=work: self._comes(work))  # type: ignore[misc]
                if goes_s is not None:
                    self.later(goes_s, lambda work=work: self._goes(work))  # type: ignore[misc]
        self._in_the_act = [it for it in self.schedule.happenings if it.after is not None]
        for happening in self.schedule.happenings:
            if happening.after is None:
                self.later(happening.at_s, lambda it=happening: self._happens(it))  # type: ignore[misc]

    # time

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now_s + seconds, next(self._order), then))

    def pass_time(self, seconds: float) -> None:
        """Everything that is due within so many seconds happens; may be called while something happens: then whoever called stood still."""
        until = self.now_s + seconds
        while self._queue and self._queue[0][0] <= until and not self.watch.breach:
            at_s, _, then = heapq.heappop(self._queue)
            self.now_s = max(self.now_s, at_s)
            then()
        self.now_s = max(self.now_s, until)

    def live(self, seconds: float) -> None:
        """So long with everybody who steers evaluating again and again, one after the other."""
        until = self.now_s + seconds
        every = self.grid.power.evaluate_every_s
        while self.now_s < until and not self.watch.breach:
            if self.refuses or not self.has_leader() or not any(it.alive for it in self.agents.values()):
                self.unsteered.append(self.now_s)
            for at, name in enumerate(sorted(self.agents)):
                self.agents[name].evaluate()
                self.pass_time(0.3 if at + 1 < len(self.agents) else 0.0)
            if not self.watch.breach:
                self.pass_time(every - self.now_s % every)

    def skip(self, until_s: float) -> None:
        """The same to that time, where looks at which nothing would happen are left out."""
        while self.now_s < until_s and not self.watch.breach:
            self.live(1.0)
            resting = [it.rests_until_s for it in self.agents.values() if it.alive and it._rests()]
            if len(resting) == sum(it.alive for it in self.agents.values()):
                upcoming = self._queue[0][0] if self._queue else until_s
                to = min([until_s, upcoming, *resting])
                if to > self.now_s:
                    self.pass_time(to - self.now_s)

    @property
    def everybody(self) -> list[ModelMachine]:
        """One's own machines and the servers that are rented."""
        return [*self.machines.values(), *(self.cloud.servers.values() if self.cloud is not None else ())]

    def body(self, name: str) -> ModelMachine | None:
        """The machine of that name, or the server of that slot; None where it has none."""
        return self.machines.get(name) or (self.cloud.body(name) if self.cloud is not None else None)

    @property
    def passed_s(self) -> float:
        return self.now_s - self.schedule.starts_s

    # what happens

    def entered(self, machine: str, power: PowerState) -> None:
        """A machine has got into a power state: what is to happen then has its time from now."""
        for it in [it for it in self._in_the_act if (it.near, it.after) == (machine, power)]:
            self._in_the_act.remove(it)
            self.later(it.at_s, lambda it=it: self._happens(it))  # type: ignore[misc]

    def _comes(self, work: Work) -> None:
        self.tell(work.name, f"comes: {work.count} of {work.memory_mb} MB")
        known = self.nomad.jobs_.get(("default", work.name))
        self.nomad.register(job_json(self.grid.name, work), "", known.index if known is not None else 0, preserve_counts=False)

    def _goes(self, work: Work) -> None:
        self.tell(work.name, "is stopped by its owner")
        self.watch.owner_stops = True
        self.nomad.stop(work.name)
        self.watch.owner_stops = False

    def _happens(self, it: Happening) -> None:
        machine, agent = self.body(it.whom), self.agents.get(it.whom)
        if self.passed_s > self.schedule.until_s:
            return
        match it.what:
            case "cut":
                self.tell(it.whom, "is cut off")
                self.cut.add(it.whom)
                for other in self._in(it.whom):
                    self.silent(other)
            case "heal":
                self.tell(it.whom, "is reached again")
                self.cut.discard(it.whom)
                self.came()
                for other in self._in(it.whom):
                    other.comes()
            case "refuses" | "takes again":
                self.tell("nomad", "refuses to write" if it.what == "refuses" else "writes again")
                self.refuses = it.what == "refuses"
            case "garbage":
                self.tell("nomad", "forgets the nodes that are away")
                self.nomad.forget()
            case "clock":
                self._clock(it)
            case "agent dies" | "agent comes" if agent is not None:
                (agent.dies if it.what == "agent dies" else agent.comes)()
            case "hold" | "release" | "wake command" | "sleep command":
                self._person(it)
            case _ if self.cloud is not None and it.what in OF_CLOUDS:
                self.cloud.happens(it)
            case _ if machine is not None:
                self._befalls(machine, it)

    def _clock(self, it: Happening) -> None:
        self.tell(it.whom, f"its clock jumps by {it.much:.0f} s")
        who = self.agents.get(it.whom) or self.machines.get(it.whom)
        if who is not None:
            who.clock_off_s += it.much

    def _person(self, it: Happening) -> None:
        agent = next(iter(self.agents.values()))
        self.tell("a person", f"{it.what} {it.whom}")
        if it.what in ("hold", "release"):
            agent.hold(it.whom, it.much)
        elif it.whom not in self.machines or self.machines[it.whom].machine.sleep is not None:
            agent.command("wake" if it.what == "wake command" else "sleep", it.whom)

    def _befalls(self, machine: ModelMachine, it: Happening) -> None:
        match it.what:
            case "power cut" if machine.on:
                machine.go_off("loses its power")
            case "by hand":
                machine.button()
            case "comes back":
                machine.comes_back_s = it.much
            case "sits down":
                machine.sits_down()
            case "leaves":
                machine.leaves()
            case "sleep now":
                machine.press_sleep()
            case "stay awake":
                machine.press_stay(it.much)
            case "packet":
                machine.answers = [("late", "never", "twice")[int(it.much) - 1]]
            case "relay goes" | "relay comes":
                machine.program_gone(it.what == "relay goes")

    # what machines and Nomad need of each other

    def silent(self, machine: ModelMachine) -> None:
        """Its heartbeats stay away; after a while Nomad misses it."""
        self._servers()
        self.later(self.schedule.misses_after_s, lambda: self._missed(machine))

    def _missed(self, machine: ModelMachine) -> None:
        client = self.nomad.clients.get(machine.node.id)
        if client is not None and client.node.status == "ready" and not machine.heard and self.has_leader():
            self.tell("nomad", f"misses {machine.name}")
            self.nomad.miss(machine.node.id)

    def _servers(self) -> None:
        for name in self.nomad.servers:
            self.nomad.servers[name] = self.machines[name].on and self.machines[name].machine.zone not in self.cut

    def came(self) -> None:
        """A machine is on, or reached again: perhaps Nomad has a leader again, and hears of others too."""
        before = self.has_leader()
        self._servers()
        if not before and self.has_leader():
            self.tell("nomad", "has a leader again")
            for it in [*self.everybody, *(self.cloud.departed if self.cloud is not None else ())]:
                if it.heard:
                    it.comes()
                else:
                    self.silent(it)

    def has_leader(self) -> bool:
        return 2 * sum(self.nomad.servers.values()) > len(self.nomad.servers)

    def _in(self, zone: str) -> list[ModelMachine]:
        return [it for it in self.everybody if it.machine.zone == zone]

    def tell(self, who: str, words: str) -> None:
        if self.told is not None:
            self.told.append((self.passed_s, who, words))


NODE_PROGRAM: JobJson = {
    "ID": NODE_JOB,
    "Type": "system",
    "Priority": 100,
    "TaskGroups": [
        {"Name": NODE_JOB, "Count": 1, "Tasks": [{"Name": "it", "Driver": "raw_exec", "Resources": {"CPU": 20, "MemoryMB": 32}}]}
    ],
}


def job_json(grid: str, work: Work) -> JobJson:
    """The work as Nomad has it."""
    constraints = [{"LTarget": "${meta.simulacra_zone}", "Operand": "set_contains_any", "RTarget": ",".join(work.zones)}] * bool(work.zones)
    if work.machine is not None:
        constraints.append({"LTarget": "${node.unique.name}", "Operand": "=", "RTarget": work.machine})
    if work.apart:
        constraints.append({"LTarget": "${meta.simulacra_zone}", "Operand": "distinct_property", "RTarget": "1"})
    meta = {"simulacra_grid": grid, "simulacra_definition": f"service.{work.name}"}
    if work.takes_s is not None:
        meta["takes_s"] = str(work.takes_s)
    task = {"Name": "it", "Driver": "exec", "Resources": {"CPU": 500, "MemoryMB": work.memory_mb}}
    return {
        "ID": work.name,
        "Type": "service" if work.takes_s is None else "batch",
        "Priority": work.priority,
        "Meta": meta,
        "TaskGroups": [{"Name": work.name, "Count": work.count, "Constraints": constraints, "Tasks": [task]}],
    }
