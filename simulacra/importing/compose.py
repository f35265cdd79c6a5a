"""A Docker Compose file to definitions of services, with a note for every line that they don't carry as it stands there."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulacra.faults import Usage
from simulacra.importing import (
    calling,
    deploying,
    environment,
    files,
    health,
    labelling,
    mounts,
    plain_keys,
    ports,
    process,
    resources,
    restarting,
)
from simulacra.importing.definition import Definition, definition
from simulacra.importing.dotenv import read_dotenv
from simulacra.importing.interpolation import interpolate
from simulacra.importing.linking import Linked, link
from simulacra.importing.notes import Broken, Note, differs, left_out, on_one_line, shown
from simulacra.importing.piece import Piece, joined
from simulacra.importing.project import READ_FLAT, Composed, Project, Settings, project_name, read_project
from simulacra.importing.reading import text, texts, unknown_keys
from simulacra.importing.tree import Map, Node, read_yaml
from simulacra.model.problem import Problem

_TOPICS: tuple[Callable[[Composed], Piece], ...] = (
    process.image,
    process.process,
    plain_keys.carried,
    plain_keys.logging,
    plain_keys.without,
    environment.environment,
    ports.ports,
    mounts.mounts,
    files.files,
    resources.resources,
    resources.devices,
    deploying.deploying,
    restarting.restarting,
    labelling.labelling,
    health.health,
    calling.calling,
)
"""Each makes its part of a definition of some of a service's keys."""
SERVICE_KEYS: tuple[str, ...] = (
    *process.IMAGE_KEYS,
    *process.PROCESS_KEYS,
    *plain_keys.CARRIED,
    *plain_keys.LEFT_OUT,
    *environment.KEYS,
    *ports.KEYS,
    *mounts.KEYS,
    *files.KEYS,
    *resources.KEYS,
    *deploying.KEYS,
    *restarting.KEYS,
    *labelling.KEYS,
    *health.KEYS,
    *calling.KEYS,
    "logging",
    "profiles",
)
"""All keys that a service may have."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file; the notes are in the order of its lines."""

    definitions: tuple[Definition, ...]
    notes: tuple[Note, ...]


def import_compose(content: str, settings: Settings) -> Imported:
    """The services that Compose would start, as definitions.

    Raises `Usage` with everything that Compose wouldn't take either, each with its line.
    """
    problems: list[Problem] = []
    try:
        project, notes = _project(content, settings)
        chosen, skipped = _chosen(project)
        pieces = [(service, _piece(service, problems)) for service in chosen]
    except Broken as error:
        problems.append(_problem(error, settings.file))
    if problems:
        raise Usage("\n".join(map(str, sorted(problems))))
    by_name = link(_linked(service, piece) for service, piece in pieces)
    made = [definition(service.grid_name, service.keys.line, by_name[service.name], _pinned(service)) for service in chosen]
    told = [note for piece in by_name.values() for note in piece.notes]
    return Imported(tuple(it for it, _ in made), shown((*notes, *skipped, *told, *(note for _, said in made for note in said))))


def _project(content: str, settings: Settings) -> tuple[Project, tuple[Note, ...]]:
    root = read_yaml(content)
    variables = _variables(settings)
    variables.setdefault("COMPOSE_PROJECT_NAME", _name(root, settings, variables))
    filled, unset = interpolate(root, variables)
    project, notes = read_project(filled, project_name(variables["COMPOSE_PROJECT_NAME"]), settings, variables)
    return project, (*unset, *notes)


def _name(root: Node, settings: Settings, variables: Mapping[str, str]) -> str:
    """The project's name as the file says it, else that of its folder."""
    given = root.get("name") if isinstance(root, Map) else None
    return project_name(text(interpolate(given, variables)[0]) if given is not None else posixpath.basename(settings.folder))


def _variables(settings: Settings) -> dict[str, str]:
    """The environment's variables over those of ``.env``, or of the files that take its place."""
    found: dict[str, str] = {}
    for path in settings.env_files or (".env",):
        content = settings.text(path)
        if content is not None:
            found |= dict(read_dotenv(content, path, {**found, **settings.shell}))
        elif settings.env_files:
            raise Broken(0, "there is no such file: name another one with --env-file", path)
    return {**found, **settings.shell}


def _chosen(project: Project) -> tuple[tuple[Composed, ...], tuple[Note, ...]]:
    """The services that Compose would start, and why others are left out."""
    chosen: list[Composed] = []
    notes: list[Note] = []
    for name, keys in project.services:
        service = Composed(name, keys, project)
        why = _why_not(service)
        if why is not None:
            notes.append(why)
            continue
        chosen.append(service)
        notes += unknown_keys(keys, SERVICE_KEYS)
        if service.grid_name != f"{project.settings.prefix}{name}":
            notes.append(differs(keys, f"is called {service.grid_name!r} in the grid"))
    return tuple(chosen), tuple(notes)


def _why_not(service: Composed) -> Note | None:
    profiles, extends, provider = service.get("profiles"), service.get("extends"), service.get("provider")
    active = service.project.settings.profiles | {*service.project.variables.get("COMPOSE_PROFILES", "").split(",")}
    if profiles is not None and not active & {*texts(profiles), "*"}:
        named = " or ".join(f"--profile {name}" for name in texts(profiles))
        return left_out(profiles, f"Compose starts it with its profile only: import it with {named}")
    if (mode := service.get("network_mode")) is not None and text(mode).startswith(plain_keys.OTHERS):
        return left_out(mode, _shared(service, text(mode)))
    whole = service.get("image") is not None or service.get("build") is not None
    for node, said in ((extends, READ_FLAT), (provider, plain_keys.LEFT_OUT["provider"])):
        if node is not None and not whole:
            return left_out(node, said)
    return None


def _shared(service: Composed, mode: str) -> str:
    """Why a service isn't there that is on another's network: on one of its own it could tell the world what it shouldn't."""
    other = service.project.grid_names.get(mode.partition(":")[2], "NAME")
    return (
        "Nomad shares a network between the tasks of one service only, so this one isn't imported: write it as a further task of "
        f'service "{other}", with `network_mode = "container:{other}-${{NOMAD_ALLOC_ID}}"` in its `config`'
    )


def _piece(service: Composed, problems: list[Problem]) -> Piece:
    """All that the topics make of the service; what Compose wouldn't take is added to the problems."""
    found: list[Piece] = []
    for topic in _TOPICS:
        try:
            found.append(topic(service))
        except Broken as error:
            at = error if error.line else Broken(service.keys.line, f"{service.keys.path}: {error.message}", error.file)
            problems.append(_problem(at, service.project.settings.file))
    return joined(found)


def _pinned(service: Composed) -> str | None:
    """Where it must be kept: its own placement says so already, and what runs everywhere has what each machine has."""
    return None if service.placed or service.everywhere else service.machine


def _problem(error: Broken, file: str) -> Problem:
    return Problem(error.file or file, error.line, on_one_line(error.message))


def _linked(service: Composed, piece: Piece) -> Linked:
    image = service.get("image")
    names = tuple(dict.fromkeys((service.name, *piece.called)))
    return Linked(
        service.name, names, service.grid_name, text(image) if image is not None else "", service.keys.line, service.keys.path, piece
    )
