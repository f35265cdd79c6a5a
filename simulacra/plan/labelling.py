"""What nodes are to be labelled with, and the grid as it is once they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, Report
from simulacra.model.labels import BY, LABELS, Labels, is_label, labels, watts_of
from simulacra.model.machine import Machine
from simulacra.model.marks import LABEL_TIER, LABEL_ZONE
from simulacra.model.plan import Relabel
from simulacra.model.proxy import MISSES, of_label
from simulacra.model.snapshot import Snapshot
from simulacra.plan.belonging import belongings, worth_writing
from simulacra.plan.kept import Kept, room_for
from simulacra.plan.reaching import Misses, misses


@dataclass(frozen=True, slots=True)
class Labelled:
    """``snapshot`` has the nodes as they are labelled in a moment; where the grid only observes, as they are."""

    snapshot: Snapshot
    belongings: tuple[Belonging, ...] = ()
    relabels: tuple[Relabel, ...] = ()


def labelled(grid: Grid, snapshot: Snapshot) -> Labelled:
    """What every node that is on is labelled with, and what of it has to be written; each by name."""
    room_for(len(grid.machines) + len(snapshot.nodes))
    found = belongings(grid, snapshot)
    if not found:
        return Labelled(snapshot)
    before = {it.machine: it for it in snapshot.belongings}
    missed = misses(grid, snapshot, lambda name: found[name].zone if name in found else None)
    defined = {machine.name: machine for machine in grid.machines}
    power = {report.machine: _power(report) for report in snapshot.reports}
    nodes, relabels = [], {}
    for node in snapshot.nodes:
        it = found.get(node.name)
        want = _want(grid, defined.get(node.name), node, it, power.get(node.name), missed) if it is not None else None
        nodes.append(want.node if want is not None else node)
        if want is not None and want.relabel is not None:
            relabels[node.name] = want.relabel
    return Labelled(
        replace(snapshot, nodes=tuple(nodes)) if relabels and grid.mode == "act" else snapshot,
        tuple(it for name, it in sorted(found.items()) if worth_writing(before.get(name), it, _moves(relabels.get(name)))),
        tuple(relabels[name] for name in sorted(relabels)),
    )


def _moves(relabel: Relabel | None) -> bool:
    return relabel is not None and any(key == LABEL_ZONE for key, _ in relabel.changes)


@dataclass(frozen=True, slots=True)
class _Want:
    """The node as it is with its labels, and what is to change for that; None where nothing is."""

    node: Node
    relabel: Relabel | None


_WANTS: Kept[_Want] = Kept()


def _want(grid: Grid, machine: Machine | None, node: Node, belonging: Belonging, power: str | None, missed: Misses) -> _Want:
    if node.name in missed:
        return _wanted(grid, machine, node, belonging, power, missed)
    values = (grid.tiers, machine, node, belonging.zone, belonging.zone_by, belonging.tier, power)
    return _WANTS.of(values, lambda: _wanted(grid, machine, node, belonging, power, missed))


def _wanted(grid: Grid, machine: Machine | None, node: Node, belonging: Belonging, power: str | None, missed: Misses) -> _Want:
    tier = grid.tier(belonging.tier) if belonging.tier is not None else None
    plain = labels(belonging.zone, tier, watts_of(machine) if machine is not None else None, power)
    wanted = (*plain, *((miss.proxy.label, miss.value) for miss in missed.get(node.name, ())))
    relabel = _relabel(node, wanted, belonging, missed)
    return _Want(node if relabel is None else with_labels(node, wanted), relabel)


def _power(report: Report) -> str | None:
    if report.on_battery is None:
        return None
    return "battery" if report.on_battery else "mains"


def _relabel(node: Node, wanted: Labels, belonging: Belonging, missed: Misses) -> Relabel | None:
    """What differs from the labels that it has; None where nothing does."""
    have = {key: value for key, value in node.meta if is_label(key)}
    new = dict(wanted)
    keys = (*LABELS, *sorted(key for key in {*have, *new} if key.startswith(MISSES)))
    changes = {key: new.get(key) for key in keys if have.get(key) != new.get(key)}
    if not changes:
        return None
    told = [_reason(belonging, new)] if any(key in LABELS for key in changes) else []
    told += [miss.words(node.name) for miss in missed.get(node.name, ()) if miss.proxy.label in changes]
    told += [f"nothing keeps {of_label(key)} off it any more" for key in changes if key.startswith(MISSES) and key not in new]
    return Relabel(node.name, node.id, tuple(changes.items()), "; ".join(told))


def _reason(belonging: Belonging, new: Mapping[str, str]) -> str:
    zone = f"zone {new[LABEL_ZONE]} {BY[belonging.zone_by]}" if LABEL_ZONE in new and belonging.zone_by else "its zone can't be told"
    tier = f"tier {new[LABEL_TIER]}" if LABEL_TIER in new else "of no tier"
    return f"{zone}, {tier}"


def with_labels(node: Node, wanted: Labels) -> Node:
    """The node with these labels in the place of those that it has."""
    others = ((key, value) for key, value in node.meta if not is_label(key))
    return replace(node, meta=tuple(sorted((*others, *wanted))))
