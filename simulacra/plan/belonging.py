"""Which zone and tier every node that is on counts to: by its definition, else by what it shows, and not by a passing look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network

from simulacra.model.cluster import Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, Report, ZoneBy
from simulacra.model.machine import Machine, Tier
from simulacra.model.marks import LABEL_TIER, LABEL_ZONE
from simulacra.model.snapshot import Snapshot
from simulacra.model.tiers import tier_of_node
from simulacra.plan.kept import Kept
from simulacra.plan.nearest import nearest

MOVES_AFTER_S: dict[ZoneBy, float] = {"subnet": 30.0, "coordinates": 600.0, "overlay": 120.0}
"""So long a node must look as if it were in another zone before it counts to that; what isn't named here counts at once."""
LOWERS_AFTER_S = 60.0
"""So long what a machine has must have been too little for its tier: a driver may be ill for a moment."""
SURE = 0.5
"""Coordinates that are less sure than that are asked only when nothing else tells."""
FAINTEST = 0.1
CONFIDENCE: dict[ZoneBy, float] = {"definition": 1.0, "label": 1.0, "subnet": 0.95, "datacenter": 0.5, "only": 0.5}
NEWS = 0.2
"""A change of confidence that is worth writing down."""
_TIMELESS: Kept[Belonging | None] = Kept()
BY_DEFAULT: tuple[ZoneBy, ...] = ("datacenter", "only")
"""What tells a zone where nothing has told one before."""

Network = IPv4Network | IPv6Network

_SUBNETS: Kept[tuple[tuple[Network, str], ...]] = Kept(16)


@dataclass(frozen=True, slots=True)
class Sign:
    """A zone that a node seems to be in, by what, and how sure that is (0 to 1)."""

    zone: str
    by: ZoneBy
    confidence: float


def belongings(grid: Grid, snapshot: Snapshot) -> dict[str, Belonging]:
    """Of every node that is ready, by name. What is remembered of the others stays as it is."""
    evidence = _Evidence.of(grid, snapshot)
    before = {it.machine: it for it in snapshot.belongings}
    found = {}
    for node in snapshot.nodes:
        if node.status == "ready":
            found[node.name] = _belonging(evidence, node, before.get(node.name), snapshot.now_s)
    return found


def _belonging(evidence: _Evidence, node: Node, known: Belonging | None, now_s: float) -> Belonging:
    """Of a machine that is defined it only depends on its tier, and seldom on the time."""
    machine = evidence.defined.get(node.name)
    if machine is None:
        return _judged(evidence, node, known, now_s)
    report = evidence.reports.get(node.name)
    on_battery = report is not None and report.on_battery is True
    timeless = _TIMELESS.of((evidence.grid, machine, node, known, on_battery), lambda: _timeless(evidence, node, known, now_s))
    return timeless if timeless is not None else _judged(evidence, node, known, now_s)


def _timeless(evidence: _Evidence, node: Node, known: Belonging | None, now_s: float) -> Belonging | None:
    """The same where it is so at any time."""
    found = _judged(evidence, node, known, now_s)
    return None if found.lower_since_s or (known is not None and known.lower_since_s) else found


def _judged(evidence: _Evidence, node: Node, known: Belonging | None, now_s: float) -> Belonging:
    machine, report = evidence.defined.get(node.name), evidence.reports.get(node.name)
    placed = _placed(node, evidence.still_there(known), evidence.sign(node, known), now_s)
    return _ranked(evidence.grid, machine, node, report, placed, now_s)


def remembered(belonging: Belonging) -> bool:
    """Whether it must be written down: a definition, or what the node itself says now, wouldn't tell it again."""
    told = belonging.zone_by in ("definition", "label", "")
    return not told or bool(belonging.other_since_s or belonging.lower_since_s)


