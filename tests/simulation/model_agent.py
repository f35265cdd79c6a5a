"""Whoever steers: the real steering over the model's Nomad, with a layer in between at which any call may meet with trouble."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

from simulacra.act.wishes import against_waking, held
from simulacra.faults import Fault, Refusal, Unreachable
from simulacra.gateways.cloud_worker import CloudWorkers, Opening
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad_faults import Conflict
from simulacra.model.cloud import Cloud
from simulacra.model.costs import COSTS
from simulacra.model.grid import Grid
from simulacra.model.journal import A_PERSON, GATES, MACHINES, NODES, REPORTS
from simulacra.model.ledger import CLOUDS
from simulacra.model.plan import Action, ActionKind
from simulacra.steering import Steering, Surroundings
from tests.simulation.asked_by_us import AskedByUs
from tests.simulation.clockwork import Clockwork
from tests.simulation.skipping import due_s

if TYPE_CHECKING:
    from tests.simulation.happenings import Strike
    from tests.simulation.model_world import World

WRITES = ("write_variable", "drain", "end_drain", "label_nodes", "stop_allocation", "scale")
READS = (
    "indexes", "members", "scheduler", "node_stubs", "whole_nodes", "live_allocations", "blocked", "jobs", "whole_jobs", "variables",
    "variable",
)  # fmt: skip
SHELVES = tuple(f"{prefix}/" for prefix in (MACHINES, NODES, GATES, REPORTS, CLOUDS, COSTS))
"""What lies on them is read several at once, in no order: such a reading counts as one call with the listing before it."""
BACK_AFTER_S = 15.0


class Killed(BaseException):
    """The process ends here: nothing catches it but the model."""


class OneByOne(Executor):
    """Everything in the order in which it was asked for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **more))
        except Fault as fault:
            done.set_exception(fault)
        return done


class Definitions:
    """Whatever they are now."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> Grid:
        return self._world.grid


class Struck:
    """The model's Nomad as one agent reaches it: each call is a step, at which what the schedule says may strike."""

    def __init__(self, agent: ModelAgent) -> None:
        self._agent, self._nomad = agent, agent.world.nomad
        for name in (*WRITES, *READS):
            setattr(self, name, self._step(name))

    def _step(self, name: str) -> Callable[..., Any]:
        agent, real, writes = self._agent, getattr(self._nomad, name), name in WRITES

        def called(*args: Any, **more: Any) -> Any:
            if name == "variable" and args[0].startswith(SHELVES):
                return real(*args, **more)
            agent.calls[writes] += 1
            strike = agent.strikes.get((writes, agent.calls[writes]))
            if strike is not None:
                return agent.struck(strike, name, lambda: real(*args, **more))
            if not agent.world.has_leader():
                raise Unreachable("Nomad can't be reached: No cluster leader")
            if writes and agent.world.refuses:
                raise Refusal(f"Nomad refuses ({name}): Permission denied")
            return agent.indexes(real) if name == "indexes" else real(*args, **more)

        return called


