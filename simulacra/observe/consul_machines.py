"""Machines that Consul knows and the definitions don't: from its catalog, and from the keys in which raptiformica keeps a machine's
neighbours (``raptiformica/meshnet/neighbours/PUBLIC KEY/NAME``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from simulacra.model.consul import ConsulNode
from simulacra.model.grid import Grid
from simulacra.model.journal import Card, Report
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.snapshot import Snapshot
from simulacra.observe.coordinates import nomad_names, plain_address
from simulacra.observe.live import NAME

NEIGHBOURS = "raptiformica/meshnet/neighbours/"
BAD_NAME = "a machine's name has letters, digits, dots, dashes and underscores only"
ZoneFrom = Literal["coordinates", "label", "guess"]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One of raptiformica's, by its public key. ``address`` is the one on the overlay; empty are those that aren't there."""

    key: str
    address: str = ""
    host: str = ""
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class FoundMachine:
    """``name`` is that of its Nomad node where it has one, else Consul's; ``made_up``: from its key's entries, nothing better tells it.

    ``address`` is on the overlay, None where it isn't known; ``cards`` are those that its system job reports.
    """

    name: str
    zone: str
    zone_from: ZoneFrom
    address: str | None = None
    cards: tuple[Card, ...] = ()
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class Discovered:
    """``machines`` by name; ``defined`` are the names of definitions that were found again; ``skipped`` what couldn't be used, and why."""

    machines: tuple[FoundMachine, ...]
    defined: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ZoneSigns:
    """What tells machines' zones: by ``coordinates`` the zone of each machine's name, else ``guess``."""

    guess: str
    coordinates: Mapping[str, str] = field(default_factory=dict)


def neighbours(kept: Iterable[tuple[str, str]]) -> tuple[tuple[Neighbour, ...], tuple[tuple[str, str], ...]]:
    """The neighbours in Consul's keys, by public key; and the keys that couldn't be used, with why."""
    entries: dict[str, dict[str, str]] = {}
    for path, text in kept:
        key, _, name = path.removeprefix(NEIGHBOURS).partition("/")
        if path.startswith(NEIGHBOURS) and key and name:
            entries.setdefault(key, {})[name] = text.strip()
    found, skipped = [], []
    for key, entry in sorted(entries.items()):
        address = plain_address(entry.get("cjdns_ipv6_address", ""))
        if address:
            found.append(Neighbour(key, address, entry.get("host", ""), entry.get("uuid", "")))
        else:
            said = entry.get("cjdns_ipv6_address")
            why = f"its cjdns_ipv6_address {said!r} isn't an address" if said else "it has no cjdns_ipv6_address"
            skipped.append((f"{NEIGHBOURS}{key}", why))
    return tuple(found), tuple(skipped)


def discover(
    grid: Grid | None, catalog: Iterable[ConsulNode], kept: Iterable[tuple[str, str]], snapshot: Snapshot, where: ZoneSigns
) -> Discovered:
    """The machines of the catalog and of the keys; those of the same overlay address, or name, are one. ``snapshot`` is empty where there
    is no Nomad.
    """
    nodes = tuple(catalog)
    told, skipped = neighbours(kept)
    finder = _Finder(grid, snapshot, nodes, where)
    by_address = {it.address: it for it in told}
    by_name = {_name_of(it): it for it in told} | {it.uuid: it for it in told if it.uuid}
    for node in sorted(nodes, key=lambda it: it.name):
        finder.take_node(node, by_address.get(plain_address(node.address)) or by_name.get(node.name))
    for neighbour in told:
        finder.take_neighbour(neighbour)
    machines = tuple(finder.machines[name] for name in sorted(finder.machines))
    return Discovered(machines, tuple(sorted(finder.defined)), tuple(sorted((*skipped, *finder.skipped))))


class _Finder:
    def __init__(self, grid: Grid | None, snapshot: Snapshot, catalog: tuple[ConsulNode, ...], where: ZoneSigns) -> None:
        self.machines: dict[str, FoundMachine] = {}
        self.defined: set[str] = set()
        self.skipped: list[tuple[str, str]] = []
        self._where = where
        machines = grid.machines if grid is not None else ()
        self._names = {machine.name for machine in machines}
        self._addresses = {plain_address(machine.address): machine.name for machine in machines if machine.address}
        self._zones = {zone.name for zone in grid.zones} if grid is not None else set()
        self._called = nomad_names(catalog, snapshot.nodes)
        self._nomad = {plain_address(text): node.name for node in snapshot.nodes for text in node.addresses}
        self._labels = {node.name: node.label(LABEL_ZONE) for node in snapshot.nodes}
        self._reports: dict[str, Report] = {report.machine: report for report in snapshot.reports}
        self._seen: set[str] = set()

    def take_node(self, node: ConsulNode, neighbour: Neighbour | None) -> None:
        address = neighbour.address if neighbour is not None else plain_address(node.address)
        name = self._called.get(node.name, node.name)
        if address:
            self._seen.add(address)
        if self._is_defined(name, address):
            return
        if not NAME.fullmatch(name):
            self.skipped.append((repr(name), BAD_NAME))
        elif name in self.machines:
            self.skipped.append((node.name, f"there are two nodes of the machine {name}; the other is taken"))
        else:
            self.machines[name] = self._machine(name, address, made_up=False)

    def take_neighbour(self, neighbour: Neighbour) -> None:
        """One that the catalog doesn't have."""
        if neighbour.address in self._seen:
            return
        self._seen.add(neighbour.address)
        known = self._nomad.get(neighbour.address)
        name = known or _name_of(neighbour)
        if self._is_defined(name, neighbour.address):
            return
        if not NAME.fullmatch(name):
            self.skipped.append((f"{NEIGHBOURS}{neighbour.key}", f"its name would be {name!r}: {BAD_NAME}"))
        elif name in self.machines:
            self.skipped.append((f"{NEIGHBOURS}{neighbour.key}", f"there is a machine {name} already, at another address"))
        else:
            self.machines[name] = self._machine(name, neighbour.address, made_up=known is None)

    def _is_defined(self, name: str, address: str) -> bool:
        found = name if name in self._names else self._addresses.get(address) if address else None
        if found is not None:
            self.defined.add(found)
        return found is not None

    def _machine(self, name: str, address: str, made_up: bool) -> FoundMachine:
        report, label = self._reports.get(name), self._labels.get(name)
        near = self._where.coordinates.get(name)
        zone, told = (near, "coordinates") if near is not None else (label, "label") if label in self._zones else (None, "guess")
        return FoundMachine(
            name,
            zone or self._where.guess,
            told,  # type: ignore[arg-type]
            address or None,
            report.cards if report is not None else (),
            made_up,
        )


def _name_of(neighbour: Neighbour) -> str:
    """Its host's name where that isn't an address, else its uuid, else its public key's beginning."""
    try:
        ip_address(neighbour.host)
    except ValueError:
        if neighbour.host:
            return neighbour.host
    return neighbour.uuid or neighbour.key[:16]
