"""What is mounted into a container: `volumes` and `tmpfs`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.importing.amounts import in_bytes
from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Piece, Trait
from simulacra.importing.project import Composed, Volume
from simulacra.importing.reading import file_mode, items, mapping, pairs, text, texts, truth, unknown_keys
from simulacra.importing.stanzas import Attribute, Block, Stanza, escaped_for_templates, given, table
from simulacra.importing.stanzas import text as string
from simulacra.importing.stanzas import texts as strings
from simulacra.importing.tree import Map, Node, Scalar

KEYS = ("volumes", "tmpfs")

_LONG = ("type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs", "image")
_INNER = {
    "bind": ("propagation", "create_host_path", "recursive", "selinux"),
    "volume": ("labels", "nocopy", "subpath"),
    "tmpfs": ("size", "mode"),
    "image": ("subpath",),
}
_NOTHING = Map((), 0, "")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_MODES = frozenset(("ro", "rw", "z", "Z", "nocopy"))
_PROPAGATIONS = frozenset(("shared", "slave", "private", "rshared", "rslave", "rprivate"))
_CONSISTENCIES = frozenset(("cached", "delegated", "consistent"))
"""They mean nothing on Linux."""
_ON_EACH_MACHINE = (
    "/dev", "/etc/group", "/etc/hostname", "/etc/hosts", "/etc/localtime", "/etc/machine-id", "/etc/os-release", "/etc/passwd",
    "/etc/pki", "/etc/resolv.conf", "/etc/ssl", "/etc/timezone", "/lib/modules", "/proc", "/run", "/sys", "/tmp",
    "/usr/share/zoneinfo", "/var/lib/docker", "/var/log", "/var/run",
)  # fmt: skip
"""Files and folders that any machine has of its own: what is mounted from them isn't the service's data."""
_ELSEWHERE = ("9p", "ceph", "cifs", "glusterfs", "nfs", "nfs4", "smb3", "tmpfs")
"""File systems whose contents aren't on the machine's own disks."""
_SOCKET = re.compile(r".*/docker\.sock")
_ALLOWED = 'mounts work only where the agent\'s configuration has `plugin "docker" { config { volumes { enabled = true } } }`'


@dataclass(frozen=True, slots=True)
class _Mount:
    """One entry of `volumes`; ``modes`` are the short form's options, ``inner`` is what the long form's block of that type says."""

    type: str
    source: str
    target: str
    read_only: bool
    node: Node
    modes: tuple[str, ...] = ()
    inner: Map = _NOTHING


@dataclass(frozen=True, slots=True)
class _Made:
    """What one entry becomes: ``binds`` are entries of the driver's `volumes`."""

    binds: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    traits: tuple[Trait, ...] = ()
    notes: tuple[Note, ...] = ()


def mounts(service: Composed) -> Piece:
    """The driver's mounts."""
    made = [_made(service, mount) for node in items(service.get("volumes")) for mount in _mount(node)]
    temporary = service.get("tmpfs")
    if temporary is not None:
        made += [_tmpfs(mount, mount.modes) for mount in _temporary(temporary)]
    binds = [bind for it in made for bind in it.binds]
    return Piece(
        config=(*([strings("volumes", binds)] if binds else []), *(block for it in made for block in it.blocks)),
        traits=tuple(trait for it in made for trait in it.traits),
        notes=(*_unknown(service), *(note for it in made for note in it.notes)),
    )


