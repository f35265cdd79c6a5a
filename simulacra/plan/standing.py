"""In which state a machine is, from what Nomad sees of it and what is written down about it."""

from __future__ import annotations

from collections.abc import Iterable

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.machine import Machine
from simulacra.model.plan import Standing
from simulacra.plan.hours import clock


def standing_of(
    grid: Grid, machine: Machine | None, node: Node | None, record: Record | None, dark: Iterable[str], now_s: float
) -> tuple[Standing, str]:
    """The standing, and what makes it so, in words."""
    if node is not None and node.status == "ready":
        return _ready_standing(node, record)
    power = record.power if record is not None else None
    if record is not None and power == "waking":
        return "coming", f"it is being woken: {record.reason}" if record.reason else "it is being woken"
    if record is not None and power == "failed" and record.out_until_s > now_s:
        return "out", f"it is left out until {clock(grid, record.out_until_s)}: {record.reason or 'it failed to come'}"
    if machine is not None and machine.zone in dark:
        return "away", "nothing in its zone answers, it may be cut off"
    if record is not None and power in ("draining", "sleeping"):
        return "going", "it is going to sleep"
    if node is not None and node.status == "initializing":
        return "coming", "it is joining"
    if machine is None or machine.wake is None:
        return "away", f"it is {node.status}, and no way to wake it is defined" if node is not None else "Nomad doesn't know it"
    return "asleep", "it is asleep"


def _ready_standing(node: Node, record: Record | None) -> tuple[Standing, str]:
    power = record.power if record is not None else None
    if record is not None and power in ("draining", "sleeping"):
        doing = "it is being emptied" if power == "draining" else "it is being put to sleep"
        return "going", f"{doing}: {record.reason}" if record.reason else doing
    if node.draining and not (record is not None and record.drained):
        return "going", "it is being emptied, by somebody else"
    return "on", "it is on"
