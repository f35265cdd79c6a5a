"""What may still be spent on a cloud this month: what its servers have cost, and what those that run need until they can be gone.

The unit of billing is paid as a whole when it begins. So that a budget is never passed, each server has to be paid for until it could be
emptied and destroyed if that began at the next look: what was kept for one is never given to another, and whoever can't be paid for any
longer goes, the youngest first. A new one is only created if all that can be paid for too, from its creation on. Around the turn of a month
what begins after it is due from the next month's budget, which has to pay for it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from simulacra.model.cloud import Cloud
from simulacra.model.ledger import Ledger, Tenancy, gone_in, rent_of
from simulacra.model.months import month_began_s, month_ends_s
from simulacra.model.settings import Power

DESTROYED_WITHIN_S = 180.0
"""So long it may take from a server's being empty until the provider has destroyed it, one lost answer included."""
LOOKS = 2
"""So many evaluations may pass until what is asked for is begun, and as many until it is looked at again."""
NOTHING = Decimal(0)
NOBODY: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bill:
    """An amount by when it is due: this month, or the next one."""

    now: Decimal = NOTHING
    later: Decimal = NOTHING

    def __add__(self, more: Bill) -> Bill:
        return Bill(self.now + more.now, self.later + more.later)

    def less(self, paid: Bill) -> Bill:
        """What is left of it; never less than nothing."""
        return Bill(max(NOTHING, self.now - paid.now), max(NOTHING, self.later - paid.later))

    def fits(self, left: Bill | None) -> bool:
        """Whether both months can pay it; None: any amount is there."""
        return left is None or (self.now <= left.now and self.later <= left.later)


NOTHING_DUE = Bill()


@dataclass(frozen=True, slots=True)
class Purse:
    """``budget`` None: whatever is needed. ``spent``: paid this month. ``left``: what no running server needs until it could be gone.
    ``unpaid`` are the servers' machines whose time is up: they can't be paid for any longer than it takes to empty them.
    """

    budget: Decimal | None
    spent: Decimal
    left: Bill | None
    unpaid: frozenset[str] = frozenset()

    @property
    def kept(self) -> Decimal:
        """What is kept of this month's budget for those that run."""
        if self.budget is None or self.left is None:
            return NOTHING
        return max(NOTHING, self.budget - self.spent - self.left.now)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a cloud is paid now: in units of ``unit_s``, from the month's beginning to its end. A server has left after ``leave_s``, its
    destruction, the last part of that, takes ``destroy_s``; it is looked at again within ``again_s``.
    """

    unit_s: float
    now_s: float
    month_s: float
    ends_s: float
    leave_s: float
    destroy_s: float
    again_s: float

    def paid(self, server: Tenancy) -> Decimal:
        """What the units have cost that began this month, up to now."""
        return rent_of(server, self.unit_s, self.month_s, self.now_s)

    def bill(self, server: Tenancy, until_s: float) -> Bill:
        """What it will have cost by then, this month and from its end on."""
        later = rent_of(server, self.unit_s, self.ends_s, until_s)
        if server.created_s >= self.ends_s:
            return Bill(later=later)
        return Bill(rent_of(server, self.unit_s, self.month_s, min(until_s, self.ends_s)), later)

    def owed(self, server: Tenancy, until_s: float) -> Bill:
        """What is still to be paid for it until then."""
        return self.bill(server, until_s).less(Bill(self.paid(server)))


def terms_of(cloud: Cloud, timezone: str, now_s: float, power: Power) -> Terms:
    again_s = LOOKS * power.evaluate_every_s
    destroy_s = DESTROYED_WITHIN_S + again_s
    leave_s = power.drain_within_s + destroy_s
    return Terms(cloud.billed_by_s, now_s, month_began_s(timezone, now_s), month_ends_s(timezone, now_s), leave_s, destroy_s, again_s)


def purse_of(cloud: Cloud, ledger: Ledger, terms: Terms, coming: Iterable[Tenancy] = (), leaving: Mapping[str, float] = NOBODY) -> Purse:
    """``coming`` are servers that are being created and aren't listed yet; ``leaving`` has for machines that are on their way by when they
    are gone. Servers without a price cost nothing that is known.
    """
    servers = sorted((*ledger.servers, *coming), key=lambda it: (it.created_s, it.machine, it.id))
    spent = gone_in(ledger, terms.month_s) + sum((terms.paid(it) for it in servers), NOTHING)
    if cloud.monthly_budget is None:
        return Purse(None, spent, None)
    budget = Decimal(str(cloud.monthly_budget))
    left, unpaid = Bill(budget, budget).less(Bill(spent)), set[str]()
    rest = [it for it in servers if it.state != "stopping"]
    gone_s = {it.machine: leaving.get(it.machine, terms.now_s + terms.leave_s) for it in rest}
    for it in sorted(rest, key=lambda it: it.machine not in leaving):
        owed = terms.owed(it, gone_s[it.machine])
        if not owed.fits(left):
            unpaid.add(it.machine)
        left = left.less(owed)  # also one that goes is paid until it is gone
    for it in (it for it in rest if it.machine not in unpaid):
        more = terms.bill(it, terms.now_s + terms.leave_s + terms.again_s).less(terms.bill(it, gone_s[it.machine]))
        if more.fits(left):
            left = left.less(more)
        else:
            unpaid.add(it.machine)
    if any(it.machine in unpaid and it.machine not in leaving for it in rest):
        unpaid |= leaving.keys() & gone_s.keys()  # none is called back in another's place: they would take turns, and both be paid for
    return Purse(budget, spent, left, frozenset(unpaid))


def first_bill(cloud: Cloud, price: Decimal, terms: Terms) -> Bill:
    """What must be there for one more server: until it is on, and could be gone again."""
    until_s = terms.now_s + cloud.boot_time_s + terms.leave_s + terms.again_s
    return terms.bill(Tenancy("", "", "", terms.now_s, price=price), until_s)
