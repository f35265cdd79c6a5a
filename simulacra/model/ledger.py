"""What is remembered of a cloud: what it offers, which of the grid's servers it runs, and what they have cost this month.

`CLOUDS`/NAME holds a `Ledger`, written by whoever holds the lease, with check-and-set. It is only ever behind the provider: what
the provider lists is written down, never the other way round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal

from simulacra.model.cloud import Listing, Offer, Offers, ServerState, price_of, units

CLOUDS = "simulacra/clouds"
SHOWS_WITHIN_S = 60.0
"""A provider's listing may lag behind: so long a server that was just created counts as there, listed or not."""
UNANSWERED_S = 120.0
"""So long it may take, at most, until a server whose creation wasn't answered is listed."""
SAME_MONTH_S = 2 * 86400.0
"""By no more do the beginnings of one month differ from time zone to time zone."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A server that is paid for. ``price`` is that of an hour when it was first seen; None where nothing told it. ``created_s`` is the
    provider's word, or when it was first seen.
    """

    id: str
    machine: str
    size: str
    created_s: float
    state: ServerState = "unknown"
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A cloud's entry. Times are Unix seconds; 0 is never.

    ``servers`` are by machine, then as old, as the provider listed them at ``listed_s``. ``gone`` is what servers that are gone have cost
    in the month that began at ``month_s``. ``problem``: why the provider can't be asked since ``problem_since_s``, empty where it can.
    ``image`` is what servers are made from, with the drivers that it is said to have, since ``image_since_s``: what servers from before
    then had says nothing of new ones.
    """

    cloud: str
    offers: tuple[Offer, ...] = ()
    offered_s: float = 0.0
    servers: tuple[Tenancy, ...] = ()
    listed_s: float = 0.0
    month_s: float = 0.0
    gone: Decimal = Decimal(0)
    problem: str = ""
    problem_since_s: float = 0.0
    image: str = ""
    image_since_s: float = 0.0
    index: int = field(default=0, compare=False)
    """The variable's modify index, for check-and-set; 0: there is none yet."""

    def servers_of(self, machine: str) -> tuple[Tenancy, ...]:
        """The servers of a slot that aren't being destroyed; one, if all is well."""
        return tuple(it for it in self.servers if it.machine == machine and it.state != "stopping")


@dataclass(frozen=True, slots=True)
class News:
    """The newest that a provider has said; None: nothing yet. ``problem``: why it can't be asked now. ``refused`` has for a creation,
    by its name, why the provider refuses it.
    """

    offers: Offers | None = None
    offered_s: float = 0.0
    listing: Listing | None = None
    problem: str = ""
    refused: tuple[tuple[str, str], ...] = ()


def gone_in(ledger: Ledger, month_s: float) -> Decimal:
    """What servers that are gone have cost in the month that began then; the grid may have been in another time zone when it began."""
    return ledger.gone if abs(ledger.month_s - month_s) < SAME_MONTH_S else Decimal(0)


def rent_of(server: Tenancy, unit_s: float, from_s: float, until_s: float) -> Decimal:
    """What the units of billing cost that begin from ``from_s`` on and up to ``until_s``; nothing where no price is known."""
    return price_of(units_begun(server.created_s, from_s, until_s, unit_s), unit_s, server.price or Decimal(0))


def units_begun(created_s: float, from_s: float, until_s: float, unit_s: float) -> int:
    """How many units begin from ``from_s`` on and before ``until_s``. They follow on each other; the first begins with the creation, and
    counts at once.
    """
    if until_s < max(created_s, from_s):
        return 0
    first = max(0, math.ceil((from_s - created_s) / unit_s))
    return max(0, units(created_s, until_s, unit_s) - first)
