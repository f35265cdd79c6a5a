"""A Compose file as a whole: its services with what they share."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from simulacra.importing.notes import Broken, Note, left_out
from simulacra.importing.reading import is_null, items, mapping, names, pairs, text, truth, unknown_keys
from simulacra.importing.tree import Map, Node

READ_FLAT = "merge it first: `docker compose config > flat.yaml`, then import that"
NO_NETWORKS = "Nomad has no such networks; every machine of the overlay reaches what is opened on it"
_ON_ONE = re.compile(r"\s*node\.hostname\s*==\s*(\S+)\s*")
_ENDED = "service_completed_successfully"
_LONGEST = 63
"""Of a service's name in the grid."""
_TOP_LEVEL = ("version", "name", "include", "services", "networks", "volumes", "secrets", "configs", "models")
_VOLUME = ("name", "driver", "driver_opts", "external", "labels")
_FILE = ("name", "content", "environment", "file", "external", "labels", "driver", "driver_opts", "template_driver")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a Compose file comes from, and what was asked for.

    ``file`` is its name for people; ``folder`` the absolute path of the folder that its own paths are relative to, ``home`` the user's.
    ``read`` gives a file's bytes, or None where there is none; ``shell`` are the variables of the environment. ``prefix`` goes before
    each service's name; ``machine`` is where services with data on a machine are to stay.
    """

    file: str
    folder: str
    home: str
    read: Callable[[str], bytes | None]
    shell: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] = ()
    profiles: frozenset[str] = frozenset()
    prefix: str = ""
    machine: str | None = None

    def path(self, written: str) -> str:
        """A path of the file's as an absolute one of this machine's."""
        if written == "~" or written.startswith("~/"):
            written = self.home + written[1:]
        return posixpath.normpath(posixpath.join(self.folder, written))

    def text(self, written: str) -> str | None:
        """The text of a file of variables, given its path; None where there is none. Raises `Broken` for what isn't text."""
        content = self.read(self.path(written))
        try:
            return content.decode("utf-8-sig") if content is not None else None
        except UnicodeDecodeError:
            raise Broken(1, "isn't UTF-8 text: save it as UTF-8", written) from None


@dataclass(frozen=True, slots=True)
class Volume:
    """``name`` is Docker's name for it."""

    name: str
    driver: str = ""
    options: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """``variables`` are those of the environment and ``.env``; ``grid_names`` are the services' names in the grid; ``files`` are the
    configs and secrets by kind and name, as they stand in the file; ``awaited`` are services for whose end others wait.
    """

    name: str
    settings: Settings
    variables: Mapping[str, str]
    services: tuple[tuple[str, Map], ...]
    grid_names: Mapping[str, str]
    volumes: Mapping[str, Volume]
    files: Mapping[tuple[str, str], Map]
    awaited: frozenset[str]


@dataclass(frozen=True, slots=True)
class Composed:
    """One service as the file has it."""

    name: str
    keys: Map
    project: Project

    @property
    def grid_name(self) -> str:
        return self.project.grid_names[self.name]

    @property
    def everywhere(self) -> bool:
        """Whether it runs on every machine, and so with what each of them has."""
        return self._mode.startswith("global")

    @property
    def ends(self) -> bool:
        """Whether it is work that comes to an end: as it says itself, or as another service waits for."""
        return self._mode.endswith("-job") or self.name in self.project.awaited

    @property
    def placed(self) -> str | None:
        """The machine that its own placement names."""
        rules = items(mapping(mapping(self.get("deploy")).get("placement")).get("constraints"))
        named = [found[1] for rule in rules if (found := _ON_ONE.fullmatch(text(rule)))]
        return named[0] if named else None

    @property
    def machine(self) -> str | None:
        """The machine that it stays on, if something of it is on one; None where nobody says."""
        return self.placed or self.project.settings.machine

    @property
    def _mode(self) -> str:
        mode = mapping(self.get("deploy")).get("mode")
        return text(mode) if mode is not None else ""

    def get(self, key: str) -> Node | None:
        """The value of one of its keys; None where there is none, or nothing in it."""
        value = self.keys.get(key)
        return None if is_null(value) else value


