"""A new grid's definitions, as files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from simulacra.faults import Refusal, Usage
from simulacra.hcl.quote import literal, quote
from simulacra.render.environment import fill
from simulacra.render.layout import assignments

if TYPE_CHECKING:
    from simulacra.model.machine import Machine, WakeLan
    from simulacra.observe.live import Live

FILES = ("grid", "zones", "tiers", "machines", "services")
FIRST_ZONE = "home"


def grid_name(text: str) -> str:
    """The text as a grid may be called: lower case letters, digits and dashes."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].strip("-")
    return name or "grid"


def texts(
    name: str, live: Live | None = None, address: str | None = None, timezone: str | None = None, region: str | None = None
) -> dict[str, str]:
    """The files' texts by name, in `nomad fmt`'s layout; ``live`` is what a cluster has, ``address`` and ``region`` where it is."""
    servers = live.servers if live is not None else ()
    nomad = [(key, quote(said)) for key, said in (("address", address), ("region", region)) if said]
    view = {
        "name": name,
        "timezone": timezone,
        "asked": bool(nomad),
        "nomad_lines": assignments([*nomad, *([("servers", literal(servers))] if servers else [])], 4),
        "servers_line": assignments([("servers", literal(servers))], 4) if servers else "",
        "zones": (live.zones if live is not None else ()) or (FIRST_ZONE,),
        "machines": [_machine(machine, dict(live.macs)) for machine in live.machines] if live is not None else [],
        "skipped": live.skipped if live is not None else (),
        "live": live is not None,
    }
    return {f"{file}.hcl": fill(f"init/{file}.hcl.j2", view, "a new grid") for file in FILES}


def _machine(machine: Machine, macs: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    head = [("zone", quote(machine.zone))]
    if machine.server:
        head.append(("server", "true"))
    wake: WakeLan | None = machine.wake  # type: ignore[assignment]
    return {
        "name": machine.name,
        "head": assignments(head, 2),
        "has": _has(machine),
        "mac": wake.mac if wake is not None else None,
        "macs": macs.get(machine.name, ()),
    }


def _has(machine: Machine) -> str:
    has = machine.has
    assert has is not None
    pairs = [("cpu_mhz", str(has.cpu_mhz)), ("memory_mb", str(has.memory_mb)), ("disk_mb", str(has.disk_mb))]
    if has.cores is not None:
        pairs.append(("cores", str(has.cores)))
    if has.drivers:
        pairs.append(("drivers", literal(has.drivers)))
    lines = assignments(pairs, 4)
    if has.attributes:
        inner = assignments([(quote(name), quote(value)) for name, value in has.attributes], 6)
        lines += f"\n\n    attributes = {{\n{inner}\n    }}"
    return lines


def refuse_to_overwrite(folder: Path) -> None:
    """Raises `Refusal` where definitions are in the folder already."""
    there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.hcl")) if folder.is_dir() else []
    if there:
        rather = "overwrite" if any(f"{name}.hcl" in there for name in FILES) else "write a first set beside them"
        raise Refusal(f"{folder} has definitions already ({', '.join(there[:5])}): name another folder, or {rather} with --force")


def write(folder: Path, files: Mapping[str, str], force: bool) -> tuple[Path, ...]:
    """Write the files; raises `Refusal` if any of them, or other definitions, are there already and ``force`` isn't given,
    and `Usage` where they can't be written.
    """
    if not force:
        refuse_to_overwrite(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            unfinished = folder / f".{name}.new"
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(folder / name)
    except OSError as problem:
        raise Usage(f"{problem.filename or folder} can't be written: {problem.strerror}; name another folder") from None
    return tuple(folder / name for name in files)
