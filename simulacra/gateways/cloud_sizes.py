"""From libcloud's sizes to what a cloud offers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from simulacra.gateways.cloud_providers import Manners
from simulacra.model.cloud import Cloud, Offer, Offers, SizeFacts, by_price
from simulacra.model.cloud_providers import PRICES_IN, Provider

ORDINARY_MHZ = 2000
"""The clock of a rented core, where nobody tells it: rather less than more than there will be."""
MB_OF_A_GB = 10**9 // 2**20


def offers_of(cloud: Cloud, sizes: Iterable[Any], manners: Manners, provider: Provider) -> Offers:
    """The sizes that the cloud names and the provider has, and those that it hasn't. ``sizes`` are libcloud's, known by id or name."""
    known = {str(name): it for it in sizes for name in (it.name, it.id)}
    priced = manners.tells_own_currency or (provider.priced and cloud.currency == PRICES_IN)
    here = [_offer(name, known[name], cloud.facts_of(name), manners, priced) for name in cloud.sizes if name in known]
    return Offers(by_price(here), tuple(sorted(name for name in cloud.sizes if name not in known)))


def _offer(name: str, size: Any, facts: SizeFacts, manners: Manners, priced: bool) -> Offer:
    extra = size.extra or {}
    cpus = _number(extra.get("vcpu") or extra.get("vcpus") or getattr(size, "vcpus", None))
    clock = manners.clock_mhz(extra) or ORDINARY_MHZ
    disk_gb = _number(size.disk)
    return Offer(
        size=name,
        memory_mb=facts.memory_mb if facts.memory_mb is not None else int(size.ram or 0),
        disk_mb=facts.disk_mb if facts.disk_mb is not None else disk_gb * MB_OF_A_GB if disk_gb else None,
        cpus=cpus,
        cpu_mhz=facts.cpu_mhz if facts.cpu_mhz is not None else cpus * clock if cpus is not None else None,
        price=Decimal(str(facts.price)) if facts.price is not None else _told(size.price) if priced else None,
    )


def _told(told: Any) -> Decimal | None:
    """libcloud has 0 for what it doesn't know."""
    return Decimal(str(told)) if told else None


def _number(told: Any) -> int | None:
    try:
        return int(told)
    except (TypeError, ValueError):
        return None
