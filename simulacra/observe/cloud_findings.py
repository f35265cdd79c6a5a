"""What ails the clouds: a provider that can't be asked, and servers that nobody would destroy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger
from simulacra.model.words import listed, numbered
from simulacra.observe.doctor import Finding

SILENT_AFTER_S = 600.0
"""Whoever steers lists a cloud's servers far more often."""


def cloud_findings(grid: Grid, ledgers: Iterable[Ledger], now_s: float) -> tuple[Finding, ...]:
    """Of every cloud that is defined, then of those that aren't any more."""
    known = {ledger.cloud: ledger for ledger in ledgers}
    defined = [it for cloud in grid.clouds for it in _defined(cloud.name, known.get(cloud.name), now_s)]
    names = {cloud.name for cloud in grid.clouds}
    return (*defined, *(it for name, ledger in sorted(known.items()) if name not in names for it in _left_behind(ledger)))


def _defined(cloud: str, ledger: Ledger | None, now_s: float) -> Iterator[Finding]:
    subject = f"cloud {cloud}"
    if ledger is None or not ledger.listed_s:
        why = ledger.problem if ledger is not None else ""
        todo = "its credentials belong into the environment of the autoscaler's agent: see docs/clouds.md"
        yield Finding("problem" if why else "advice", subject, f"its servers were never listed{': ' if why else ''}{why}", todo)
    elif ledger.problem:
        yield Finding("problem", subject, f"it can't be asked: {ledger.problem}", "nothing is rented there until it can")
    elif now_s - ledger.listed_s > SILENT_AFTER_S:
        todo = "is the autoscaler running? Servers go on costing money while nobody steers"
        yield Finding("problem" if ledger.servers else "advice", subject, "its servers weren't listed for a while", todo)
    else:
        yield Finding("ok", subject, f"{numbered(len(ledger.servers), 'server')}, listed just now", "")


def _left_behind(ledger: Ledger) -> Iterator[Finding]:
    if ledger.servers:
        names = listed([server.machine for server in ledger.servers], 3)
        todo = "put the cloud back into the definitions, with max = 0, until its servers are gone; or destroy them at the provider"
        yield Finding("problem", f"cloud {ledger.cloud}", f"it isn't defined any more, and {names} may still run and cost money", todo)