def worth_writing(before: Belonging | None, now: Belonging, moved: bool) -> bool:
    """Whether what is written down is behind what is known now. ``moved``: the zone's label is about to be changed; that it is ours has to
    be known when the definition that it comes from is gone.
    """
    if before is None:
        return moved or remembered(now)
    if before is now:
        return False
    return abs(before.confidence - now.confidence) > NEWS or replace(before, confidence=now.confidence) != now


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What tells nodes' zones. ``subnets`` are networks with their zones, ``lan`` the nodes' overlay addresses with their zones, of those
    whose zone isn't told by their neighbours; ``near`` the zones that Consul's coordinates put the others into.
    """

    grid: Grid
    defined: dict[str, Machine]
    reports: dict[str, Report]
    subnets: tuple[tuple[Network, str], ...]
    lan: dict[str, str]
    near: dict[str, Sign]

    @classmethod
    def of(cls, grid: Grid, snapshot: Snapshot) -> _Evidence:
        defined = {machine.name: machine for machine in grid.machines}
        subnets = _SUBNETS.of((grid.zones,), lambda: tuple((ip_network(text), zone.name) for zone in grid.zones for text in zone.subnets))
        first = cls(grid, defined, {report.machine: report for report in snapshot.reports}, subnets, {}, {})
        before = {it.machine: it for it in snapshot.belongings}
        ready = [node for node in snapshot.nodes if node.status == "ready"]
        if all(node.name in defined for node in ready):
            return first
        signs = ((node, first._plainly(node, before.get(node.name))) for node in ready)
        certain = {node.name: (node, sign.zone) for node, sign in signs if sign is not None}
        if len(certain) == len(ready):
            return first
        lan = _lan(certain.values())
        return replace(first, lan=lan, near=_near(snapshot.coordinates, {name: zone for name, (_, zone) in certain.items()}, ready))

    def sign(self, node: Node, before: Belonging | None) -> Sign | None:
        """The best that tells the node's zone; None where nothing does."""
        plain = self._plainly(node, before)
        if plain is not None:
            return plain
        near, neighbours = self.near.get(node.name), self._by_neighbours(node)
        if near is not None and (near.confidence >= SURE or neighbours is None):
            return near
        return neighbours or self._by_default(node)

    def _plainly(self, node: Node, before: Belonging | None) -> Sign | None:
        """By its definition, its agent's configuration, or its address."""
        machine = self.defined.get(node.name)
        if machine is not None:
            return Sign(machine.zone, "definition", CONFIDENCE["definition"])
        label = node.label(LABEL_ZONE)
        if label is not None and self._is_zone(label) and (before is None or before.zone_by in ("label", "")):
            return Sign(label, "label", CONFIDENCE["label"])
        zones = self._zones_of_addresses(node)
        return Sign(min(zones), "subnet", CONFIDENCE["subnet"]) if len(zones) == 1 else None

    def _zones_of_addresses(self, node: Node) -> set[str]:
        """The zones with the narrowest subnet that one of its addresses is in; several where zones have the same one."""
        if not self.subnets:
            return set()
        report = self.reports.get(node.name)
        texts = (*(report.addresses if report is not None else ()), *(network.address for network in node.networks))
        found = [ip for text in texts if (ip := _ip(text)) is not None]
        matches = [(network.prefixlen, zone) for network, zone in self.subnets for ip in found if ip in network]
        narrowest = max((length for length, _ in matches), default=0)
        return {zone for length, zone in matches if length == narrowest}

    def _by_neighbours(self, node: Node) -> Sign | None:
        """The zone of most of its LAN's nodes, as its overlay sees them."""
        report = self.reports.get(node.name)
        zones = Counter(zone for it in (report.neighbours if report is not None else ()) if (zone := self.lan.get(it)) is not None)
        if not zones:
            return None
        zone, many = min(zones.items(), key=lambda it: (-it[1], it[0]))
        return Sign(zone, "overlay", many / zones.total())

    def _by_default(self, node: Node) -> Sign | None:
        if self._is_zone(node.datacenter):
            return Sign(node.datacenter, "datacenter", CONFIDENCE["datacenter"])
        if len(self.grid.zones) == 1:
            return Sign(self.grid.zones[0].name, "only", CONFIDENCE["only"])
        return None

    def still_there(self, known: Belonging | None) -> Belonging | None:
        """What is remembered, unless it is of a zone that isn't defined any more, or by a definition that is gone."""
        if known is None or known.zone is None:
            return known
        if self._is_zone(known.zone) and (known.zone_by != "definition" or known.machine in self.defined):
            return known
        return replace(known, zone=None, zone_by="", confidence=0.0)

    def _is_zone(self, name: str) -> bool:
        return any(zone.name == name for zone in self.grid.zones)


