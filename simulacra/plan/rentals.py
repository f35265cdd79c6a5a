"""The clouds as they are now: what each offers, which servers it runs, and what may still be spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from simulacra.model.cloud import Cloud, Offer, paid_until_s
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.ledger import SHOWS_WITHIN_S, UNANSWERED_S, Ledger, Tenancy
from simulacra.model.machine import Rent
from simulacra.model.rented import rented_from
from simulacra.model.snapshot import Snapshot
from simulacra.plan.budget import Purse, Terms, purse_of, terms_of

PRICE_UNKNOWN = 1e6
FREE = 1e-6
"""What a server counts for in the choice where nothing tells its price, and where it costs nothing: more than any machine of one's own."""


@dataclass(frozen=True, slots=True)
class Rental:
    """One cloud. ``taken``: how many servers it has, with those that are being created or destroyed."""

    cloud: Cloud
    ledger: Ledger
    terms: Terms
    purse: Purse
    taken: int = 0
    offers: Mapping[str, Offer] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """How many more servers it may have."""
        return max(0, self.cloud.max - self.taken)

    def price(self, size: str) -> Decimal | None:
        """Of an hour; None where it isn't known."""
        offer = self.offers.get(size)
        return offer.price if offer is not None else None

    def weight(self, size: str) -> float:
        """The same as the choice between machines counts it."""
        price = self.price(size)
        return PRICE_UNKNOWN if price is None else max(float(price), FREE)

    def server_of(self, machine: str) -> Tenancy | None:
        """The slot's server, the oldest if it has several."""
        return next(iter(self.ledger.servers_of(machine)), None)

    def paid_until_s(self, machine: str) -> float | None:
        """Until when the slot's server is paid for; None where it has none."""
        server = self.server_of(machine)
        return paid_until_s(server.created_s, self.terms.now_s, self.cloud.billed_by_s) if server is not None else None

    def silent_s(self, machine: str) -> float:
        """For how long its provider hasn't answered while nothing is known of a server of the slot."""
        if not self.ledger.problem or self.server_of(machine) is not None:
            return 0.0
        return self.terms.now_s - self.ledger.problem_since_s

    def leave(self, machine: str, rent: Rent) -> str:
        """Why the slot's server is given back, whatever runs on it; empty where it isn't."""
        if machine in self.purse.unpaid:
            spent = f"{money(self.purse.spent)} of {money(self.purse.budget or Decimal(0))} {self.cloud.currency} are spent"
            return f"the month's budget of cloud {self.cloud.name} doesn't pay for it any longer: {spent}"
        if rent.retired:
            return "the definitions have no place for it any more"
        if len(self.ledger.servers_of(machine)) > 1:
            return "two servers of its slot run"
        return ""


def money(amount: Decimal) -> str:
    """``3.20``; of less than a tenth two more digits."""
    return f"{amount:.2f}" if amount >= Decimal("0.1") or not amount else f"{amount:.4f}"


def rentals_of(grid: Grid, snapshot: Snapshot) -> dict[str, Rental]:
    """Every cloud, by name. ``grid`` has the slots among its machines (`simulacra.model.rented`)."""
    if not grid.clouds:
        return {}
    ledgers = {ledger.cloud: ledger for ledger in snapshot.clouds}
    records = {record.machine: record for record in snapshot.records}
    ready = {node.name for node in snapshot.nodes if node.status == "ready"}
    found = {}
    for cloud in grid.clouds:
        ledger = ledgers.get(cloud.name) or Ledger(cloud.name)
        terms = terms_of(cloud, grid.timezone, snapshot.now_s, grid.power)
        offers = {offer.size: offer for offer in ledger.offers}
        listed = {it.machine for it in ledger.servers}
        unlisted = [it for it in rented_from(grid.machines, cloud.name) if it.name not in listed]
        coming = [
            Tenancy("", machine.name, machine.rent.size, record.since_s, "booting", _price(offers, machine.rent.size))
            for machine in unlisted
            if machine.rent is not None and (record := records.get(machine.name)) is not None and _is_new(record, ledger, snapshot.now_s)
        ]
        there = ready.union(it.machine for it in coming)
        taken = len(ledger.servers) + sum(it.name in there for it in unlisted)
        leaving = {name: gone_s for name in listed if name in records and (gone_s := _gone_s(records[name], terms)) is not None}
        found[cloud.name] = Rental(cloud, ledger, terms, purse_of(cloud, ledger, terms, coming, leaving), taken, offers)
    return found


def _gone_s(record: Record, terms: Terms) -> float | None:
    """By when the slot's server is gone at the latest, if it is on its way."""
    if record.power == "draining":
        return max(terms.now_s + terms.destroy_s, record.since_s + terms.leave_s)
    if record.power in ("sleeping", "failed"):
        return max(terms.now_s + terms.again_s, record.since_s + terms.destroy_s)
    return None


def _is_new(record: Record, ledger: Ledger, now_s: float) -> bool:
    """Whether a server was asked for that may be there though no listing shows it yet."""
    if record.power == "failed":
        return record.attempts > 0 and ledger.listed_s < record.failed_s + UNANSWERED_S
    return record.power == "waking" or (record.power == "on" and now_s - record.on_since_s < SHOWS_WITHIN_S)


def _price(offers: Mapping[str, Offer], size: str) -> Decimal | None:
    return offers[size].price if size in offers else None
