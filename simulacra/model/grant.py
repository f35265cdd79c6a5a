"""Who may use peripherals, as it is written down for their proxies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """A variable for a proxy's job: ``items`` are addresses, one after the other, by `simulacra.model.proxy.grant_key` of the peripheral,
    in order.
    """

    path: str
    items: tuple[tuple[str, str], ...]
