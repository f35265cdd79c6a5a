"""A service's pieces as the definition that a grid takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.importing.notes import Note
from simulacra.importing.piece import Health, Opening, Piece
from simulacra.importing.stanzas import Attribute, Block, Stanza, filled, given, listed, table, texts
from simulacra.importing.stanzas import text as string
from simulacra.importing.well_known import PORT_NAMES

_IDENTIFIER_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_LONGEST_PORT_NAME = 40
_EVERYWHERE_ALLOWED = {
    "mounts": ("volumes", "Docker may mount what is on the machine"),
    "privileged": ("privileged", "Docker may run privileged containers"),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One service of the grid: ``body`` stands in its block, ``line`` is where it is in the Compose file."""

    name: str
    line: int
    body: tuple[Stanza, ...]


def definition(name: str, line: int, piece: Piece, machine: str | None) -> tuple[Definition, tuple[Note, ...]]:
    """The definition, and what of the pieces found no place; ``machine`` is where it is to stay if something of it is on one."""
    ports = _named(piece.openings)
    checks, notes = _checks(piece, ports)
    body: tuple[Stanza, ...] = (
        *piece.head,
        *_moves(piece),
        Block("driver", _config(piece, ports), label="docker"),
        Block("resources", piece.resources),
        *(_port(port, opening, "host network" in piece.traits, checks.get(port, ())) for port, opening in ports),
        *_group(piece, machine),
        *_task(name, piece),
    )
    return Definition(name, line, body), notes


def _moves(piece: Piece) -> Iterator[Attribute]:
    if "stays" in piece.traits and not {"ends", "everywhere"} & set(piece.traits):
        yield string("moves", "never", "what it needs is on one machine")


def _config(piece: Piece, ports: tuple[tuple[str, Opening], ...]) -> tuple[Stanza, ...]:
    """The driver's body: attributes first, as they are read most."""
    names = [name for name, _ in ports]
    attributes = [it for it in piece.config if isinstance(it, Attribute)]
    if names and "host network" not in piece.traits:
        attributes.insert(1, texts("ports", names))
    if piece.hosts:
        attributes.append(listed("extra_hosts", dict.fromkeys(piece.hosts)))
    return (*attributes, *(it for it in piece.config if isinstance(it, Block)))


def _named(openings: tuple[Opening, ...]) -> tuple[tuple[str, Opening], ...]:
    """Each opening once (Nomad opens a port for TCP and UDP alike), with a name that the grid takes."""
    found: dict[str, Opening] = {}
    there: set[tuple[int, int | None]] = set()
    for opening in openings:
        if (opening.to, opening.static) in there:
            continue
        there.add((opening.to, opening.static))
        wanted = (_port_name(opening.name), PORT_NAMES.get(opening.to, ""), f"port_{opening.to}", f"port_{opening.to}_{opening.static}")
        found[next(name for name in (*wanted, f"port_{len(found)}_{opening.to}") if name and name not in found)] = opening
    return tuple(found.items())


def _port_name(text: str) -> str:
    name = "".join(it if it in _IDENTIFIER_CHARACTERS else "_" for it in text)[:_LONGEST_PORT_NAME].strip("_")
    return name if name[:1].isalpha() else ""


def _port(name: str, opening: Opening, on_the_machine: bool, checks: tuple[Block, ...]) -> Block:
    static = [given("static", opening.static)] if opening.static is not None else []
    inside = [given("to", opening.to)] if not on_the_machine else []
    return Block("port", (*static, *inside, *checks), label=name)


def _checks(piece: Piece, ports: tuple[tuple[str, Opening], ...]) -> tuple[dict[str, tuple[Block, ...]], tuple[Note, ...]]:
    """Checks by the port they ask at."""
    found: dict[str, tuple[Block, ...]] = {}
    notes: list[Note] = []
    for health in piece.health:
        port = _asked(health, ports)
        if port is None:
            notes.append(health.note)
        else:
            found[port] = (*found.get(port, ()), Block("check", health.body))
            notes += health.notes
    return found, tuple(notes)


def _asked(health: Health, ports: tuple[tuple[str, Opening], ...]) -> str | None:
    return next((name for name, opening in ports if health.port is None or opening.to == health.port), None)


def _group(piece: Piece, machine: str | None) -> Iterator[Block]:
    rules = [_allowed(*_EVERYWHERE_ALLOWED[trait]) for trait in dict.fromkeys(piece.traits) if trait in _EVERYWHERE_ALLOWED]
    if machine is not None and "stays" in piece.traits:
        rules.append(
            Block("constraint", (filled("attribute", "${node.unique.name}"), string("value", machine)), why="what it needs is there")
        )
    body = (*rules, *piece.group)
    if body:
        yield Block("group", body)


def _allowed(setting: str, what: str) -> Block:
    rule = (filled("attribute", f"${{attr.driver.docker.{setting}.enabled}}"), string("operator", "is_set"))
    return Block("constraint", rule, why=f"where {what}")


def _task(name: str, piece: Piece) -> Iterator[Block]:
    """The task's own stanzas: its variables as a block, or as a map where one has a name that a block doesn't take."""
    variables = dict(piece.environment)
    body: list[Stanza] = [it for it in piece.task if isinstance(it, Attribute)]
    if all(_is_identifier(key) for key in variables):
        body += [Block("env", tuple(string(key, value) for key, value in variables.items()))] if variables else []
    else:
        body.append(table("env", variables.items()))
    body += [it for it in piece.task if isinstance(it, Block)]
    if body:
        yield Block("task", tuple(body), label=name)


def _is_identifier(text: str) -> bool:
    return bool(text) and not text[0].isdigit() and set(text) <= _IDENTIFIER_CHARACTERS
