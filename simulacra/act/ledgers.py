"""What a cloud's provider has said, brought into its entry: which servers there are, and what those that are gone have cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from simulacra.model.cloud import Cloud, Listing, Server
from simulacra.model.grid import Grid
from simulacra.model.ledger import SHOWS_WITHIN_S, Ledger, News, Tenancy, gone_in, rent_of
from simulacra.model.months import month_began_s
from simulacra.model.rented import own_machines

AHEAD_S = 60.0
"""What is from so far ahead was written while a clock was wrong: it isn't newer than what is known now."""
TOLD_AGAIN_S = 100.0
"""An entry that says the same but for the time of the listing isn't written more often than that."""


def booked(grid: Grid, cloud: Cloud, ledger: Ledger, news: News, now_s: float) -> Ledger:
    """The entry with the news. What is in it already stays: since when a server is there, and at which price."""
    month_s = month_began_s(grid.timezone, now_s)
    ledger = _of_image(replace(ledger, month_s=month_s, gone=gone_in(ledger, month_s)), cloud, now_s)
    if news.offers is not None and _is_newer(news.offered_s, ledger.offered_s, now_s):
        ledger = replace(ledger, offers=news.offers.here, offered_s=news.offered_s)
    if news.listing is not None and _is_newer(news.listing.at_s, ledger.listed_s, now_s):
        ledger = _listed(grid, cloud, ledger, news.listing)
    if news.listing is None and not news.problem:
        return ledger  # nothing was heard yet: what is known of its problem holds on
    if bool(news.problem) != bool(ledger.problem):
        ledger = replace(ledger, problem_since_s=now_s if news.problem else 0.0)
    return replace(ledger, problem=news.problem)


def _of_image(ledger: Ledger, cloud: Cloud, now_s: float) -> Ledger:
    image = " ".join((cloud.image, *cloud.drivers))
    if ledger.image == image:
        return ledger
    return replace(ledger, image=image, image_since_s=now_s if ledger.image else 0.0)


def _is_newer(at_s: float, known_s: float, now_s: float) -> bool:
    return at_s > known_s or (known_s - now_s > AHEAD_S and at_s != known_s)


def worth_writing(before: Ledger, now: Ledger) -> bool:
    """Whether what is written down is behind what is known now."""
    same = replace(now, listed_s=before.listed_s, offered_s=before.offered_s)
    return same != before or abs(now.listed_s - before.listed_s) > TOLD_AGAIN_S


def _listed(grid: Grid, cloud: Cloud, ledger: Ledger, listing: Listing) -> Ledger:
    prices = {offer.size: offer.price for offer in ledger.offers}
    own = {machine.name for machine in own_machines(grid)}
    known = {it.id: it for it in ledger.servers}
    there = [it for it in listing.servers if _is_of(grid, cloud, it)]
    servers = []
    for it in there:
        # whatever is called like a machine of one's own isn't that: it has no slot, and is given back
        machine = f"{it.machine}-{it.id}" if it.machine in own else it.machine
        before = known.pop(it.id, None) or Tenancy(it.id, machine, it.size, it.created_s or listing.at_s)
        price = before.price if before.price is not None else prices.get(before.size)
        servers.append(replace(before, state=it.state, price=price))
    fresh = [it for it in known.values() if listing.at_s - it.created_s < SHOWS_WITHIN_S and it.state != "stopping"]
    gone = [it for it in known.values() if it not in fresh]
    cost = sum((rent_of(it, cloud.billed_by_s, ledger.month_s, listing.at_s) for it in gone), Decimal(0))
    ordered = sorted((*servers, *fresh), key=lambda it: (it.machine, it.created_s, it.id))
    return replace(ledger, servers=tuple(ordered), listed_s=listing.at_s, gone=ledger.gone + cost)


def _is_of(grid: Grid, cloud: Cloud, server: Server) -> bool:
    """Whether the server is the cloud's to look after. One whose cloud isn't defined any more is the first cloud's at the same provider."""
    if server.cloud == cloud.name:
        return True
    return not any(it.name == server.cloud for it in grid.clouds) and cloud.name == min(_beside(grid.clouds, cloud))


def _beside(clouds: Iterable[Cloud], cloud: Cloud) -> list[str]:
    """The clouds that list the same servers."""
    return [it.name for it in clouds if _account(it) == _account(cloud)]


def _account(cloud: Cloud) -> tuple[object, ...]:
    return cloud.provider, cloud.region, cloud.endpoint, cloud.credentials, cloud.account
