"""What a container may use: memory, processors, devices and limits of the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.importing.amounts import MHZ_A_CORE, mebibytes, megahertz
from simulacra.importing.notes import Note, differs, left_out
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import items, mapping, text, texts, unknown_keys, whole
from simulacra.importing.stanzas import Attribute, Block, escaped_for_templates, given, table
from simulacra.importing.stanzas import text as string
from simulacra.importing.tree import Map, Node, Scalar

KEYS = ("cpus", "mem_limit", "mem_reservation", "pids_limit", "devices", "gpus", "ulimits")

CPU, MEMORY = 500, 512
"""MHz and MiB for a service that says nothing."""
_LEAST_MEMORY = 10
_LIMITS = ("cpus", "memory", "pids")
_RESERVATIONS = ("cpus", "memory", "generic_resources", "devices")
_DEVICE = ("capabilities", "count", "device_ids", "driver", "options")
_MACHINES_DEVICE = ("source", "target", "permissions")
_ON_MANY_MACHINES = ("/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/null")
_NO_LIMIT = (
    f"Nomad always limits memory, and nothing says how much this takes: {MEMORY} MiB were written, and what needs more is killed; "
    "look (`docker stats`) and correct `memory`"
)
_A_SHARE = "a share of the processor, not a limit: what others leave it may use too"
_RESERVED = (
    "Nomad reserves the whole limit: `memory` for what is reserved and `memory_max` for the limit do as Compose does, "
    "where the scheduler allows it (`nomad operator scheduler set-config -memory-oversubscription=true`)"
)
_ONLY_RESERVED = "nothing limits its memory, but Nomad always does: what needs more than it reserves is killed"


def resources(service: Composed) -> Piece:
    """The `resources` block, and what of it the driver has."""
    limits, reservations = (_deployed(service, key) for key in ("limits", "reservations"))
    memory, about_memory = _memory(service, limits, reservations)
    cpu, about_cpu = _cpu(service, limits, reservations)
    gpus, about_gpus = _gpus(service, reservations)
    pids = limits.get("pids") or service.get("pids_limit")
    limited = [given("pids_limit", whole(pids))] if pids is not None and whole(pids) > 0 else []
    return Piece(
        config=(*limited, *_ulimits(service)),
        resources=(*cpu, memory, *gpus),
        notes=(*_unknown(limits, reservations), *about_cpu, *about_memory, *about_gpus),
    )


def _deployed(service: Composed, key: str) -> Map:
    return mapping(mapping(mapping(service.get("deploy")).get("resources")).get(key))


def _unknown(limits: Map, reservations: Map) -> Iterator[Note]:
    yield from unknown_keys(limits, _LIMITS)
    yield from unknown_keys(reservations, _RESERVATIONS)
    for node in items(reservations.get("generic_resources")):
        yield left_out(node, "Nomad has devices of plugins instead: a `device` block in `resources`")


def _memory(service: Composed, limits: Map, reservations: Map) -> tuple[Attribute, tuple[Note, ...]]:
    """What Nomad reserves and allows at once: Compose's limit, since with less of it the service could be killed."""
    limit = _amount(limits.get("memory") or service.get("mem_limit"))
    reserved = _amount(reservations.get("memory") or service.get("mem_reservation"))
    if limit is not None:
        less = reserved is not None and mebibytes(reserved) < mebibytes(limit)
        return given("memory", _taken(limit), "MiB"), (differs(reserved, _RESERVED, once=True),) if reserved is not None and less else ()
    if reserved is not None:
        return given("memory", _taken(reserved), "MiB; what takes more is killed"), (differs(reserved, _ONLY_RESERVED, once=True),)
    note = differs(service.keys, _NO_LIMIT, once=True)
    return given("memory", MEMORY, "MiB; Compose says nothing here; what takes more is killed"), (note,)


def _amount(node: Node | None) -> Node | None:
    """None also for 0, by which Compose means no limit."""
    return node if node is not None and mebibytes(node) else None


def _taken(node: Node) -> int:
    return max(_LEAST_MEMORY, mebibytes(node))


