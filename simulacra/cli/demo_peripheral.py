"""The demo's device: it can't join the grid, and a machine of another zone reaches it over the overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulacra.cli.demo_commands import ASK_ONE, Commands

if TYPE_CHECKING:
    from simulacra.model.grid import Grid

SERVED_WITHIN_S = 60.0


def show_a_peripheral(commands: Commands, grid: Grid, awake: dict[str, str]) -> None:
    """Ask the first that speaks HTTP from a machine of another zone; ``awake`` has one that is on for each. Raises `Fault`."""
    speaking = {it.name for it in grid.peripherals if it.ports and it.ports[0].protocol in ("http", "https") and it.allow is None}

    def well() -> list[dict[str, Any]]:
        return [it for it in commands.json("peripherals") if it["name"] in speaking and it["health"] == "well"]

    if not speaking or len(awake) < 2:
        return
    commands.until(SERVED_WITHIN_S, "a device is served and well", lambda: bool(well()))
    commands.show("peripherals")
    device = well()[0]
    zone = min(it for it in awake if it != device["zone"])
    print(f"\n{device['name']}, which is no machine of the grid, asked over the overlay by {awake[zone]} in {zone}:", flush=True)
    address = next(it["address"] for it in device["ports"] if it["name"] == device["name"])
    commands.run_on(awake[zone], "/usr/bin/python3", "-c", ASK_ONE, f"http://{address}/")