def _mount(node: Node) -> Iterator[_Mount]:
    """The entry, unless it is of a kind that Nomad's docker driver doesn't have (see `_unknown`)."""
    if isinstance(node, Map):
        kind, source, target, read_only = (node.get(key) for key in ("type", "source", "target", "read_only"))
        if kind is None or target is None:
            raise broken(node, f"lacks `{'type' if kind is None else 'target'}`")
        name = text(kind)
        inner = mapping(node.get(name)) if name in _INNER else _NOTHING
        if name in ("bind", "volume", "tmpfs"):
            where = text(source) if source is not None else ""
            yield _Mount(name, where, text(target), read_only is not None and truth(read_only), node, inner=inner)
        return
    written = text(node)
    if _WINDOWS.match(written):
        raise broken(node, "is a path of Windows: name one of Linux")
    source_path, colon, rest = written.partition(":")
    if not colon:
        yield _Mount("volume", "", source_path, False, node)
        return
    target_path, _, options = rest.partition(":")
    modes = tuple(it for it in options.split(",") if it)
    kind_of = "bind" if source_path.startswith((".", "/", "~")) else "volume"
    yield _Mount(kind_of, source_path, target_path, "ro" in modes, node, modes)


def _unknown(service: Composed) -> Iterator[Note]:
    """Entries and keys of the long form that nothing is made of."""
    for node in items(service.get("volumes")):
        if not isinstance(node, Map):
            continue
        yield from unknown_keys(node, _LONG)
        kind, consistency = node.get("type"), node.get("consistency")
        if kind is not None and text(kind) not in ("bind", "volume", "tmpfs"):
            yield left_out(node, f"Nomad's docker driver has no mounts of type {text(kind)}")
        if consistency is not None:
            yield left_out(consistency, "it means nothing on Linux")
        for name, known in _INNER.items():
            yield from unknown_keys(mapping(node.get(name)), known)


def _made(service: Composed, mount: _Mount) -> _Made:
    if not mount.target.startswith("/"):
        raise broken(mount.node, f"takes an absolute path in the container, not {mount.target!r}")
    if mount.type == "tmpfs":
        return _tmpfs(mount, ())
    if mount.type == "bind":
        return _bind(service, mount)
    if not mount.source:
        said = "a volume without a name is gone with its container: give it a name"
        return _Made(notes=(left_out(mount.node, said),))
    return _volume(service, mount)


def _bind(service: Composed, mount: _Mount) -> _Made:
    if not mount.source:
        raise broken(mount.node, "lacks `source`")
    path = service.project.settings.path(mount.source)
    creates, recursive, propagation, label = (mount.inner.get(key) for key in ("create_host_path", "recursive", "propagation", "selinux"))
    options = [it for it in mount.modes if it in _MODES - {"nocopy", "rw"} or it in _PROPAGATIONS]
    options += ["ro"] if mount.read_only and "ro" not in options else []
    options += [text(it) for it in (propagation, label) if it is not None]
    notes = [*_about_data(service, mount, path, _is_data(path)), *_odd_modes(mount)]
    if recursive is not None:
        notes.append(left_out(recursive, "Nomad's docker driver mounts what is mounted below, too"))
    traits: tuple[Trait, ...] = ("mounts", "stays") if _is_data(path) else ("mounts",)
    if creates is None or truth(creates):
        written = ":".join(map(escaped_for_templates, (path, mount.target, *([",".join(options)] if options else []))))
        return _Made(binds=(written,), traits=traits, notes=tuple(notes))
    inner = [Block("bind_options", (string("propagation", text(propagation)),))] if propagation is not None else []
    return _Made(blocks=(_block("bind", path, mount, inner),), traits=traits, notes=tuple(notes))


def _volume(service: Composed, mount: _Mount) -> _Made:
    volume = service.project.volumes.get(mount.source)
    if volume is None:
        said = f"there is no volume {mount.source!r} under the file's `volumes`: define it there, or write `./{mount.source}` for a folder"
        raise broken(mount.node, said)
    subpath, nocopy = mount.inner.get("subpath"), mount.inner.get("nocopy")
    if subpath is not None:
        said = "Nomad's docker driver mounts a volume only as a whole, so nothing is mounted here"
        return _Made(notes=(left_out(subpath, said),))
    labels = (*volume.labels, *((it.key, it.value or "") for it in pairs(mount.inner.get("labels"))))
    options: list[Stanza] = []
    if "nocopy" in mount.modes or (nocopy is not None and truth(nocopy)):
        options.append(given("no_copy", True))
    if labels:
        options.append(table("labels", dict(labels).items()))
    if volume.driver or volume.options:
        options.append(_driver(volume))
    inner = [Block("volume_options", tuple(options))] if options else []
    here = volume.driver in ("", "local") and dict(volume.options).get("type") not in _ELSEWHERE
    return _Made(
        blocks=(_block("volume", volume.name, mount, inner),),
        traits=("mounts", "stays") if here else ("mounts",),
        notes=(*_about_data(service, mount, "", here), *_odd_modes(mount)),
    )


