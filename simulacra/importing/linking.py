"""Services that call each other by name. Compose's network answers names; Nomad has a catalog instead, and no network of that kind.

So the container's own table of hosts gets the name, with the address from the catalog, which a template keeps current; and whoever is
called opens the port that it is called at on the overlay, at the same number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from simulacra.importing.notes import Note, differs, left_out
from simulacra.importing.piece import Opening, Piece, joined
from simulacra.importing.stanzas import Block, Stanza, document, filled, given
from simulacra.importing.stanzas import text as string
from simulacra.importing.well_known import SCHEME_PORTS, image_port

_NOBODY = "192.0.2.1"
"""An address that is never anybody's (RFC 5737): where a service is, as long as it is nowhere."""
_HOST_KEYS = re.compile(r"HOST|SERVER|ADDR|URL|URI|DSN|ENDPOINT|BROKER|UPSTREAM|BACKEND", re.IGNORECASE)
"""Names of variables whose value may be a bare name of a host."""
_BEFORE = r"(?<![\w.-])"
_LOWEST, _HIGHEST = 21, 65535
"""Below, a number behind a name is rather the version of an image, as in ``redis:7``."""
_SSH = 22
_CALLED_BY_NOBODY = frozenset(("ends", "host network", "no network"))
_NO_PORT = "opens no port, and the file doesn't say that others call it: if they do, add `expose` here and `links` there, and import again"


@dataclass(frozen=True, slots=True)
class Linked:
    """One service as far as others are concerned: its names, its name in the catalog, its image, where it stands in the file."""

    name: str
    names: tuple[str, ...]
    catalog_name: str
    image: str
    line: int
    path: str
    piece: Piece


@dataclass(frozen=True, slots=True)
class _Call:
    """``host`` is the name that the caller uses; ``ports`` are those that it calls the target at, as far as anything tells."""

    caller: str
    target: str
    host: str
    ports: frozenset[int]


def link(services: Iterable[Linked]) -> dict[str, Piece]:
    """The pieces by the services' names, with what lets each be called by the others."""
    known = {it.name: it for it in services}
    calls = [call for it in known.values() for call in _calls(it, known)]
    opened = {name: _opened(it, [call for call in calls if call.target == name], alone=len(known) == 1) for name, it in known.items()}
    return {
        name: joined((piece, _hosts([call for call in calls if call.caller == name], known), _rivals(known[name], opened)))
        for name, piece in opened.items()
    }


def _calls(caller: Linked, known: Mapping[str, Linked]) -> Iterator[_Call]:
    """Whom a service calls: as its variables and commands say, whom it is linked to, and whom it follows."""
    if set(caller.piece.traits) & {"host network", "no network"}:
        return  # there, Compose answers no names either
    sure = {*(name for _, name in caller.piece.links), *caller.piece.follows}
    for target in known.values():
        if target.name == caller.name or "no network" in target.piece.traits:
            continue
        said = {(host, port) for host in target.names for port in _mentioned(caller.piece, host, target.name in sure)}
        said |= {(alias, None) for alias, name in caller.piece.links if name == target.name}
        if target.name in caller.piece.follows and _listens(target) is not None:
            said.add((target.name, None))
        ports = {port for _, port in said if port is not None} or {it for it in (_listens(target),) if it is not None}
        yield from (_Call(caller.name, target.name, host, frozenset(ports)) for host in sorted({host for host, _ in said}))


def _mentioned(piece: Piece, host: str, sure: bool) -> Iterator[int | None]:
    """The ports at which a host is called in variables and commands; ``sure``: its bare name means it, too."""
    name = re.escape(host)
    at_port = re.compile(rf"{_BEFORE}{name}:([0-9]{{2,5}})(?![\w.@])")
    as_words = re.compile(rf"{_BEFORE}{name} ([0-9]{{2,5}})(?![\w.@])")
    option = re.compile(rf"(?:^|\s)(?:-h|--host)[= ]?{name}(?![\w.:-])")
    in_url = re.compile(rf"\b([a-z][a-z0-9]*)(?:\+[a-z0-9]+)*://(?:[^/@\s]*@)?{name}(?![\w.:-])")
    command = " ".join(piece.words)
    for text in (*(value for _, value in piece.environment), command):
        yield from (port for found in at_port.finditer(text) if _LOWEST <= (port := int(found[1])) <= _HIGHEST)
        yield from (SCHEME_PORTS.get(found[1]) for found in in_url.finditer(text))
    yield from (port for found in as_words.finditer(command) if _LOWEST <= (port := int(found[1])) <= _HIGHEST)
    by_name = any(value == host and (sure or _HOST_KEYS.search(key)) for key, value in piece.environment)
    if by_name or option.search(command) or (sure and host in piece.words):
        yield None


