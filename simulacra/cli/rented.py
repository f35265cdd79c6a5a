"""How many servers each cloud runs, and what has been spent there this month, for ``simulacra status``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulacra.cli.durations import local
from simulacra.faults import Refusal
from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger
from simulacra.plan.budget import purse_of, terms_of
from simulacra.plan.renting import LISTED_WITHIN_S


@dataclass(frozen=True, slots=True)
class Rented:
    """One cloud. ``spent`` is paid this month, in ``currency``; ``budget`` None: there is none. ``problem``: why it can't be asked."""

    cloud: str
    servers: int
    most: int
    spent: Decimal
    budget: Decimal | None
    currency: str
    problem: str | None


def readable_ledgers(grid: Grid, ledgers: Callable[[], tuple[Ledger, ...]]) -> tuple[Ledger, ...]:
    """What is written down of the grid's clouds; nothing where there are none, or it may not be read."""
    if not grid.clouds:
        return ()
    try:
        return ledgers()
    except Refusal:
        return ()


def rented(grid: Grid, ledgers: Iterable[Ledger], now_s: float) -> tuple[Rented, ...]:
    """Every cloud, in the order of the definitions."""
    known = {ledger.cloud: ledger for ledger in ledgers}
    return tuple(_rented(grid, cloud, known.get(cloud.name) or Ledger(cloud.name), now_s) for cloud in grid.clouds)


def _rented(grid: Grid, cloud: Cloud, ledger: Ledger, now_s: float) -> Rented:
    purse = purse_of(cloud, ledger, terms_of(cloud, grid.timezone, now_s, grid.power))
    problem = ledger.problem or _silence(grid, ledger, now_s)
    there = [server for server in ledger.servers if server.state != "stopping"]
    return Rented(cloud.name, len(there), cloud.max, purse.spent, purse.budget, cloud.currency, problem)


def _silence(grid: Grid, ledger: Ledger, now_s: float) -> str | None:
    """Whoever steers lists a cloud's servers all the time."""
    if now_s - ledger.listed_s <= LISTED_WITHIN_S:
        return None
    when = f"last listed at {local(grid, ledger.listed_s, now_s)}" if ledger.listed_s else "never listed"
    return f"its servers were {when}: nobody steers the grid"


def cloud_plain(it: Rented) -> dict[str, Any]:
    """The fixed shape of a cloud in ``status --json``."""
    return {
        "name": it.cloud,
        "servers": it.servers,
        "max": it.most,
        "spent": float(it.spent),
        "budget": float(it.budget) if it.budget is not None else None,
        "currency": it.currency,
        "problem": it.problem,
    }
