"""What clouds answered, held against the definitions: what each offers, whose server is whose, and what it has cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulacra.model.cloud import Cloud, Endpoint, Listing, Offers, Server, cost, paid_until, slots_of
from simulacra.model.grid import Grid


@dataclass(frozen=True, slots=True)
class CloudAnswer:
    """What a cloud's provider said; where it said nothing, ``problem`` tells why."""

    cloud: Cloud
    offers: Offers | None = None
    listing: Listing | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """A server that runs. ``cost`` and ``paid_until_s`` are None where its price, or since when it is there, isn't known; ``odd`` says
    in words what is wrong with it, empty where nothing is.
    """

    server: Server
    cost: Decimal | None
    paid_until_s: float | None
    currency: str
    odd: str = ""


@dataclass(frozen=True, slots=True)
class CloudsSeen:
    """The answers in the order of the definitions, and the servers by machine, then as old."""

    answers: tuple[CloudAnswer, ...]
    servers: tuple[ServerSeen, ...]


Key = tuple[str, Endpoint | None, str]
"""Which server it is: ids are a provider's own."""


def clouds_seen(grid: Grid, answers: Sequence[CloudAnswer]) -> CloudsSeen:
    """Clouds at one provider list the same servers: each is told of once."""
    told: dict[Key, tuple[Server, CloudAnswer, float]] = {}
    for answer in answers:
        listing, cloud = answer.listing, answer.cloud
        for server in listing.servers if listing is not None else ():
            key = (cloud.provider, cloud.endpoint, server.id)
            if listing is not None and (key not in told or server.cloud == cloud.name):
                told[key] = (server, answer, listing.at_s)
    odd = _odd(grid, {key: server for key, (server, _, _) in told.items()})
    seen = [_seen(server, answer, at_s, odd.get(key, "")) for key, (server, answer, at_s) in told.items()]
    return CloudsSeen(tuple(answers), tuple(sorted(seen, key=lambda it: _order(it.server))))


def _order(server: Server) -> tuple[str, float, str]:
    return server.machine, server.created_s or 0.0, server.id


def _seen(server: Server, answer: CloudAnswer, at_s: float, odd: str) -> ServerSeen:
    cloud = answer.cloud
    own = server.cloud == cloud.name
    offers = answer.offers.here if own and answer.offers is not None else ()
    price = next((it.price for it in offers if it.size == server.size), None)
    return ServerSeen(
        server,
        cost(server, at_s, cloud.billed_by_s, price) if price is not None else None,
        paid_until(server, at_s, cloud.billed_by_s) if own else None,
        cloud.currency,
        odd,
    )


def _odd(grid: Grid, servers: Mapping[Key, Server]) -> Mapping[Key, str]:
    """What is wrong with servers: no slot is theirs, or they aren't the first of their slot."""
    slots = {slot.name: slot for cloud in grid.clouds for slot in slots_of(cloud)}
    first: dict[str, Server] = {}
    said: dict[Key, str] = {}
    for key, server in sorted(servers.items(), key=lambda it: _order(it[1])):
        slot = slots.get(server.machine)
        if slot is None:
            said[key] = "orphan: the definitions have no such slot"
        elif (slot.cloud, slot.size) != (server.cloud, server.size):
            said[key] = f"orphan: the slot is of size {slot.size} of cloud {slot.cloud}"
        elif server.state != "stopping" and (older := first.setdefault(server.machine, server)) is not server:
            said[key] = f"a second server of its slot: {older.id} is older"
    return said
