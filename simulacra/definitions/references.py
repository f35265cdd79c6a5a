"""What must hold between definitions: names that are there, none twice, no cycles, guarantees that can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulacra.definitions.clouds import check_clouds
from simulacra.definitions.definition import Definition
from simulacra.definitions.existing import check_existing
from simulacra.definitions.peripherals import check_peripherals
from simulacra.definitions.problems import Problem, did_you_mean, problem, quoted
from simulacra.definitions.services import check_service
from simulacra.model.catalog import catalog_names
from simulacra.model.cloud import Cloud
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.peripheral import Peripheral
from simulacra.model.place import Uplink, Zone
from simulacra.model.problem import Rule
from simulacra.model.service import Service

Names = Mapping[str, frozenset[str]]


def check(definitions: Sequence[Definition], broken: Sequence[tuple[str, str]] = ()) -> tuple[Problem, ...]:
    """All that is wrong between these definitions; ``broken`` are kinds and names whose own faults are told already."""
    known: dict[str, set[str]] = {}
    for kind, name in (*((d.kind, d.name) for d in definitions), *broken):
        known.setdefault(kind, set()).add(name)
    names: Names = {kind: frozenset(members) for kind, members in known.items()}
    own_zones = frozenset(d.value.zone for d in definitions if d.kind == "machine")
    if any(kind == "machine" for kind, _ in broken):
        own_zones |= names.get("zone", frozenset())
    return (
        *(_one_grid(definitions) if "grid" not in {kind for kind, _ in broken} else ()),
        *_of_kind("duplicate", _duplicates(definitions)),
        *_of_kind("duplicate", _catalog(definitions)),
        *_of_kind("unknown-name", _unknown_names(definitions, names)),
        *_cycles(definitions, "machine", "after", lambda machine: machine.after),
        *_cycles(definitions, "uplink", "via", lambda uplink: (uplink.via,) if uplink.via else ()),
        *_cycles(definitions, "service", "needs.services", lambda service: service.needs.services if service.needs else ()),
        *_of_kind("duplicate", _same_twice(definitions, "the MAC address", "wake.mac", _mac)),
        *_of_kind("duplicate", _same_twice(definitions, "the address", "address", lambda machine: machine.address)),
        *_of_kind("service", (wrong for d in definitions if d.kind == "service" and d.whole for wrong in _service_of(d)(d, own_zones))),
        *check_clouds(definitions),
        *check_peripherals(definitions),
        *(_empty_zones(definitions, names) if not {"machine", "cloud", "zone"} & {kind for kind, _ in broken} else ()),
    )


def _of_kind(rule: Rule, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Those that aren't of a kind of their own."""
    return (replace(problem, rule=rule) if problem.rule == "definition" else problem for problem in problems)


def _service_of(d: Definition) -> Callable[[Definition, frozenset[str]], Iterator[Problem]]:
    """What checks the service: it depends on what its job is made of."""
    return check_service if d.value.jobspec is None else check_existing


def _one_grid(definitions: Sequence[Definition]) -> Iterator[Problem]:
    grids = [d for d in definitions if d.kind == "grid"]
    if not grids:
        yield Problem("", 0, 'no file has a `grid "name" { }` block: add one; `simulacra init` writes a first set of files')
    for extra in grids[1:]:
        said = f'there is a grid already, "{grids[0].name}" at {grids[0].source}: one folder holds one grid, remove this one'
        yield problem(extra.source, said, "duplicate")


def _duplicates(definitions: Sequence[Definition]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Definition] = {}
    for d in definitions:
        # services and peripherals share Nomad's service catalog
        space = "service" if d.kind == "peripheral" else d.kind
        other = first.setdefault((space, d.name), d)
        if other is not d and d.kind != "grid":
            kind = f"an {other.kind}" if other.kind == "uplink" else f"a {other.kind}"
            yield problem(d.source, f'{d.kind} "{d.name}": {kind} of that name is defined at {other.source}: rename or remove one')


def _catalog(definitions: Sequence[Definition]) -> Iterator[Problem]:
    """Ports whose names in Nomad's service catalog are others' too (those named as a service or peripheral is are told there)."""
    taken = {d.name: d for d in definitions if d.kind in ("service", "peripheral") and d.value.ports}
    for d in definitions:
        for port, name in catalog_names(d.value)[1:] if d.kind in ("service", "peripheral") else ():
            other = taken.setdefault(name, d)
            if other is not d:
                said = f'would be "{name}" in Nomad\'s service catalog, as one of {other.kind} "{other.name}" is: rename one'
                yield problem(d.at(f"port {port}"), f'{d.kind} "{d.name}": the port "{port}" {said}')


