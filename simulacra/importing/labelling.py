"""Labels of the container: `labels`, `label_file` and, for want of a swarm's services, `deploy.labels`."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.importing.dotenv import read_dotenv
from simulacra.importing.notes import Note, broken, differs
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import mapping, pairs, texts
from simulacra.importing.stanzas import escaped_for_templates, table

KEYS = ("labels", "label_file")

_TRAEFIK = "traefik."
_ONE_MACHINE = (
    "Traefik's docker provider sees the containers of its own machine only: for services elsewhere give it the provider `nomad`, "
    "and write `tags` instead of labels"
)


def labelling(service: Composed) -> Piece:
    """The driver's `labels`."""
    deployed = mapping(service.get("deploy")).get("labels")
    found = dict(_from_files(service))
    notes: list[Note] = []
    for node in (deployed, service.get("labels")):
        found |= {pair.key: pair.value or "" for pair in pairs(node)}
        if node is not None and any(pair.key.startswith(_TRAEFIK) for pair in pairs(node)):
            notes.append(differs(node, _ONE_MACHINE, once=True))
    if deployed is not None:
        notes.append(differs(deployed, "labels of a swarm's service were put on its containers"))
    labels = table("labels", ((key, escaped_for_templates(value)) for key, value in found.items()))
    return Piece(config=(labels,) if found else (), notes=tuple(notes))


def _from_files(service: Composed) -> Iterator[tuple[str, str]]:
    node = service.get("label_file")
    for path in texts(node) if node is not None else ():
        content = service.project.settings.text(path)
        if content is None:
            assert node is not None
            raise broken(node, f"the file {path!r} can't be read: bring it here, or take the line out")
        yield from read_dotenv(content, path, service.project.variables)
