"""What must always hold, looked at in the very moment in which it could be broken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from simulacra.gateways.journal_json import from_json
from simulacra.model.journal import A_PERSON, MACHINES, NODE_JOB, ORDERS, Order, PowerState, Record
from simulacra.model.machine import Machine, WakeLan
from simulacra.plan.hours import minute_of_day, quiet_until
from tests.simulation.watch_clouds import CloudWatch

if TYPE_CHECKING:
    from tests.simulation.model_machine import ModelMachine
    from tests.simulation.model_records import Instance
    from tests.simulation.model_world import World

Rule = Literal[
    "work is not lost", "work that is never moved stays", "people are left alone", "a hold holds", "never_sleeps",
    "what is due to run something stays on", "each order is obeyed once", "machines_max", "machines_min", "moves_per_day", "quiet hours",
    "quorum", "a grid that observes", "what sleeps can be woken", "what is cut off is left as it is", "work that can run runs",
    "a quiet grid stands still", "nothing of ours stays behind", "a cloud's budget", "a cloud's max", "own machines first",
    "somebody else's server stays", "each server has an owner", "no server is idle", "each second is counted once",
]  # fmt: skip
RULES: tuple[Rule, ...] = get_args(Rule)
IN_QUIET_HOURS_FOR_S = 120.0
"""Quiet hours that began less than so long ago may not have been known yet to whoever decided."""


@dataclass(frozen=True, slots=True)
class Breach:
    rule: Rule
    at_s: float
    text: str


class Watch:
    """``breach`` is the first thing that went wrong, of the rules that are heeded. ``transitions`` are all there were: when, whose, from
    where to where, and who wanted it.
    """

    def __init__(self, world: World, heeded: Collection[Rule] = RULES) -> None:
        self.world, self._heeded = world, heeded
        self.breach: Breach | None = None
        self.owner_stops = False
        self.powers: dict[str, Record] = {}
        self.transitions: list[tuple[float, str, PowerState, PowerState, str]] = []
        self.clouds = CloudWatch(self)

    def broken(self, rule: Rule, text: str) -> None:
        if self.breach is None and rule in self._heeded:
            self.breach = Breach(rule, self.world.passed_s, text)
            self.world.tell("!", f"{rule}: {text}")

    # what is written

    def written(self, path: str, items: Mapping[str, str]) -> None:
        """Each variable that anybody writes."""
        if path.startswith(f"{MACHINES}/"):
            self._recorded(from_json(Record, items["record"]))
        elif path.startswith(f"{ORDERS}/"):
            machine = self.world.body(path.rpartition("/")[2])
            if machine is not None:
                self._ordered(machine, from_json(Order, items["order"]))
                machine.order_written()

    def _recorded(self, record: Record) -> None:
        before = self.powers.get(record.machine)
        self.powers[record.machine] = record
        was: PowerState = before.power if before is not None else "asleep" if record.power in ("asleep", "waking") else "on"
        if was == record.power:
            return
        self.transitions.append((self.world.passed_s, record.machine, was, record.power, record.by))
        self.world.tell(record.machine, f"{was} -> {record.power}, by {record.by}: {record.reason}")
        self.world.entered(record.machine, record.power)
        machine = self.world.grid.machine(record.machine)
        if machine is None:
            self.clouds.recorded(record)
            return
        if record.power == "asleep":
            self._taken_for_off(machine)
        if record.by == "plan" and record.power == "waking":
            self._woken(machine, record)
        if record.by == "plan" and record.power == "draining":
            self._sent_away(machine, record)

    def _woken(self, machine: Machine, record: Record) -> None:
        """By the plan: within the grid's bounds, outside the machine's quiet hours."""
        power, now_s = self.world.grid.power, self.world.now_s
        # what comes on by itself is nobody's choice: a machine may be on that no record says so of
        coming = [
            name for name, it in self.powers.items() if it.power in ("on", "waking", "draining", "sleeping") and self._is_on_or_coming(name)
        ]
        others = [it.name for it in self.world.everybody if it.machine.sleep is None and self._is_on_or_coming(it.name)]
        if power.machines_max is not None and len(set(coming) | set(others)) > power.machines_max and not self.two_lead():
            self.broken("machines_max", f"{machine.name} is woken beside {', '.join(sorted((set(coming) | set(others)) - {machine.name}))}")
        if self._moves(machine) > power.moves_per_day + 1:
            self.broken("moves_per_day", f"{machine.name} is woken, which makes {self._moves(machine)} moves in a day")
        minute, earlier = (minute_of_day(self.world.grid, at) for at in (now_s, now_s - IN_QUIET_HOURS_FOR_S))
        if quiet_until(machine, minute) and quiet_until(machine, earlier) and not self.clocks_differ():
            self.broken("quiet hours", f"{machine.name} is woken in its quiet hours")
        self.held(record)

    def _sent_away(self, machine: Machine, record: Record) -> None:
        """By the plan: to be emptied, so that it can sleep."""
        on = sum(self._is_on_or_coming(it.name) for it in self.world.everybody)
        going = [name for name, it in self.powers.items() if it.power in ("draining", "sleeping")]
        on -= sum(body is not None and body.on for body in map(self.world.body, going))
        if on < self.world.grid.power.machines_min and not self.two_lead() and not self._somebody_went():
            self.broken("machines_min", f"{machine.name} is sent to sleep though only {on} machines stay on")
        if self._moves(machine) >= self.world.grid.power.moves_per_day:
            self.broken("moves_per_day", f"{machine.name} is to sleep after {self._moves(machine)} moves in a day")
        if isinstance(machine.wake, WakeLan) and not self._relays(machine) and not self.old():
            self.broken("what sleeps can be woken", f"{machine.name} is to sleep, and nobody in {machine.zone} could wake it")
        if machine.never_sleeps:
            self.broken("never_sleeps", f"{machine.name} is to be emptied")
        if self.world.grid.mode != "act":
            self.broken("a grid that observes", f"{machine.name} is to be emptied")
        self.held(record)

    def _taken_for_off(self, machine: Machine) -> None:
        """Where nothing in a zone answers, not even what never sleeps, whatever was on there may still be."""
        there = [it for it in self.world.machines.values() if it.machine.zone == machine.zone]
        clients = {it.name: self.world.nomad.clients.get(it.node.id) for it in there}
        if any(client is not None and client.node.status == "ready" for client in clients.values()) or self.old():
            return
        kept = any(it.machine.never_sleeps and it.on and clients[it.name] is not None for it in there)
        if kept and machine.zone in self.world.cut and self.world.machines[machine.name].on:
            self.broken("what is cut off is left as it is", f"{machine.name} is taken for asleep, and is on behind a cut")

    def _relays(self, machine: Machine) -> list[str]:
        """The others in its zone that are on, stay on, and whose program obeys, as Nomad sees it."""
        nomad = self.world.nomad
        obeying = {it.node for it in nomad.instances.values() if it.key[1] == NODE_JOB and not it.unknown}
        ready = [it for it in self.world.machines.values() if (known := nomad.clients.get(it.node.id)) and known.node.status == "ready"]
        going = {name for name, it in self.powers.items() if it.power in ("draining", "sleeping")}
        found = [it.name for it in ready if it.machine.zone == machine.zone and it.node.id in obeying]
        return [name for name in found if name != machine.name and name not in going]

    def _moves(self, machine: Machine) -> int:
        """How often it was woken or put to sleep so far, with this time."""
        return sum(name == machine.name and is_ in ("waking", "sleeping") for _, name, _, is_, _ in self.transitions)

    def held(self, record: Record) -> None:
        if record.held_until_s > self.world.now_s and not self.clocks_differ():
            self.broken("a hold holds", f"{record.machine} is switched by the plan though a person holds it")

    def _ordered(self, machine: ModelMachine, order: Order) -> None:
        if self.world.grid.mode != "act" and order.kind != "none" and not self._asked_for():
            self.broken("a grid that observes", f"{machine.name} is ordered: {order.kind}")
        if order.kind != "sleep":
            return
        if machine.machine.never_sleeps:
            self.broken("never_sleeps", f"{machine.name} is ordered to sleep")
        self._due_to_run(machine)

    def _due_to_run(self, machine: ModelMachine) -> None:
        client = self.world.nomad.clients.get(machine.node.id)
        if client is None or client.node.status != "ready":
            return
        work = [it.id for it in self.world.nomad.work_on(machine.node.id)]
        if work:
            self.broken("what is due to run something stays on", f"{machine.name} is ordered to sleep with {', '.join(work)} on it")
        elif client.node.eligible:
            self.broken("what is due to run something stays on", f"{machine.name} is ordered to sleep while Nomad may place work on it")

    # what is done

    def falls_asleep(self, machine: ModelMachine, sequence: int, boot_id: str) -> None:
        """The machine is about to, by an order that was meant for that boot."""
        if machine.person:
            self.broken("people are left alone", f"{machine.name} falls asleep under somebody's hands")
        if sequence in machine.slept:
            self.broken("each order is obeyed once", f"{machine.name} falls asleep again by the order {sequence}")
        if boot_id != machine.boot_id:
            self.broken("each order is obeyed once", f"{machine.name} falls asleep by an order to its boot {boot_id}")
        if machine.machine.never_sleeps:
            self.broken("never_sleeps", f"{machine.name} falls asleep")
        work = [it.id for it in self.world.nomad.work_on(machine.node.id)]
        if work and machine.heard:
            self.broken("work is not lost", f"{machine.name} falls asleep with {', '.join(work)} on it")
        self._quorum(machine)

    def _quorum(self, machine: ModelMachine) -> None:
        servers = {name: alive for name, alive in self.world.nomad.servers.items() if name != machine.name}
        if (
            machine.machine.server
            and self.world.has_leader()
            and 2 * sum(servers.values()) <= len(servers) + 1
            and not self._somebody_went()
        ):
            self.broken("quorum", f"{machine.name} falls asleep, and {sum(servers.values())} of {len(servers) + 1} servers are left")

    def told_to_stop(self, instance: Instance, why: str) -> None:
        """Nomad stops an instance."""
        if self.owner_stops or why != "its node is drained":
            return
        name = next((it.name for it in self.world.everybody if it.node.id == instance.node), "")
        service, record = self.world.grid.service(instance.key[1]), self.powers.get(name)
        if record is not None and instance.began_s > record.since_s and self.old():
            return  # it came while whoever had decided stood still: Nomad drains what it is told to
        if name not in self.world.machines and (record is None or self.clouds.must_go(record)):
            return
        if self._by_plan(name) and self.world.nomad.room(instance.key) is None:
            self.broken("work is not lost", f"{instance.id} is stopped on {name}, and there is no room for it elsewhere")
        if service is not None and service.moves == "never" and self._by_plan(name):
            self.broken("work that is never moved stays", f"{instance.id} is moved off {name}")

    # what is known

    def _by_plan(self, name: str) -> bool:
        record = self.powers.get(name)
        return record is None or record.by == "plan"

    def _asked_for(self) -> bool:
        """Whether a person has asked for something to be switched."""
        return any(it.by == A_PERSON for it in self.powers.values())

    def _is_on_or_coming(self, name: str) -> bool:
        machine, record = self.world.body(name), self.powers.get(name)
        client = self.world.nomad.clients.get(machine.node.id) if machine is not None else None
        if client is not None and client.node.status == "ready":
            return True
        # a server that is being created for a slot that the definitions have lost meanwhile is known when it is listed
        return record is not None and record.power == "waking" and (name in self.world.machines or self.clouds.has_slot(name))

    def two_lead(self) -> bool:
        """Whether somebody who steers stood still for longer than a lease, or has a clock of its own: then two may have chosen at once."""
        return len(self.world.agents) > 1 and (self.clocks_differ() or any("stalls" in it.kind for it in self.world.schedule.strikes))

    def clocks_differ(self) -> bool:
        return any(it.clock_off_s for it in self.world.agents.values())

    def old(self) -> bool:
        """Whether what is acted upon may be something else than what is so: whoever acts stood still since, or saw an old picture."""
        return any(it.stood_still for it in self.world.agents.values())

    def _somebody_went(self) -> bool:
        """Whether machines went by themselves lately."""
        return any(it.what in ("power cut", "cut", "packet") and it.at_s <= self.world.passed_s for it in self.world.schedule.happenings)
