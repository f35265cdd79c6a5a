"""What must always hold of rented servers, looked at in the very moment in which it could be broken, by the provider's own books."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from simulacra.model.cloud import Cloud, Slot, paid_until_s, slots_of
from simulacra.model.journal import Record
from simulacra.model.months import month_began_s
from simulacra.plan.budget import DESTROYED_WITHIN_S
from tests.simulation.could import all_fit, may_wake
from tests.simulation.model_provider import ModelProvider, Tenant

if TYPE_CHECKING:
    from tests.simulation.model_cloud import ModelServer
    from tests.simulation.model_machine import ModelMachine
    from tests.simulation.watch import Watch


ALONE_S = 60.0
"""So long nobody need be there, and a budget is kept all the same."""
TOLD_WITHIN_S = 30.0
"""So long after somebody has logged in whoever steers knows it."""


@dataclass
class CloudWatch:
    """``unpaid`` are the slots whose server was given back for want of money, ``drains_since`` when a slot was last begun to be emptied,
    ``asked`` when a server's destruction was first asked for.
    """

    watch: Watch
    unpaid: list[str] = field(default_factory=list)
    drains_since: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    _paid: dict[float, Decimal] = field(default_factory=dict)
    """By month, an hour's price times seconds: the sum is exact."""
    _aside: dict[float, Decimal] = field(default_factory=dict)
    """What of it a provider took that hadn't carried out in time what it was asked for, or that nobody was there to prevent."""

    # what is written

    def recorded(self, record: Record) -> None:
        """A slot gets into another power state."""
        if record.power == "draining":
            self.drains_since[record.machine] = record.since_s
            self.unpaid += [record.machine] * ("budget" in record.reason)
        if record.by != "plan" or record.power not in ("waking", "draining"):
            return
        if record.power == "waking" and record.reason.startswith("for "):
            self.watch.world.later(0.0, lambda: self._own_first(record.machine))  # what else is woken is written in the same step
        if self.watch.world.grid.mode != "act":
            self.watch.broken("a grid that observes", f"{record.machine} is {record.power}")
        if not self.must_go(record):
            self.watch.held(record)

    def must_go(self, record: Record) -> bool:
        """Whether it is given back whatever runs on it, or didn't join in time: then its work goes with it once its time is up."""
        return "given back" in record.reason or "join" in record.reason

    def _time_is_up(self, record: Record) -> bool:
        """Whether it had its time to be emptied; who didn't join in time has none."""
        since_s = self.drains_since.get(record.machine, self.watch.world.now_s)
        had_s = self.watch.world.now_s - since_s
        return "join" in record.reason or had_s >= self.watch.world.grid.power.drain_within_s or self.watch.clocks_differ()

    # what is asked for

    def asked_to_create(self, slot: Slot) -> None:
        world = self.watch.world
        record = self.watch.powers.get(slot.name)
        if world.grid.mode != "act" and not (record is not None and record.by == "a person"):
            self.watch.broken("a grid that observes", f"a server is asked for, for {slot.name}")

    def asked_to_destroy(self, server_id: str) -> None:
        tenant = self._provider.books.get(server_id)
        record = self.watch.powers.get(tenant.server.machine) if tenant is not None else None
        if self.watch.world.grid.mode != "act" and not (record is not None and record.by == "a person"):
            self.watch.broken("a grid that observes", f"the server {server_id} is to be destroyed")
        self.asked.setdefault(server_id, self.watch.world.now_s)

    def _own_first(self, slot: str) -> None:
        """What waits isn't all to be had from the machines of one's own."""
        world = self.watch.world
        if self.watch.old() or self.watch.two_lead() or world.cloud is None:
            return
        free = {name: it.node for name, it in world.machines.items() if self._comes(it) or may_wake(world, it)}
        if free and all_fit(world, free.values(), world.cloud.node(world.cloud.slots[slot])):
            self.watch.broken("own machines first", f"{slot} is rented, and {', '.join(sorted(free))} would do")

    def _comes(self, machine: ModelMachine) -> bool:
        record = self.watch.powers.get(machine.name)
        return record is not None and record.power == "waking" and not machine.on

    # what the provider does

    def comes(self, tenant: Tenant) -> None:
        """A server is created."""
        if not tenant.ours:
            return
        there = [it for it in self._provider.there() if it.ours]
        # what the definitions have lost meanwhile may be on its way
        most = max(self._cloud.max, self.watch.world.schedule.grid.clouds[0].max)
        if len(there) > most and not self.watch.two_lead():
            names = ", ".join(it.server.machine for it in there)
            self.watch.broken("a cloud's max", f"{len(there)} servers of at most {most} are there: {names}")
        self._begins_a_unit(tenant)

    def _begins_a_unit(self, tenant: Tenant) -> None:
        """One more is paid, and the next one begins when it is over."""
        world, cloud = self.watch.world, self._cloud
        if tenant.ended_s is not None or cloud.monthly_budget is None or self.watch.breach is not None:
            return
        month_s = month_began_s(world.grid.timezone, world.now_s)
        price = next(it.price for it in self._provider.sells if it.size == tenant.server.size) or Decimal(0)
        more = price * Decimal(str(cloud.billed_by_s))
        self._paid[month_s] = self._paid.get(month_s, Decimal(0)) + more
        if self._not_carried_out(tenant):
            self._aside[month_s] = self._aside.get(month_s, Decimal(0)) + more
        ours, budget = self.spent(month_s) - self._aside.get(month_s, Decimal(0)) / 3600, Decimal(str(cloud.monthly_budget))
        if ours > budget and self._left_alone():
            self._aside[month_s] = self._aside.get(month_s, Decimal(0)) + more
        elif ours > budget and not self._clocks_jump():
            what = f"{tenant.server.machine} ({tenant.server.id}) begins one more unit"
            self.watch.broken("a cloud's budget", f"{what}, which makes {ours:.4f} of {budget}")
        world.later(cloud.billed_by_s, lambda: self._begins_a_unit(tenant))

    def _not_carried_out(self, tenant: Tenant) -> bool:
        """Whether its destruction was asked for, and its provider hasn't answered all the time since."""
        cloud, asked_s = self.watch.world.cloud, self.asked.get(tenant.server.id)
        return cloud is not None and asked_s is not None and asked_s < cloud.unwell_until_s

    def _left_alone(self) -> bool:
        """Whether nobody could do anything for a good part of the time that leaving takes: nobody led, or nothing could be written down."""
        world = self.watch.world
        since_s = world.now_s - world.grid.power.drain_within_s - DESTROYED_WITHIN_S
        return sum(at_s >= since_s for at_s in world.unsteered) * world.grid.power.evaluate_every_s > ALONE_S

    def _clocks_jump(self) -> bool:
        """By a clock that is wrong nobody can tell when a unit begins."""
        return any(it.what == "clock" and it.whom in self.watch.world.agents for it in self.watch.world.schedule.happenings)

    def spent(self, month_s: float) -> Decimal:
        """What was paid in the month that began then."""
        return self._paid.get(month_s, Decimal(0)) / 3600

    def goes(self, tenant: Tenant, why: str) -> None:
        """A server is destroyed."""
        world, server = self.watch.world, tenant.server
        body = world.cloud.servers.get(server.id) if world.cloud is not None else None
        if "asked" not in why:
            return
        if tenant.grid != world.grid.name:
            self.watch.broken("somebody else's server stays", f"{server.id} of the grid {tenant.grid} is destroyed")
        elif body is not None:
            self._loses_work(body)
            self._throws_out(body)

    def _loses_work(self, body: ModelServer) -> None:
        """Only where its time is up does it go with its work: the budget's, or that in which it should have joined. What Nomad has placed
        there since its destruction was asked for is aside.
        """
        record, asked_s = self.watch.powers.get(body.name), self.asked.get(body.id, self.watch.world.now_s)
        work = [it.id for it in self.watch.world.nomad.work_on(body.node.id) if it.began_s <= asked_s]
        if not work or not body.heard or self.watch.old():
            return
        if record is not None and self.must_go(record) and self._time_is_up(record):
            return
        self.watch.broken("work is not lost", f"{body.name} ({body.id}) is destroyed with {', '.join(work)} on it")

    def _throws_out(self, body: ModelServer) -> None:
        """Whoever was there before it was given back, and was told of, keeps it, where it doesn't have to go."""
        record, since_s = self.watch.powers.get(body.name), body.person_since_s
        if not body.person or since_s is None or record is None or self.must_go(record) or record.by != "plan":
            return
        if body.heard and body.obeying and since_s < record.since_s - TOLD_WITHIN_S and not self.watch.old() and not self._clocks_jump():
            self.watch.broken("people are left alone", f"{body.name} ({body.id}) is destroyed while somebody is logged in")

    def has_slot(self, name: str) -> bool:
        """Whether it is one by the definitions as they are now."""
        return name in (it.name for cloud in self.watch.world.grid.clouds for it in slots_of(cloud))

    # in the end

    def unowned(self) -> list[str]:
        """The servers that nobody looks after."""
        if self.watch.world.grid.mode != "act":
            return []
        found = []
        for tenant in self._provider.there():
            body, record = self._bodies.get(tenant.server.id), self.watch.powers.get(tenant.server.machine)
            if body is None:
                continue
            alone = [it for it in self._bodies.values() if it.name == body.name] == [body]
            if record is None or record.power != "on" or not body.on or not alone:
                state = record.power if record is not None else "nothing"
                found.append(f"{tenant.server.id} of {body.name} runs ({'on' if body.on else 'off'}), whose record says {state}")
        return found

    def paid_until(self, since_s: float) -> list[float]:
        """When the first unit ends of each server that is there, from then on: until then it may be kept for that."""
        there = [it.server.created_s or 0.0 for it in self._provider.there()]
        return [paid_until_s(created_s, max(created_s, since_s), self._cloud.billed_by_s) for created_s in there]

    def idle(self) -> dict[str, float]:
        """The servers that nothing runs on, by their ids, and until when each is paid for."""
        nomad, now_s, unit_s = self.watch.world.nomad, self.watch.world.now_s, self._cloud.billed_by_s
        empty = [it for it in self._provider.there() if (body := self._bodies.get(it.server.id)) and not nomad.work_on(body.node.id)]
        if len(self._bodies) <= self._cloud.min or self.watch.world.grid.mode != "act":
            return {}
        return {it.server.id: paid_until_s(it.server.created_s or 0.0, now_s, unit_s) for it in empty}

    @property
    def _cloud(self) -> Cloud:
        return self.watch.world.grid.clouds[0]

    @property
    def _provider(self) -> ModelProvider:
        cloud = self.watch.world.cloud
        assert cloud is not None
        return cloud.provider

    @property
    def _bodies(self) -> dict[str, ModelServer]:
        cloud = self.watch.world.cloud
        return cloud.servers if cloud is not None else {}
