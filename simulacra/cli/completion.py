"""What the shell offers for names on the command line: those of the definitions, however broken they are, and those of labs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from simulacra.lab.state import LabState

Names = Callable[[typer.Context], Iterable[str]]
Completer = Callable[[typer.Context, str], list[str]]

ASKED = "_SIMULACRA_COMPLETE" in os.environ
"""Whether a shell asks; else there are no completers: Typer looks at each of them at every start."""
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
"""What a shell takes as it is; no name that the definitions may have is of anything else."""


def _one(names: Names) -> Completer | None:
    """A name."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        return _offered(names, context, incomplete)

    return complete if ASKED else None


def _several(names: Names) -> Completer | None:
    """Names with commas between them: the last of them is completed."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        given = before.split(",")
        return [f"{before}{comma}{name}" for name in _offered(names, context, last) if name not in given]

    return complete if ASKED else None


def _offered(names: Names, context: typer.Context, incomplete: str) -> list[str]:
    """The names that aren't given yet. Whatever goes wrong, nothing is offered and nothing said."""
    try:
        given = {it for value in context.params.values() if isinstance(value, list | tuple) for it in value}
        return [it for it in names(context) if it.startswith(incomplete) and it not in given and _PLAIN.fullmatch(it)]
    except Exception:  # noqa: BLE001 - somebody is typing: no place for errors
        return []


def _folder(context: typer.Context) -> Path:
    """One after the command's name is in ``obj``; the one before it is put there by the command alone, which doesn't run."""
    return Path(context.obj or context.find_root().params["grid"])


def _defined(*kinds: str) -> Names:
    def names(context: typer.Context) -> tuple[str, ...]:
        from simulacra.definitions.names import names_in

        return names_in(_folder(context), *kinds)

    return names


def _lab(context: typer.Context) -> LabState | None:
    from simulacra.lab.state import load_state

    return load_state(str(context.params.get("name") or "lab"))


def _residents(context: typer.Context) -> Iterable[str]:
    state = _lab(context)
    return [it.name for it in state.machines] if state is not None else _defined("machine")(context)


def _places(context: typer.Context) -> Iterable[str]:
    state = _lab(context)
    if state is None:
        return _defined("machine", "uplink", "zone")(context)
    named = {it.name for it in state.machines} | {it.name for it in state.devices}
    return sorted(named | {it.zone for it in state.routers} | {it.uplink for it in state.cables})


def _devices(context: typer.Context) -> Iterable[str]:
    state = _lab(context)
    return [name for it in state.devices for name in it.names] if state is not None else _defined("peripheral")(context)


def _labs(_: typer.Context) -> Iterable[str]:
    from simulacra.lab.state import known_labs

    return known_labs()


def _slots(context: typer.Context) -> Iterable[str]:
    """Of definitions that hold; there are none of others."""
    from simulacra.definitions import load
    from simulacra.model.cloud import slots_of

    grid = load(_folder(context))
    return [slot.name for cloud in grid.clouds for slot in slots_of(cloud)]


def _block_types(_: typer.Context) -> Iterable[str]:
    from simulacra.definitions.reference import block_types

    return block_types()


services = _one(_defined("service"))
machines = _one(_defined("machine"))
explainable = _one(_defined("machine", "peripheral", "service"))
several_machines = _several(_defined("machine"))
several_zones = _several(_defined("zone"))
zones = _one(_defined("zone"))
labs = _one(_labs)
lab_machines = _one(_residents)
lab_devices = _one(_devices)
lab_places = _one(_places)
block_types = _one(_block_types)
slots = _one(_slots)