def _lan(certain: Iterable[tuple[Node, str]]) -> dict[str, str]:
    """The zone of each address; one that machines of several zones have (a bridge of containers) tells nothing."""
    zones: dict[str, set[str]] = {}
    for node, zone in certain:
        for address in node.addresses:
            zones.setdefault(address, set()).add(zone)
    return {address: min(found) for address, found in zones.items() if len(found) == 1}


def _near(coordinates: Iterable[Coordinate], certain: Mapping[str, str], ready: Iterable[Node]) -> dict[str, Sign]:
    known = {it.machine: it for it in coordinates}
    if not known:
        return {}
    members: dict[str, list[Coordinate]] = {}
    for name, zone in sorted(certain.items()):
        if name in known:
            members.setdefault(zone, []).append(known[name])
    asked = [known[node.name] for node in ready if node.name not in certain and node.name in known]
    found = nearest(members, asked)
    return {
        name: Sign(it.zone, "coordinates", it.confidence) for name, it in found.items() if it.zone is not None and it.confidence > FAINTEST
    }


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_interface(text).ip if "/" in text else ip_address(text)
    except ValueError:
        return None


def _placed(node: Node, before: Belonging | None, sign: Sign | None, now_s: float) -> Belonging:
    """With the zone that it counts to: it moves when it has seemed to be elsewhere for long enough, and stays where nothing tells."""
    known = before or Belonging(node.name)
    if sign is None or (sign.by in BY_DEFAULT and known.zone is not None and known.zone_by not in BY_DEFAULT):
        return replace(known, other_zone=None, other_since_s=0.0)
    if known.zone is None or sign.zone == known.zone or sign.by not in MOVES_AFTER_S:
        told = replace(known, zone=sign.zone, zone_by=sign.by, confidence=round(sign.confidence, 2))
        return replace(told, other_zone=None, other_since_s=0.0)
    if known.other_zone != sign.zone:
        return replace(known, other_zone=sign.zone, other_since_s=now_s)
    if now_s - max(known.other_since_s, node.changed_s) < MOVES_AFTER_S[sign.by]:
        return known  # counted since it came on, too: before it went it was another day
    return replace(known, zone=sign.zone, zone_by=sign.by, confidence=round(sign.confidence, 2), other_zone=None, other_since_s=0.0)


def _ranked(grid: Grid, machine: Machine | None, node: Node, report: Report | None, known: Belonging, now_s: float) -> Belonging:
    """With the tier that it is of: a higher one at once, a lower one when what it has has been too little for a while."""
    found = tier_of_node(grid, machine, node, on_battery=report is not None and report.on_battery is True)
    name, current = found.name if found is not None else None, grid.tier(node.label(LABEL_TIER) or "")
    pinned = machine is not None and machine.tier is not None
    if current is None or pinned or not _lower(found, current):
        return replace(known, tier=name, lower_tier="", lower_since_s=0.0)
    if not known.lower_since_s:
        return replace(known, tier=current.name, lower_tier=name or "", lower_since_s=now_s)
    if now_s - max(known.lower_since_s, node.changed_s) < LOWERS_AFTER_S:
        return replace(known, tier=current.name, lower_tier=name or "")
    return replace(known, tier=name, lower_tier="", lower_since_s=0.0)


def _lower(found: Tier | None, current: Tier) -> bool:
    return found is None or found.rank < current.rank
