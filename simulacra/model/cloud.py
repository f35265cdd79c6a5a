"""Clouds: what the definitions say of them, what they offer, the servers that they run, and what those cost.

Each size that a cloud may take has slots, ``max`` of them: machines that a server may be booted for. A slot is asleep while it has no
server.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from simulacra.model.source import NOWHERE, Source

ServerState = Literal["booting", "running", "stopping", "stopped", "failed", "unknown"]
"""``stopping``: it is being destroyed, and no server any more when that is done. ``stopped``: it is switched off, or about to be, and goes
on costing money."""

TAG_GRID, TAG_CLOUD, TAG_MACHINE, TAG_SIZE = "simulacra-grid", "simulacra-cloud", "simulacra-machine", "simulacra-size"
"""What a server is tagged with as it is created, and found by."""

LONGEST_NAME = 63
"""Letters of a node's name, which its host has too."""

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class SizeFacts:
    """What the definitions say of a size where the provider doesn't, or says otherwise. ``price`` is that of an hour."""

    name: str
    price: float | None = None
    cpu_mhz: int | None = None
    memory_mb: int | None = None
    disk_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider's API is, for one that isn't at the provider's own place. ``port`` None: HTTP's own."""

    host: str
    port: int | None = None
    secure: bool = True


@dataclass(frozen=True, slots=True)
class Credentials:
    """The names of the environment's variables that hold the credentials, never these themselves; None: the provider's usual ones."""

    key: str | None = None
    secret: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Cloud:
    """A provider of servers. ``options`` go to the creation of a server, ``account`` to where one logs in, by libcloud's names without
    ``ex_``. ``monthly_budget`` None: as much as ``max`` servers cost; it is in ``currency``, as all prices are. ``drivers``
    are the task drivers that its image is counted on to have, until a server of it was seen.
    """

    name: str
    provider: str
    zone: str
    tier: str
    sizes: tuple[str, ...]
    image: str
    region: str | None = None
    min: int = 0
    max: int = 1
    monthly_budget: float | None = None
    currency: str = "USD"
    billed_by_s: float = 3600.0
    boot_time_s: float = 180.0
    drivers: tuple[str, ...] = ("exec", "raw_exec")
    peers: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    account: tuple[tuple[str, str], ...] = ()
    description: str = ""
    endpoint: Endpoint | None = None
    credentials: Credentials = Credentials()
    facts: tuple[SizeFacts, ...] = ()
    source: Source = NOWHERE

    def facts_of(self, size: str) -> SizeFacts:
        """What is said of the size; nothing where nothing is."""
        return next((it for it in self.facts if it.name == size), SizeFacts(size))


@dataclass(frozen=True, slots=True)
class Offer:
    """A size that a cloud may take and the provider has.

    ``price`` is that of an hour in the cloud's currency; None where neither the provider nor the definitions tell. ``disk_mb`` None: as
    large as the image's. ``cpu_mhz`` is an estimate, ``cpus`` times a clock, where the definitions don't say it.
    """

    size: str
    memory_mb: int
    disk_mb: int | None = None
    cpus: int | None = None
    cpu_mhz: int | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """``here`` are the cheapest first, those without a price last, then by name; ``missing`` are sizes that the provider hasn't."""

    here: tuple[Offer, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs at a provider, by what it was tagged with: ``machine`` is the slot's name, ``cloud`` the cloud's."""

    id: str
    machine: str
    cloud: str
    size: str
    state: ServerState
    created_s: float | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The grid's servers at one provider, by machine, then by when they were created and by id; ``at_s`` is when it was asked."""

    servers: tuple[Server, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class Slot:
    """A machine that a server of one size may be booted for; ``name`` is its node's."""

    name: str
    cloud: str
    size: str
    number: int


def slots_of(cloud: Cloud) -> tuple[Slot, ...]:
    """The slots of all sizes, in the order of the sizes, then by number.

    Names are letters, digits and dashes. Definitions in which two slots, or a slot and a machine, would be called the same are refused.
    """
    return tuple(
        Slot(f"{stem_of(cloud.name, size)}-{number}", cloud.name, size, number)
        for size in cloud.sizes
        for number in range(1, cloud.max + 1)
    )


def stem_of(cloud: str, size: str) -> str:
    """What the names of a size's slots have in common: a node's name but for the number after it."""
    return "-".join(_as_name(part) for part in (cloud, size))


def _as_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def units(created_s: float, now_s: float, unit_s: float) -> int:
    """How many billing units of a server are paid for: the one that it is in too, at least one."""
    return max(math.ceil((now_s - created_s) / unit_s), 1)


def cost(server: Server, now_s: float, unit_s: float, price: Decimal) -> Decimal | None:
    """What the server has cost at that price of an hour, in whole billing units; None where it isn't known since when it is there."""
    if server.created_s is None:
        return None
    return price_of(units(server.created_s, now_s, unit_s), unit_s, price)


def price_of(count: int, unit_s: float, price: Decimal) -> Decimal:
    """What so many units cost at that price of an hour."""
    return count * Decimal(str(unit_s)) * price / HOUR_S


def paid_until(server: Server, now_s: float, unit_s: float) -> float | None:
    """Until when it is paid for. None where it isn't known since when it is there."""
    return paid_until_s(server.created_s, now_s, unit_s) if server.created_s is not None else None


def paid_until_s(created_s: float, now_s: float, unit_s: float) -> float:
    """Until when a server is paid for: destroyed before, it costs the same."""
    return created_s + units(created_s, now_s, unit_s) * unit_s


def by_price(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The cheapest first, those without a price last, then by name."""
    return tuple(sorted(offers, key=lambda it: (it.price is None, it.price or Decimal(0), it.size)))