def _driver(volume: Volume) -> Block:
    options = [table("options", volume.options)] if volume.options else []
    return Block("driver_config", (string("name", volume.driver or "local"), *options))


def _block(kind: str, source: str, mount: _Mount, inner: list[Block]) -> Block:
    read_only = [given("readonly", True)] if mount.read_only else []
    source_and_target = (string("source", escaped_for_templates(source)), string("target", escaped_for_templates(mount.target)))
    return Block("mount", (string("type", kind), *source_and_target, *read_only, *inner))


def _temporary(node: Node) -> Iterator[_Mount]:
    """The entries of `tmpfs`: a path, and behind a colon the options that `mount` takes."""
    for written in texts(node):
        path, _, options = written.partition(":")
        yield _Mount("tmpfs", "", path, False, node, tuple(it for it in options.split(",") if it))


def _tmpfs(mount: _Mount, options: tuple[str, ...]) -> _Made:
    settings = {name: Scalar(value, mount.node.line, mount.node.path) for name, _, value in (it.partition("=") for it in options)}
    size, mode = settings.get("size") or mount.inner.get("size"), settings.get("mode") or mount.inner.get("mode")
    lines: list[Attribute] = []
    if size is not None:
        lines.append(given("size", in_bytes(size)))
    if mode is not None:
        lines.append(given("mode", file_mode(mode), f"{file_mode(mode):o} in octal"))
    inner = (Block("tmpfs_options", tuple(lines)),) if lines else ()
    odd = [it for it in options if it.partition("=")[0] not in ("size", "mode")]
    notes = [left_out(mount.node, f"Nomad's docker driver has `size` and `mode` only, not {', '.join(odd)}")] if odd else []
    return _Made(
        blocks=(Block("mount", (string("type", "tmpfs"), string("target", escaped_for_templates(mount.target)), *inner)),),
        notes=tuple(notes),
    )


def _is_data(path: str) -> bool:
    anywhere = path == "/" or any(path == place or path.startswith(f"{place}/") for place in _ON_EACH_MACHINE)
    return not anywhere and not _SOCKET.fullmatch(path)


def _about_data(service: Composed, mount: _Mount, path: str, stays: bool) -> Iterator[Note]:
    """What to see to; ``path`` is empty for a volume."""
    node, machine = mount.node, service.machine
    yield differs(node, _ALLOWED, once=True)
    if path and _SOCKET.fullmatch(path):
        yield differs(node, _SEES_ALL, once=True)
    elif service.everywhere or not stays:
        return
    elif machine is None:
        yield differs(node, _STAYS, once=True)
    elif path and not mount.source.startswith("/"):
        yield differs(node, f"{path} must be on {machine}: copy it there, or change the path")


_SEES_ALL = "it sees the containers of its own machine only, and has power over all of them"
_STAYS = "the data is on one machine, and elsewhere the service starts empty: import with --machine NAME, so that it stays there"


def _odd_modes(mount: _Mount) -> Iterator[Note]:
    odd = [it for it in mount.modes if it not in _MODES | _PROPAGATIONS]
    if odd:
        said = ", ".join(odd)
        means = "it means nothing on Linux" if set(odd) <= _CONSISTENCIES else "there is no such option"
        yield left_out(mount.node, f"{said}: {means}")
