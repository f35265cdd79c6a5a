"""Rented machines: why no server is created for a slot, what a cloud's servers must keep together, and when one is given back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulacra.model.journal import Record
from simulacra.model.rented import rented_from
from simulacra.model.words import numbered
from simulacra.plan.budget import NOTHING, NOTHING_DUE, Bill, first_bill
from simulacra.plan.hours import clock
from simulacra.plan.known import Known
from simulacra.plan.rentals import Rental, money
from simulacra.plan.scene import Scene

LISTED_WITHIN_S = 300.0
"""A cloud whose servers weren't listed for so long is left alone: how many it runs isn't known."""
LEAVES_BEFORE_S = 180.0
"""So long before the end of what is paid for a server is given back: it has to be gone by then."""
MOVES_BEFORE_S = 120.0
"""The same in addition for one with work that has to be moved."""
LOOKS_BEFORE = 3
"""And so many evaluations: not all servers may go at once."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What one more server takes of what its cloud may have: ``cost`` of the money ``left`` (None: any), one of ``room``."""

    cloud: str
    room: int
    cost: Bill = NOTHING_DUE
    left: Bill | None = None


def within(limits: Iterable[Limit | None]) -> bool:
    """Whether these servers may all be created, of each cloud no more than it may have."""
    many: Counter[str] = Counter()
    costs: dict[str, Bill] = {}
    for it in limits:
        if it is None:
            continue
        many[it.cloud] += 1
        costs[it.cloud] = costs.get(it.cloud, NOTHING_DUE) + it.cost
        if many[it.cloud] > it.room or not costs[it.cloud].fits(it.left):
            return False
    return True


def limit_of(scene: Scene, known: Known) -> Limit | None:
    """None for a machine of one's own."""
    rental = scene.rental_of(known)
    if rental is None or known.rent is None:
        return None
    return Limit(rental.cloud.name, rental.room, _first_bill(rental, known.rent.size), rental.purse.left)


def _first_bill(rental: Rental, size: str) -> Bill:
    return first_bill(rental.cloud, rental.price(size) or NOTHING, rental.terms)


def against_renting(scene: Scene, known: Known) -> str:
    """What speaks against creating a server for the slot whatever for; empty where nothing does."""
    rental, rent = scene.rental_of(known), known.rent
    if rental is None or rent is None:
        return "its cloud isn't defined any more"
    cloud, ledger = rental.cloud, rental.ledger
    if rent.retired:
        return "the definitions have no place for it any more"
    if cloud.max == 0:
        return f"cloud {cloud.name} may have no server (max = 0)"
    if ledger.problem:
        return f"cloud {cloud.name} can't be asked since {clock(scene.grid, ledger.problem_since_s)}: {ledger.problem}"
    if not ledger.listed_s:
        return f"which servers cloud {cloud.name} runs isn't known yet"
    if scene.now_s - ledger.listed_s > LISTED_WITHIN_S:
        return f"which servers cloud {cloud.name} runs isn't known any more"
    if rent.size not in rental.offers:
        return f"{cloud.provider} has no size {rent.size} in {cloud.region or 'it'}"
    if any(it.machine == known.name for it in ledger.servers):
        return "its last server is still there"
    return _left_out(scene, known, rental) or beyond(rental, rent.size)


def beyond(rental: Rental, size: str, beside: Sequence[Limit] = ()) -> str:
    """What bound of the cloud's one more server would break, ``beside`` those that are to be created now."""
    cloud, purse = rental.cloud, rental.purse
    if rental.room <= len(beside):
        return f"cloud {cloud.name} has {rental.taken + len(beside)} of {cloud.max} servers (max)"
    if purse.budget is None:
        return ""
    if rental.price(size) is None:
        return f"what size {size} costs isn't known, so cloud {cloud.name}'s budget couldn't be kept"
    bill, others = _first_bill(rental, size), sum((it.cost for it in beside), NOTHING_DUE)
    if (bill + others).fits(purse.left):
        return ""
    kept, later = purse.kept + others.now, f", and {money(bill.later)} of the next month's" if bill.later else ""
    spent = f"{money(purse.spent)} of {money(purse.budget)} {cloud.currency} are spent this month"
    told = f"{spent}, {money(kept)} are kept for those that run" if kept else spent
    return f"the budget of cloud {cloud.name} doesn't pay for it: {told}, and it needs {money(bill.now)}{later}"


