"""How services name each other, and in which order Compose starts them."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.importing.notes import Note, broken, left_out
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import items, names, pairs, text, texts, truth, unknown_keys
from simulacra.importing.stanzas import escaped_for_templates, quoted
from simulacra.importing.tree import Map, Node

KEYS = ("depends_on", "links", "extra_hosts", "container_name")

_CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")
_DEPENDENCY = ("condition", "required", "restart")


def calling(service: Composed) -> Piece:
    """Whom it calls and follows, what others call it, and hosts of its own."""
    follows, about_order = _order(service)
    links = tuple(_links(service))
    name = service.get("container_name")
    notes = list(about_order)
    if name is not None:
        notes.append(left_out(name, "Nomad names containers by task and allocation", once=True))
    return Piece(
        hosts=tuple(quoted(escaped_for_templates(it)) for it in _hosts(service.get("extra_hosts"))),
        links=links,
        follows=follows,
        called=(text(name),) if name is not None else (),
        notes=tuple(notes),
    )


def _order(service: Composed) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    node = service.get("depends_on")
    if node is None:
        return (), ()
    known = {name for name, _ in service.project.services}
    follows: list[str] = []
    notes: list[Note] = []
    for name, entry in names(node):
        notes += unknown_keys(entry, _DEPENDENCY)
        condition, required, restart = (entry.get(key) for key in _DEPENDENCY)
        when = text(condition) if condition is not None else _CONDITIONS[0]
        if when not in _CONDITIONS:
            raise broken(entry, f"takes one of {', '.join(_CONDITIONS)}, not {when!r}")
        if name not in known and (required is None or truth(required)):
            raise broken(entry, f"there is no service {name!r}")
        if restart is not None and truth(restart):
            notes.append(left_out(restart, f"Nomad starts it again only where the address of {name!r} changes"))
        if when == _CONDITIONS[2]:
            said = f'Nomad doesn\'t wait for the end of {name!r}; make it a task of this service with `lifecycle {{ hook = "prestart" }}`'
            notes.append(left_out(entry, said))
        elif name in known:
            follows.append(name)
    if follows:
        notes.append(left_out(node, _no_order(service, follows)))
    return tuple(follows), tuple(notes)


def _no_order(service: Composed, follows: list[str]) -> str:
    services = ", ".join(f'"{service.project.grid_names[name]}"' for name in follows)
    return (
        "Nomad starts services in no order, and again if they fail; to hold it back until the others run, "
        f"write `needs {{ services = [{services}] }}` (it takes a grid that acts)"
    )


def _links(service: Composed) -> Iterator[tuple[str, str]]:
    known = {name for name, _ in service.project.services}
    for node in items(service.get("links")):
        name, _, alias = text(node).partition(":")
        if name not in known:
            raise broken(node, f"there is no service {name!r}")
        yield alias or name, name


def _hosts(node: Node | None) -> Iterator[str]:
    """``name:address`` of each; a list may also have ``name=address``, a map several addresses of a name."""
    if isinstance(node, Map):
        for name, addresses in node.pairs:
            yield from (f"{name}:{_bare(address)}" for address in texts(addresses))
        return
    for pair in pairs(node):
        name, address = (pair.key, pair.value) if pair.value is not None else (*pair.key.split(":", 1), "")[:2]
        if not address:
            raise broken(pair.node, f"takes name:address, not {pair.key!r}")
        yield f"{name}:{_bare(address)}"


def _bare(address: str) -> str:
    return address.removeprefix("[").removesuffix("]")