class ModelAgent:
    """One process that steers, as the Nomad Autoscaler's plugins do it: it evaluates again and again, dies, and comes back."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.strikes: dict[tuple[bool, int], Strike] = {(it.writes, it.at): it for it in world.schedule.strikes if it.agent == name}
        self.calls = {True: 0, False: 0}
        self.clock_off_s = 0.0
        self.alive = self.busy = False
        self.lives = 0
        self.evaluations = 0
        self.comes()

    def comes(self) -> None:
        """A new process, which knows nothing."""
        if self.alive:
            return
        self.alive, self.lives = True, self.lives + 1
        self.last_indexes: tuple[int, ...] | None = None
        self.looks_back = self.stood_still = False
        self.rests_at: tuple[int, ...] | None = None
        self.rests_until_s = 0.0
        self.holder = f"{self.name}-{self.lives}"
        self.asks: list[Clockwork] = []
        self.told = 0
        providers = self._providers() if self.world.cloud is not None else None
        around = Surroundings(
            self.now_s, self.holder, self._run, lambda attempt: min(30.0, 2.0**attempt), OneByOne, providers, lambda: self.world.now_s
        )
        self.steering = Steering(Definitions(self.world), Struck(self), self._tell, around)  # type: ignore[arg-type]

    def _providers(self) -> AskedByUs:
        """Its clouds, asked on the virtual clock."""
        assert self.world.cloud is not None

        def works(cloud: Cloud, opening: Opening) -> Clockwork:
            assert self.world.cloud is not None
            made = Clockwork(cloud, opening, self.world.cloud.provider, self.world.cloud.manner.answers_s, self.world.later, self._heard)
            self.asks.append(made)
            return made

        opening = Opening(self.world.cloud.port, lambda _cloud, _slot: "", self._tell, self.now_s)
        return AskedByUs(self.world, CloudWorkers(opening, works))

    def _heard(self) -> None:
        """A provider has said something new: it is looked at."""
        self.told += 1

    def dies(self) -> None:
        """Without a word."""
        if self.alive:
            self.alive = False
            self.tell("is killed")
            for it in self.asks:
                it.end()

    def now_s(self) -> float:
        return self.world.now_s + self.clock_off_s

    # its work

    def evaluate(self) -> None:
        """As the agent asks its plugins: what is on, how many should be, and where that differs, to bring it about."""
        if not self.alive or self.busy or self._rests():
            return
        self.evaluations += 1
        version = self._version()
        self._guarded(self._evaluated)
        if self.alive and version == self._version():
            self._rest(version)

    def _evaluated(self) -> None:
        self.steering.step()
        plan = self.steering.plan()
        if plan.desired != plan.on:
            self.steering.scale(plan.desired, "as planned", dry=False)

    def _rests(self) -> bool:
        """Whether nothing has changed since it found nothing to do, and no time that it waits for has come."""
        return self.rests_at == self._version() and self.world.now_s < self.rests_until_s

    def _version(self) -> tuple[int, ...]:
        """Moves with all that it could see: of Nomad, and of what its providers have said."""
        return (*self.world.nomad.version(), self.told)

    def _rest(self, version: tuple[int, ...]) -> None:
        if self.stood_still:
            return
        seen = self.steering._last  # nothing else knows what it was that it found nothing to do about
        if Journal(self.world.nomad).leader(self.now_s()) not in (None, self.holder):
            return  # somebody else's lease ends at some time that it doesn't know
        if seen is not None and (seen.plan.desired == seen.plan.on or seen.grid.mode != "act"):
            self.rests_at, self.rests_until_s = version, due_s(seen) - self.clock_off_s

    def command(self, action: ActionKind, machine: str) -> None:
        """As `simulacra wake` and `simulacra sleep`, from where this agent is."""
        self._asked(lambda: self._commanded(action, machine))

    def _commanded(self, action: ActionKind, machine: str) -> None:
        seen = self.steering.look()
        found = seen.grid.machine(machine)
        if action == "wake" and found is not None and any(not it.yields for it in against_waking(seen, found)):
            return
        self.steering.intend(seen, (Action(action, machine, "asked for"),), A_PERSON)

    def hold(self, machine: str, for_s: float) -> None:
        """As `simulacra hold`."""
        self._asked(lambda: self._held(machine, self.now_s() + for_s if for_s else 0.0))

    def _held(self, machine: str, until_s: float) -> None:
        seen = self.steering.look()
        found = seen.grid.machine(machine)
        if found is not None:
            self.steering.journal.write(held(seen, found, until_s))

    def _asked(self, does: Callable[[], object]) -> None:
        if self.alive and not self.busy:
            self.rests_at = None
            self._guarded(does)

    def _guarded(self, does: Callable[[], object]) -> None:
        self.busy = True
        try:
            does()
        except Fault as fault:
            self.tell(f"gives up this time: {fault}")
        except Killed:
            self.dies()
            self.world.later(BACK_AFTER_S, self.comes)
        finally:
            self.busy = False

    # what strikes

    def struck(self, strike: Strike, name: str, call: Callable[[], Any]) -> Any:
        """The call as the strike lets it come out."""
        self.tell(f"{strike.kind}: {name}" + (f" for {strike.for_s:.0f} s" if "stalls" in strike.kind else ""))
        match strike.kind:
            case "killed before":
                raise Killed
            case "killed after":
                call()
                raise Killed
            case "refused":
                raise Refusal(f"Nomad refuses ({name}): not today")
            case "unreachable":
                raise Unreachable("Nomad can't be reached: connection refused")
            case "lost":
                call()
                raise Unreachable("Nomad can't be reached: timed out")
            case "repeated":
                call()
                raise Conflict(f"{name}: somebody changed it meanwhile")
            case "old look":
                self.looks_back = True
                return self.indexes(call) if name == "indexes" else call()
            case "stalls before":
                self._stand_still(strike.for_s)
                return self._alive_still(call)
            case "stalls after":
                answer = call()
                self._stand_still(strike.for_s)
                return self._alive_still(lambda: answer)

    def _stand_still(self, seconds: float) -> None:
        """The world goes on meanwhile; what is known is old from then on, until the next look."""
        self.world.pass_time(seconds)
        self.stood_still = True

    def indexes(self, real: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
        """Those of the last look once more, where a look is to be an old one: then nothing seems to have changed."""
        self.stood_still = False
        if self.looks_back and self.last_indexes is not None:
            self.looks_back, self.stood_still = False, True
        else:
            self.last_indexes = real()
        return self.last_indexes

    def _alive_still(self, call: Callable[[], Any]) -> Any:
        if not self.alive:
            raise Killed
        return call()

    def _run(self, command: tuple[str, ...]) -> None:
        other = self.world.machines[command[1]]
        if not other.on:
            other.packet()

    def _tell(self, line: str) -> None:
        self.tell(line)

    def tell(self, words: str) -> None:
        self.world.tell(self.name, words)