def _cpu(service: Composed, limits: Map, reservations: Map) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    """A reservation is what Nomad's `cpu` is; a limit stands in where there is none."""
    limit = limits.get("cpus") or service.get("cpus")
    node = reservations.get("cpus") or limit
    notes = (differs(limit, _A_SHARE, once=True),) if limit is not None else ()
    if node is None or not megahertz(node):
        return (given("cpu", CPU, "MHz; Compose says nothing here"),), notes
    return (given("cpu", megahertz(node), f"MHz: {text(node)} of a core, a core taken for {MHZ_A_CORE} MHz"),), notes


def _gpus(service: Composed, reservations: Map) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    gpus = service.get("gpus")
    if isinstance(gpus, Scalar):
        return (_device("gpu", 1),), (differs(gpus, _ALL_GPUS),)
    blocks: list[Block] = []
    notes: list[Note] = []
    for node in (*items(gpus), *items(reservations.get("devices"))):
        entry = mapping(node)
        driver, count, ids, options = (entry.get(key) for key in ("driver", "count", "device_ids", "options"))
        named = text(driver) if driver is not None else ""
        wanted = texts(capabilities) if (capabilities := entry.get("capabilities")) is not None else ()
        notes += unknown_keys(entry, _DEVICE)
        if named not in ("", "nvidia", "amd") or (wanted and "gpu" not in wanted):
            notes.append(left_out(node, "name the device of Nomad's plugin for it in a `device` block in `resources`"))
            continue
        every = count is not None and text(count) == "all"
        blocks.append(_device({"": "gpu"}.get(named, f"{named}/gpu"), 1 if every or count is None else whole(count)))
        notes += [differs(count, _ALL_GPUS)] if every and count is not None else []
        notes += [left_out(it, _WHICH_GPU) for it in (ids, options) if it is not None]
    return tuple(blocks), tuple(notes)


_ALL_GPUS = "one was taken: Nomad gives devices out one by one, say how many (`count`)"
_WHICH_GPU = "Nomad chooses the device; a `constraint` in the `device` block narrows it down"


def _device(name: str, count: int) -> Block:
    return Block("device", (given("count", count),), label=name)


def devices(service: Composed) -> Piece:
    """Devices of the machine, as the driver maps them."""
    blocks: list[Block] = []
    notes: list[Note] = []
    stays = False
    for node in items(service.get("devices")):
        source, target, permissions = _mapped(node)
        notes += unknown_keys(node, _MACHINES_DEVICE) if isinstance(node, Map) else ()
        if not source.startswith("/"):
            notes.append(left_out(node, "Nomad's docker driver takes devices by their path, such as /dev/ttyUSB0"))
            continue
        paths = (string("host_path", escaped_for_templates(source)), string("container_path", escaped_for_templates(target or source)))
        allowed = [string("cgroup_permissions", permissions)] if permissions else []
        blocks.append(Block("devices", (*paths, *allowed)))
        if source not in _ON_MANY_MACHINES:
            stays = True
            notes += _stays(service, node)
    return Piece(config=tuple(blocks), traits=("stays",) if stays else (), notes=tuple(notes))


def _mapped(node: Node) -> tuple[str, str, str]:
    if isinstance(node, Map):
        source, target, permissions = (text(it) if (it := node.get(key)) is not None else "" for key in _MACHINES_DEVICE)
        return source, target, permissions
    source, target, permissions = (*text(node).split(":"), "", "")[:3]
    return source, target, permissions


def _stays(service: Composed, node: Node) -> Iterator[Note]:
    if service.machine is None and not service.everywhere:
        said = "the device is on one machine, and elsewhere the service fails: import with --machine NAME, so that it stays there"
        yield differs(node, said, once=True)


def _ulimits(service: Composed) -> Iterator[Attribute]:
    """Soft and hard limits, as the driver takes them: ``1024:2048``."""
    found: list[tuple[str, str]] = []
    for name, node in mapping(service.get("ulimits")).pairs:
        if isinstance(node, Map):
            soft, hard = (whole(it) if (it := node.get(key)) is not None else None for key in ("soft", "hard"))
            both = [str(it) for it in (soft, hard) if it is not None]
            found.append((name, ":".join(both)))
        else:
            found.append((name, str(whole(node))))
    if found:
        yield table("ulimit", found)