def _unknown_names(definitions: Sequence[Definition], names: Names) -> Iterator[Problem]:
    for d in definitions:
        for key, kind, name in _references(d.value):
            known = names.get(kind, frozenset())
            if name not in known:
                hint = did_you_mean(name, known) or f" Define it: `{kind} {quoted(name)} {{ … }}`."
                yield problem(d.at(key), f'{d.kind} "{d.name}": there is no {kind} {quoted(name)}.{hint}')


def _references(value: Any) -> Iterator[tuple[str, str, str]]:
    """What a value refers to: the key it stands under, the kind of thing, its name."""
    match value:
        case Uplink(via=str(via)):
            yield "via", "uplink", via
        case Zone():
            yield from (("uplink", "uplink", uplink) for uplink in (value.uplink,) if uplink is not None)
            yield from (("rtt_ms", "zone", zone) for zone, _ in value.rtt_ms)
        case Machine():
            yield "zone", "zone", value.zone
            yield from (("tier", "tier", tier) for tier in (value.tier,) if tier is not None)
            yield from (("after", "machine", name) for name in value.after)
        case Cloud():
            yield "zone", "zone", value.zone
            yield "tier", "tier", value.tier
        case Peripheral():
            yield from (("zone", "zone", zone) for zone in (value.zone,) if zone is not None)
            yield from (("machines", "machine", name) for name in value.machines)
            if value.allow is not None:
                yield from (("allow.services", "service", name) for name in value.allow.services)
                yield from (("allow.zones", "zone", name) for name in value.allow.zones)
        case Service():
            yield from _service_references(value)


def _service_references(service: Service) -> Iterator[tuple[str, str, str]]:
    if service.tier is not None:
        yield "tier", "tier", service.tier
    if isinstance(service.zones, tuple):
        yield from (("zones", "zone", zone) for zone in service.zones)
    if service.needs is not None:
        yield from ((f"needs.tier {need.tier}", "tier", need.tier) for need in service.needs.tiers)
        yield from (("needs.services", "service", name) for name in service.needs.services)


def _cycles(definitions: Sequence[Definition], kind: str, key: str, following: Callable[[Any], Iterable[str]]) -> Iterator[Problem]:
    """Each cycle once, at its first member by name."""
    graph = {d.name: tuple(following(d.value)) for d in definitions if d.kind == kind}
    by_name = {d.name: d for d in definitions if d.kind == kind}
    settled: set[str] = set()
    for start in sorted(graph):
        cycle = _cycle_from(start, graph, settled)
        if cycle:
            first = min(cycle)
            turn = cycle.index(first)
            shown = " → ".join([*cycle[turn:], *cycle[:turn], first])
            said = f"`{key.rpartition('.')[2]}` goes in a circle: {shown}; take one of them out"
            yield problem(by_name[first].at(key), said, "cycle")


def _cycle_from(start: str, graph: Mapping[str, tuple[str, ...]], settled: set[str]) -> list[str]:
    """A cycle that can be reached from ``start``, or nothing; what was walked is settled (no recursion: chains may be long)."""
    path: list[str] = []
    on_path: set[str] = set()
    todo: list[tuple[str, bool]] = [(start, True)]
    while todo:
        name, entering = todo.pop()
        if not entering:
            path.pop()
            on_path.discard(name)
            continue
        if name in on_path:
            return path[path.index(name) :]
        if name in settled or name not in graph:
            continue
        settled.add(name)
        path.append(name)
        on_path.add(name)
        todo.append((name, False))
        todo.extend((after, True) for after in reversed(graph[name]))
    return []


def _mac(machine: Machine) -> str | None:
    return machine.wake.mac if isinstance(machine.wake, WakeLan) else None


def _same_twice(definitions: Sequence[Definition], what: str, key: str, of: Callable[[Machine], str | None]) -> Iterator[Problem]:
    first: dict[str, Definition] = {}
    for d in definitions:
        value = of(d.value) if d.kind == "machine" else None
        if value is not None:
            other = first.setdefault(value, d)
            if other is not d and other.name != d.name:
                yield problem(d.at(key), f'machine "{d.name}" has {what} {value} of machine "{other.name}" ({other.at(key)}): correct one')


def _empty_zones(definitions: Sequence[Definition], names: Names) -> Iterator[Problem]:
    """Zones that a service is to stand in, and where no machine or cloud server ever could."""
    filled = {d.value.zone for d in definitions if d.kind in ("machine", "cloud")}
    filled |= {d.name for d in definitions if d.kind == "zone" and d.value.subnets}
    for d in definitions:
        if d.kind == "service" and isinstance(d.value.zones, tuple):
            for zone in d.value.zones:
                if zone in names.get("zone", frozenset()) and zone not in filled:
                    said = f'nothing stands in zone "{zone}": put a machine or a cloud there, give it `subnets`, or leave it out'
                    yield problem(d.at("zones"), f'service "{d.name}": {said}', "broken-promise")
