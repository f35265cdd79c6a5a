"""What nodes are to be labelled with, and the grid as it is once they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, Report
from simulacra.model.labels import BY, LABELS, Labels, labels, watts_of
from simulacra.model.marks import LABEL_TIER, LABEL_ZONE
from simulacra.model.plan import Relabel
from simulacra.model.snapshot import Snapshot
from simulacra.plan.belonging import belongings, worth_writing


@dataclass(frozen=True, slots=True)
class Labelled:
    """``snapshot`` has the nodes as they are labelled in a moment; where the grid only observes, as they are."""

    snapshot: Snapshot
    belongings: tuple[Belonging, ...] = ()
    relabels: tuple[Relabel, ...] = ()


def labelled(grid: Grid, snapshot: Snapshot) -> Labelled:
    """What every node that is on is labelled with, and what of it has to be written; each by name."""
    found = belongings(grid, snapshot)
    if not found:
        return Labelled(snapshot)
    before = {it.machine: it for it in snapshot.belongings}
    wanted = _wanted(grid, snapshot, found)
    relabels = {
        node.name: it for node in snapshot.nodes if node.name in wanted and (it := _relabel(node, wanted[node.name], found[node.name]))
    }
    nodes = tuple(with_labels(node, wanted[node.name]) if node.name in relabels else node for node in snapshot.nodes)
    return Labelled(
        replace(snapshot, nodes=nodes) if relabels and grid.mode == "act" else snapshot,
        tuple(it for name, it in sorted(found.items()) if worth_writing(before.get(name), it, _moves(relabels.get(name)))),
        tuple(relabels[name] for name in sorted(relabels)),
    )


def _moves(relabel: Relabel | None) -> bool:
    return relabel is not None and any(key == LABEL_ZONE for key, _ in relabel.changes)


def _wanted(grid: Grid, snapshot: Snapshot, found: Mapping[str, Belonging]) -> dict[str, Labels]:
    defined = {machine.name: machine for machine in grid.machines}
    tiers = {tier.name: tier for tier in grid.tiers}
    reports = {report.machine: report for report in snapshot.reports}
    made = {}
    for name, it in found.items():
        machine = defined.get(name)
        watts = watts_of(machine) if machine is not None else None
        made[name] = labels(it.zone, tiers.get(it.tier or ""), watts, _power(reports.get(name)))
    return made


def _power(report: Report | None) -> str | None:
    if report is None or report.on_battery is None:
        return None
    return "battery" if report.on_battery else "mains"


def _relabel(node: Node, wanted: Labels, belonging: Belonging) -> Relabel | None:
    """What differs from the labels that it has; None where nothing does."""
    have = {key: value for key, value in node.meta if key in LABELS}
    new = dict(wanted)
    changes = tuple((key, new.get(key)) for key in LABELS if have.get(key) != new.get(key))
    return Relabel(node.name, node.id, changes, _reason(belonging, new)) if changes else None


def _reason(belonging: Belonging, new: Mapping[str, str]) -> str:
    zone = f"zone {new[LABEL_ZONE]} {BY[belonging.zone_by]}" if LABEL_ZONE in new and belonging.zone_by else "its zone can't be told"
    tier = f"tier {new[LABEL_TIER]}" if LABEL_TIER in new else "of no tier"
    return f"{zone}, {tier}"


def with_labels(node: Node, wanted: Labels) -> Node:
    """The node with these labels in the place of those that it has."""
    others = ((key, value) for key, value in node.meta if key not in LABELS)
    return replace(node, meta=tuple(sorted((*others, *wanted))))
