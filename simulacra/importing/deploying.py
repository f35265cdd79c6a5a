"""How many instances there are, where they may be and how they are renewed: `deploy`, `scale` and `profiles`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulacra.importing.amounts import duration, seconds
from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Piece, Trait
from simulacra.importing.project import Composed
from simulacra.importing.reading import items, mapping, text, unknown_keys, whole
from simulacra.importing.stanzas import Attribute, Block, filled, given
from simulacra.importing.stanzas import text as string
from simulacra.importing.tree import Map, Node
from simulacra.importing.well_known import ARCHITECTURES

KEYS = ("deploy", "scale")

_KEYS = ("mode", "endpoint_mode", "replicas", "labels", "rollback_config", "update_config", "resources", "restart_policy", "placement")
_RESOURCES = ("limits", "reservations")
_PLACEMENT = ("constraints", "preferences", "max_replicas_per_node")
_UPDATE = ("parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order")
_MODES = ("replicated", "global", "replicated-job", "global-job")
_TYPES = {(False, False): "", (False, True): "system", (True, False): "batch", (True, True): "sysbatch"}
"""By whether it comes to an end, and whether it runs everywhere."""
_MOST_INSTANCES = 10_000
_FOR_EVER = "8760h"
"""How long an instance may wait for a machine that sleeps, as in the jobs of all services."""
_HEALTHY_DEADLINE_S = 300
"""Nomad's own; an instance must be healthy for less than that."""
_RULE = re.compile(r"\s*([\w.-]+)\s*(==|!=)\s*(.+?)\s*")
_ATTRIBUTES = {
    "node.hostname": "${node.unique.name}",
    "node.platform.os": "${attr.kernel.name}",
    "node.platform.arch": "${attr.cpu.arch}",
}
_LABEL = "node.labels."


def deploying(service: Composed) -> Piece:
    """The service's type and count, and the group's placement and update."""
    deploy = mapping(service.get("deploy"))
    kind, traits = _kind(service, deploy)
    count, about_count = _count(service, deploy)
    group, about_places = _placement(mapping(deploy.get("placement")), service.everywhere)
    update, about_updates = _update(mapping(deploy.get("update_config")), kind)
    return Piece(
        head=(*([string("type", kind)] if kind else []), *count),
        group=(*group, *update),
        traits=traits,
        notes=(*_unknown(deploy), *about_count, *about_places, *about_updates),
    )


def _unknown(deploy: Map) -> Iterator[Note]:
    yield from unknown_keys(deploy, _KEYS)
    yield from unknown_keys(mapping(deploy.get("resources")), _RESOURCES)
    yield from unknown_keys(mapping(deploy.get("placement")), _PLACEMENT)
    endpoint, rollback = deploy.get("endpoint_mode"), deploy.get("rollback_config")
    if endpoint is not None:
        yield left_out(endpoint, "Nomad's catalog lists each instance, as `dnsrr` does")
    if rollback is not None:
        yield left_out(rollback, "Nomad goes back as it goes on, by the group's `update`")


def _kind(service: Composed, deploy: Map) -> tuple[str, tuple[Trait, ...]]:
    """Nomad's type of the job; nothing for a service that goes on."""
    node = deploy.get("mode")
    if node is not None and text(node) not in _MODES:
        raise broken(node, f"takes one of {', '.join(_MODES)}, not {text(node)!r}")
    traits: tuple[Trait, ...] = (*(("ends",) if service.ends else ()), *(("everywhere",) if service.everywhere else ()))
    return _TYPES[service.ends, service.everywhere], traits


def _count(service: Composed, deploy: Map) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    node = deploy.get("replicas") or service.get("scale")
    if node is None:
        return (), ()
    if service.everywhere:
        return (), (left_out(node, "it runs once on every machine"),)
    count = whole(node)
    if not 0 <= count <= _MOST_INSTANCES:
        raise broken(node, f"takes a number from 0 to {_MOST_INSTANCES}, not {count}")
    return ((given("count", count),) if count != 1 else ()), ()


