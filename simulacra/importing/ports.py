"""Ports: `ports`, `expose` and the network that a container is on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Opening, Piece, Trait
from simulacra.importing.project import NO_NETWORKS, Composed
from simulacra.importing.reading import items, names, text, texts, unknown_keys
from simulacra.importing.stanzas import Attribute
from simulacra.importing.stanzas import text as string
from simulacra.importing.tree import Map, Node

KEYS = ("ports", "expose", "network_mode", "networks")

_SHORT = re.compile(
    r"""(?:(?:\[(?P<ip6>[0-9a-fA-F:.%]+)\]|(?P<ip>[0-9]+(?:\.[0-9]+){3})):)?  # an address of the machine
        (?:(?P<host>[0-9]+(?:-[0-9]+)?)?:)?                                   # the port there, or a range
        (?P<to>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>\w+))?                     # the port in the container, or a range""",
    re.VERBOSE,
)
_LONG = ("name", "mode", "host_ip", "target", "published", "protocol", "app_protocol")
_LONG_TEXTS = ("published", "host_ip", "protocol", "name")
_MOST = 16
"""A longer range isn't written out port by port."""
_HIGHEST = 65535
_ON_THE_OVERLAY = (
    "ports are opened on the overlay's address of the machine that it runs on: devices that aren't on the overlay don't reach them"
)
_EXPOSED = "opened at a free port of the machine, and listed in Nomad's catalog: every machine of the overlay reaches it"
_INGRESS = "opened on the machines that run it, not on every machine of a swarm: clients find it through Nomad's catalog"
_NETWORK = (
    "aliases", "interface_name", "ipv4_address", "ipv6_address", "link_local_ips", "mac_address", "driver_opts", "priority",
    "gw_priority",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of `ports`: ranges as first and last port."""

    to: tuple[int, int]
    published: tuple[int, int] | None
    host_ip: str
    protocol: str
    name: str
    node: Node


def ports(service: Composed) -> Piece:
    """The ports to open, and the driver's network mode."""
    traits, config, notes = _network_mode(service)
    called, about_networks = _networks(service)
    openings: list[Opening] = []
    said: list[Note] = []
    for node in items(service.get("ports")):
        entry = _entry(node)
        if traits:
            said.append(left_out(node, f"it is on {_WHERE[traits[0]]}"))
        else:
            openings += _openings(entry)
            said += _said(entry)
    for node in items(service.get("expose")):
        first, last = _range(text(node).partition("/")[0], node)
        if last - first < _MOST:
            openings += [Opening(port, port if "host network" in traits else None) for port in range(first, last + 1)]
        said += _too_many(first, last, node) if last - first >= _MOST else [differs(node, _EXPOSED, once=True)]
    return Piece(
        config=config,
        openings=tuple(openings) if "no network" not in traits else (),
        called=called,
        traits=traits,
        notes=(*notes, *about_networks, *said),
    )


_ON_LOCALHOST = "what Compose's other services publish is at the overlay's address of their machine, not at localhost"
_WHERE: dict[Trait, str] = {"host network": "the machine's own network, where its ports are open anyway", "no network": "no network"}


def _network_mode(service: Composed) -> tuple[tuple[Trait, ...], tuple[Attribute, ...], tuple[Note, ...]]:
    node = service.get("network_mode")
    mode = text(node) if node is not None else "bridge"
    if node is None or mode in ("bridge", "default"):
        return (), (), ()
    if mode in ("host", "none"):
        trait: Trait = "host network" if mode == "host" else "no network"
        notes = (differs(node, _ON_LOCALHOST),) if mode == "host" and len(service.project.services) > 1 else ()
        return (trait,), (string("network_mode", mode),), notes
    return (), (), (left_out(node, NO_NETWORKS, once=True),)


def _networks(service: Composed) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """The names that the service has on its networks, and what is lost with them."""
    node = service.get("networks")
    if node is None:
        return (), ()
    called: list[str] = []
    only_default = all(name == "default" and not network.pairs for name, network in names(node))  # as a service has that names none
    notes = [] if only_default else [left_out(node, NO_NETWORKS, once=True)]
    for _, network in names(node):
        notes += unknown_keys(network, _NETWORK)
        for key, value in network.pairs:
            if key == "aliases":
                called += texts(value)
            elif key in _NETWORK:
                notes.append(left_out(value, "Nomad has no such networks", once=True))
    return tuple(called), tuple(notes)


def _entry(node: Node) -> _Entry:
    if isinstance(node, Map):
        return _long(node)
    written = text(node)
    found = _SHORT.fullmatch(written)
    if found is None:
        raise broken(node, f"takes a port such as 8080:80, not {written!r}")
    published = _range(found["host"], node) if found["host"] else None
    return _Entry(_range(found["to"], node), published, found["ip6"] or found["ip"] or "", found["protocol"] or "", "", node)


def _long(node: Map) -> _Entry:
    target = node.get("target")
    if target is None:
        raise broken(node, "lacks `target`")
    published, host_ip, protocol, name = (text(it) if (it := node.get(key)) is not None else "" for key in _LONG_TEXTS)
    return _Entry(_range(text(target), target), _range(published, node) if published else None, host_ip, protocol, name, node)


def _range(written: str, node: Node) -> tuple[int, int]:
    first, _, last = written.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        raise broken(node, f"takes a port, or first-last, not {written!r}")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= _HIGHEST:
        raise broken(node, f"takes ports from 1 to {_HIGHEST}, the lower first, not {written!r}")
    return low, high


def _openings(entry: _Entry) -> Iterator[Opening]:
    """A range in the container and on the machine is opened port by port; of several on the machine for one in it any is taken."""
    (first, last), published = entry.to, entry.published
    if last - first >= _MOST:
        return
    if published is not None and published[1] - published[0] != last - first:
        if last != first:
            raise broken(entry.node, "the two ranges must be equally long")
        published = None
    for port in range(first, last + 1):
        static = published[0] + port - first if published is not None else None
        yield Opening(port, static, entry.name if last == first else "")


def _said(entry: _Entry) -> Iterator[Note]:
    node, (first, last), published = entry.node, entry.to, entry.published
    yield from _too_many(first, last, node)
    yield differs(node, _ON_THE_OVERLAY, once=True)
    if entry.host_ip not in ("", "0.0.0.0", "::"):
        yield differs(node, f"opened on the overlay's address, not on {entry.host_ip}: others on the overlay reach it")
    if published is not None and first == last and published[0] != published[1]:
        yield differs(node, "opened at any free port of the machine, not one of the range")
    if entry.protocol not in ("", "tcp", "udp"):
        yield left_out(node, f"{entry.protocol}: Nomad opens a port for TCP and UDP")
    if isinstance(node, Map):
        yield from unknown_keys(node, _LONG)
        mode, protocol = node.get("mode"), node.get("app_protocol")
        if mode is not None and text(mode) == "ingress":
            yield differs(mode, _INGRESS, once=True)
        if protocol is not None:
            yield left_out(protocol, "Nomad's catalog has `tags` for that")


def _too_many(first: int, last: int, node: Node) -> Iterator[Note]:
    if last - first >= _MOST:
        said = f'Nomad opens ports one by one, and these are {last - first + 1}: take `network_mode = "host"` in the driver block'
        yield left_out(node, said)