def read_project(root: Node, name: str, settings: Settings, variables: Mapping[str, str]) -> tuple[Project, tuple[Note, ...]]:
    """The project of that name of a file whose variables are filled in; raises `Broken` where it isn't one."""
    if not isinstance(root, Map):
        raise Broken(root.line, "isn't a Compose file: that is a map with `services:`")
    services = mapping(root.get("services"))
    if not services.pairs:
        raise Broken(root.line, "has no `services:`, or none in them: there is nothing to import")
    project = Project(
        name,
        settings,
        variables,
        tuple((key, mapping(value)) for key, value in services.pairs),
        grid_names(tuple(key for key, _ in services.pairs), settings.prefix),
        {key: _volume(name, key, mapping(value)) for key, value in mapping(root.get("volumes")).pairs},
        {(kind, key): mapping(value) for kind in ("configs", "secrets") for key, value in mapping(root.get(kind)).pairs},
        frozenset(name for _, value in services.pairs for name in _awaited(mapping(value).get("depends_on"))),
    )
    return project, tuple(_notes(root))


def project_name(given: str) -> str:
    """A project's name as Compose makes it of any text: its volumes are called after it."""
    return "".join(it for it in given.lower() if it.isascii() and (it.isalnum() or it in "-_")).lstrip("-_") or "project"


def _awaited(node: Node | None) -> Iterator[str]:
    for name, entry in names(node) if isinstance(node, Map) else ():
        condition = entry.get("condition")
        if condition is not None and text(condition) == _ENDED:
            yield name


def grid_names(services: tuple[str, ...], prefix: str) -> dict[str, str]:
    """What each service is called in the grid: lower case letters, digits and dashes, and each name once."""
    found: dict[str, str] = {}
    for name in services:
        whole = re.sub(r"[^a-z0-9]+", "-", (prefix + name).lower()).strip("-")[:_LONGEST].strip("-") or "service"
        number = next(it for it in count(1) if _numbered(whole, it) not in found.values())
        found[name] = _numbered(whole, number)
    return found


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name[: _LONGEST - 4]}-{number}"


def outer_name(found: Map, default: str) -> str:
    """What a volume, config or secret is called outside of the file; ``default`` where it isn't said."""
    external = found.get("external")
    older = external.get("name") if isinstance(external, Map) else None
    named = found.get("name") or older
    return text(named) if named is not None else default


def is_external(found: Map) -> bool:
    """Whether it exists beside Compose."""
    external = found.get("external")
    return external is not None and (isinstance(external, Map) or truth(external))


def _volume(project: str, key: str, found: Map) -> Volume:
    name = outer_name(found, key if is_external(found) else f"{project}_{key}")
    driver = found.get("driver")
    options = tuple((pair.key, pair.value or "") for pair in pairs(found.get("driver_opts")))
    labels = tuple((pair.key, pair.value or "") for pair in pairs(found.get("labels")))
    return Volume(name, text(driver) if driver is not None else "", options, labels)


def _notes(root: Map) -> Iterator[Note]:
    """What of the file's upper levels isn't carried over."""
    yield from unknown_keys(root, _TOP_LEVEL)
    for _, volume in mapping(root.get("volumes")).pairs:
        yield from unknown_keys(mapping(volume), _VOLUME)
    for kind in ("configs", "secrets"):
        for _, file in mapping(root.get(kind)).pairs:
            yield from unknown_keys(mapping(file), _FILE)
            yield from _drivers(mapping(file))
    for included in items(root.get("include")):
        yield left_out(included, READ_FLAT)
    for name, network in mapping(root.get("networks")).pairs:
        if not is_null(network) and not (name == "default" and set(dict(mapping(network).pairs)) <= {"name"}):
            yield left_out(network, NO_NETWORKS, once=True)
    models = root.get("models")
    if models is not None:
        yield left_out(models, "Nomad runs no models; make a service of what serves them")


def _drivers(file: Map) -> Iterator[Note]:
    for key in ("driver", "driver_opts", "template_driver", "labels"):
        value = file.get(key)
        if value is not None:
            yield left_out(value, "Nomad's own templates write the file")
