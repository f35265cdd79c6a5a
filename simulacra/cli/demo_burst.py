"""The demo's last part: work that no machine of one's own can take, and a cloud that has room for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulacra.cli.demo_commands import Commands

if TYPE_CHECKING:
    from simulacra.model.cloud import Cloud
    from simulacra.model.grid import Grid

JOINED_WITHIN_S, GONE_WITHIN_S = 120.0, 240.0
_HERE = (("  max            = 3", '  max            = 3\n  billed_by      = "1s"\n  boot_time      = "20s"'),)
_SERVICE = """
service "crunch" {{
  type  = "batch"
  count = 2
  zones = ["{zone}"]

  driver "raw_exec" {{
    command = "/bin/sleep"
    args    = ["20"]
  }}

  resources {{
    cpu    = 500
    memory = {memory_mb}
  }}
}}
"""


def cloud_to_burst_into(grid: Grid) -> Cloud | None:
    """The first cloud that may have servers, None where there is none."""
    return next((cloud for cloud in grid.clouds if cloud.max), None)


def show_a_burst(commands: Commands, cloud: Cloud) -> None:
    """A server is rented for work that fits nowhere, does it, and is given back; raises `Fault` where that doesn't happen in time."""
    path = commands.grid / "crunch.hcl"
    path.write_text(_SERVICE.format(zone=cloud.zone, memory_mb=_much(commands, cloud)))
    print(f"\nNow there is more work than the machines in {cloud.zone} have room for. Here cloud {cloud.name} is the lab's own.")
    commands.show("run", "crunch", "--detach")

    def transitions(power: str) -> list[dict[str, Any]]:
        return [it for it in commands.json("log") if it["to"] == power and it["machine"].startswith(f"{cloud.name}-")]

    commands.until(JOINED_WITHIN_S, "a server rented and on", lambda: bool(transitions("on")))
    server = transitions("on")[0]["machine"]
    commands.show("status")
    commands.show("explain", server)
    print(f"\n{server} is on. Its work comes to an end, and it is given back.", flush=True)
    commands.until(GONE_WITHIN_S, "the server given back", lambda: any(it["machine"] == server for it in transitions("asleep")))
    commands.show("log", "--machine", server)
    commands.show("clouds")


def hasty(path: Path) -> None:
    """Let the clouds in that file bill by the second, so that a server isn't kept until its hour is over."""
    text = path.read_text()
    for before, after in _HERE:
        text = text.replace(before, after)
    path.write_text(text)


def _much(commands: Commands, cloud: Cloud) -> int:
    """Most of the memory of the largest server that there is."""
    offers = next(it["offers"] for it in commands.json("clouds")["clouds"] if it["name"] == cloud.name)
    return int(0.85 * max(it["memory_mb"] for it in offers))
