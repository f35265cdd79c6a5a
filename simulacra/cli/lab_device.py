"""``simulacra lab device``, and the lab's devices as ``simulacra lab status`` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion

if TYPE_CHECKING:
    from simulacra.lab.lab import DeviceSeen


class What(StrEnum):
    """What can be done to a device."""

    on = "on"
    off = "off"
    sleep = "sleep"


def device(
    device: Annotated[str, typer.Argument(help="The peripheral's name.", autocompletion=completion.lab_devices)],
    what: Annotated[What, typer.Argument(help="off: without power; on: with it, or awake; sleep: until its magic packet comes.")],
    name: Annotated[
        str, typer.Option("--name", help="The lab's name, where there is more than one.", autocompletion=completion.labs)
    ] = "lab",
) -> None:
    """Take a device's power away, give it back, or let the device fall asleep; its cable stays."""
    from simulacra.lab.lab import switch_device

    print(f"{switch_device(name, device, what.value)}.")


def register(app: typer.Typer) -> None:
    app.command("device")(device)


def table(devices: Iterable[DeviceSeen]) -> list[tuple[str, ...]]:
    """Rows for people, the first one its head."""
    rows = [(it.name, it.zone, it.address, it.power, "cut" if it.cut else "") for it in devices]
    return [("DEVICE", "ZONE", "ADDRESS", "POWER", "CABLE"), *rows]