def _left_out(scene: Scene, known: Known, rental: Rental) -> str:
    """Whether a server of that size didn't come a while ago: the whole size is tried less then."""
    assert known.rent is not None
    worst = max(
        (record for record in _records_of(scene, rental, known.rent.size) if record.out_until_s > scene.now_s),
        key=lambda record: (record.out_until_s, record.machine),
        default=None,
    )
    if worst is None:
        return ""
    which = "it" if worst.machine == known.name else f"size {known.rent.size}"
    return f"{which} is left out until {clock(scene.grid, worst.out_until_s)}: {worst.machine}: {worst.reason}"


def _records_of(scene: Scene, rental: Rental, size: str) -> Iterable[Record]:
    names = {it.name for it in rented_from(scene.grid.machines, rental.cloud.name) if it.rent is not None and it.rent.size == size}
    return (record for record in scene.snapshot.records if record.machine in names and record.failures)


def against_giving_back(scene: Scene, known: Known) -> str:
    """What speaks against destroying a server that the grid could do without, but for its work; empty where nothing does.

    No report is needed: whoever pays for it isn't at its keyboard. Where one says that a person is there, that counts.
    """
    if known.standing == "on" and not known.takes_work and not known.readmitted:
        return "somebody else keeps work off it (it is ineligible)"
    if known.held > scene.now_s:
        return f"a person holds it until {clock(scene.grid, known.held)}"
    if known.report is not None and known.report.keep_awake:
        return "; ".join(known.report.keep_awake)
    if known.report is not None and known.report.stay_until_s > scene.now_s:
        return f"a person wants it to stay on until {clock(scene.grid, known.report.stay_until_s)}"
    return ""


def paid_for(scene: Scene, known: Known) -> str:
    """What a server that the grid could do without waits for where its unit of billing is long; empty where it may go now."""
    rental = scene.rental_of(known)
    until = rental.paid_until_s(known.name) if rental is not None else None
    if until is None:
        return "the grid could do without it; until when it is paid for isn't known yet"
    moves = any((job := scene.job_of(it)) is None or job.type != "system" for it in known.work)
    lead = LEAVES_BEFORE_S + (MOVES_BEFORE_S if moves else 0.0) + LOOKS_BEFORE * scene.grid.power.evaluate_every_s
    if until - scene.now_s <= lead:
        return ""
    return f"the grid could do without it; it is paid for until {clock(scene.grid, until)} and stays until just before"


def billed_long(scene: Scene, known: Known) -> bool:
    """Whether its unit of billing is so long that it decides when the server goes, and not how long it was superfluous."""
    rental = scene.rental_of(known)
    lead = LEAVES_BEFORE_S + MOVES_BEFORE_S + LOOKS_BEFORE * scene.grid.power.evaluate_every_s
    return rental is not None and rental.cloud.billed_by_s > 2 * lead


def at_floor(scene: Scene, known: Known, leaving: Iterable[str]) -> str:
    """Whether its cloud would have fewer servers than it must; ``leaving`` go too."""
    rental = scene.rental_of(known)
    if rental is None or not rental.cloud.min:
        return ""
    gone = set(leaving) | {known.name}
    staying = sum(it.counted and it.name not in gone for it in servers_in(scene, rental.cloud.name))
    return f"cloud {rental.cloud.name} has at least {numbered(rental.cloud.min, 'server')} (min)" if staying < rental.cloud.min else ""


def servers_in(scene: Scene, cloud: str) -> list[Known]:
    """The cloud's slots."""
    return [scene.machines[machine.name] for machine in rented_from(scene.grid.machines, cloud)]