def _listens(service: Linked) -> int | None:
    """The port that a call without one means: its image's, if everybody knows that, else the first that it opens."""
    first = next((it.to for it in service.piece.openings), None)
    return image_port(service.image) or first


def _opened(service: Linked, calls: list[_Call], alone: bool) -> Piece:
    """The service with the ports open at which others call it; ``alone``: there are no others."""
    wanted = {port for call in calls for port in call.ports}
    there = {it.to for it in service.piece.openings if it.static == it.to}
    fresh = sorted(wanted - there - {_SSH})
    callers = ", ".join(sorted({call.caller for call in calls}))
    notes: list[Note] = []
    if fresh:
        said = f"opened at {_listed(fresh)} on the overlay, where {callers} look{'s' if ',' not in callers else ''} for it: "
        notes.append(differs(service, f"{said}every machine of the overlay reaches it"))
    if calls and not wanted:
        said = f"{callers} can't reach it: nothing says at which port it listens; add it to `expose`"
        notes.append(left_out(service, said))
    if _SSH in wanted - there:
        notes.append(left_out(service, f"{callers} can't reach it at port {_SSH}, which is the machine's own: publish it at another one"))
    if not (alone or calls or service.piece.openings or set(service.piece.traits) & _CALLED_BY_NOBODY):
        notes.append(differs(service, _NO_PORT, once=True))
    kept = tuple(it for it in service.piece.openings if it.static is not None or it.to not in fresh)
    openings = (*kept, *(Opening(port, port) for port in fresh))
    return replace(service.piece, openings=openings, notes=(*service.piece.notes, *notes))


def _rivals(service: Linked, opened: Mapping[str, Piece]) -> Piece:
    """A note where services of the file take the same port of a machine; Compose would have told it only of published ones."""
    taken = {it.static for it in opened[service.name].openings if it.static is not None}
    others = [name for name, piece in opened.items() if name < service.name and taken & {it.static for it in piece.openings}]
    said = f"takes a port of the machine that {', '.join(others)} takes, too: they can't be on the same one"
    return Piece(notes=(differs(service, said),) if others else ())


def _listed(ports: list[int]) -> str:
    return f"port {ports[0]}" if len(ports) == 1 else f"the ports {', '.join(map(str, ports))}"


def _hosts(calls: list[_Call], known: Mapping[str, Linked]) -> Piece:
    """Names in the container's table of hosts, and the template that knows their addresses."""
    hosts = sorted({(call.host, call.target) for call in calls if call.ports})
    if not hosts:
        return Piece()
    entries = tuple(filled("", f"{host}:${{{_variable(known[target])}}}").hcl for host, target in hosts)
    targets = [known[name] for name in sorted({target for _, target in hosts})]
    lines = "".join(f"{_variable(it)}={_address(it)}\n" for it in targets)
    template: tuple[Stanza, ...] = (string("destination", "local/addresses.env"), given("env", True), document("data", lines))
    why = f"where the others are, as Nomad's catalog has it; {_NOBODY} is nobody's address"
    return Piece(hosts=entries, task=(Block("template", template, why=why),))


def _variable(service: Linked) -> str:
    return f"ADDRESS_OF_{service.catalog_name.upper().replace('-', '_')}"


def _address(service: Linked) -> str:
    """The address of one instance, the same as long as it is there."""
    chosen = f'nomadService 1 (env "NOMAD_ALLOC_ID") "{service.catalog_name}"'
    return f"{{{{ range {chosen} }}}}{{{{ .Address }}}}{{{{ else }}}}{_NOBODY}{{{{ end }}}}"