def _placement(placement: Map, everywhere: bool) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    blocks: list[Block] = []
    notes: list[Note] = []
    for node in items(placement.get("constraints")):
        found = _RULE.fullmatch(text(node))
        if found is None:
            raise broken(node, f"takes a rule such as node.hostname == nas, not {text(node)!r}")
        block = _constraint(*found.groups())
        blocks += [block] if block is not None else []
        notes += _about_rule(node, found[1], block is None)
    for node in items(placement.get("preferences")):
        wanted = mapping(node).get("spread")
        if everywhere:
            notes.append(left_out(node, "it runs once on every machine"))
        elif wanted is not None and text(wanted).startswith(_LABEL):
            label = text(wanted).removeprefix(_LABEL)
            blocks.append(Block("spread", (filled("attribute", f"${{meta.{label}}}"),)))
            notes += _about_rule(wanted, _LABEL, lost=False)
        else:
            notes.append(left_out(node, "Nomad spreads over values of a node's metadata: node.labels.NAME"))
    most = placement.get("max_replicas_per_node")
    if most is not None and everywhere:
        notes.append(left_out(most, "it runs once on every machine"))
    elif most is not None:
        blocks.append(_at_most(whole(most)))
    return tuple(blocks), tuple(notes)


def _constraint(subject: str, operator: str, value: str) -> Block | None:
    """A rule of swarm's as a constraint; None where Nomad knows nothing like it."""
    label = subject.removeprefix(_LABEL)
    attribute = f"${{meta.{label}}}" if label != subject else _ATTRIBUTES.get(subject)
    if attribute is None:
        return None
    written = ARCHITECTURES.get(value, value) if subject.endswith(".arch") else value
    compared = [string("operator", "!=")] if operator == "!=" else []
    return Block("constraint", (filled("attribute", attribute), *compared, string("value", written)))


def _about_rule(node: Node, subject: str, lost: bool) -> Iterator[Note]:
    if lost:
        yield left_out(node, f"Nomad knows no {subject}; write a `tier` or `zones` into the service for where it may run")
    elif subject.startswith(_LABEL):
        yield differs(node, "labels are Nomad's metadata: give it to the machines, in `client { meta { … } }` of their agents")


def _at_most(count: int) -> Block:
    if count == 1:
        return Block("constraint", (given("distinct_hosts", True),))
    return Block("constraint", (filled("distinct_property", "${node.unique.id}"), string("value", str(count))))


def _update(update: Map, kind: str) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    notes = list(unknown_keys(update, _UPDATE))
    if kind not in ("", "system"):
        return (), (*notes, *(left_out(it, "work that comes to an end isn't renewed") for _, it in update.pairs))
    if not update.pairs:
        return (), ()
    parallel, delay, action, monitor = (update.get(key) for key in _UPDATE[:4])
    lines = [given("max_parallel", whole(parallel))] if parallel is not None else []
    if delay is not None and kind == "system":
        lines.append(string("stagger", duration(seconds(delay))))
    if kind != "system":
        lines += _deployment(monitor, action)
    return (Block("update", tuple(lines)),) if lines else (), (*notes, *_about_updates(update, kind))


def _deployment(monitor: Node | None, action: Node | None) -> Iterator[Attribute]:
    if monitor is not None:
        healthy_s = seconds(monitor)
        yield string("min_healthy_time", duration(healthy_s))
        if healthy_s >= _HEALTHY_DEADLINE_S:
            yield string("healthy_deadline", duration(2 * healthy_s))
    if action is not None and text(action) == "rollback":
        yield given("auto_revert", True)
    yield string("progress_deadline", _FOR_EVER, "an instance may wait for a machine that sleeps")


def _about_updates(update: Map, kind: str) -> Iterator[Note]:
    delay, action, monitor, ratio, order = (update.get(key) for key in _UPDATE[1:])
    if kind == "system":
        yield from (left_out(it, "Nomad renews what runs everywhere a few at a time only") for it in (action, monitor) if it)
    elif delay is not None:
        yield left_out(delay, "Nomad waits until the new instances are healthy (`min_healthy_time`), and no longer")
    if kind != "system" and action is not None and text(action) == "continue":
        yield left_out(action, "Nomad's deployment ends where an instance doesn't become healthy")
    if order is not None and text(order) == "start-first":
        yield left_out(order, "Nomad stops an instance before it starts the new one; `canary` starts it first")
    if ratio is not None:
        yield left_out(ratio, "Nomad's deployment fails with the first instance that doesn't become healthy")
