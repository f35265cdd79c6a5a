"""The job on every machine: its program, what it must know of each machine, and how orders reach it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS, variable_name
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.peripheral import Peripheral
from simulacra.model.proxy import Proxy, proxies_of
from simulacra.render.environment import fill, template_source
from simulacra.render.heredoc import DELIMITERS, END, in_heredoc

TEMPLATE = "node/job.nomad.hcl.j2"
PARTS = (
    "cards.py",
    "dns_messages.py",
    "hooks.py",
    "lan.py",
    "mdns.py",
    "memory.py",
    "naming.py",
    "people.py",
    "place.py",
    "probing.py",
    "program.py",
    "reach.py",
    "reports.py",
    "senses.py",
)
"""The program's files, in the folder of its job's template; ``program.py`` is what is started."""

ORDER = (
    f'{{{{ $path := env "node.unique.name" | replaceAll "." "{variable_name(".")}" | printf "{ORDERS}/%s" }}}}'
    "{{ if nomadVarExists $path }}{{ with nomadVar $path }}{{ .order.Value }}{{ end }}{{ end }}\n"
)
"""Nomad's template for the file of orders: what the machine's variable holds, nothing while there is none.

``nomadVarExists`` doesn't wait for the variable, and neither watches another. Of what `variable_name` replaces, a machine's name
can only hold dots.
"""


def wants_node_job(grid: Grid) -> bool:
    """Whether a machine is to be put to sleep, or needs another's magic packet, or addresses tell which machines a zone has, or it has to
    be found out who reaches a device.
    """
    return (
        any(zone.subnets for zone in grid.zones)
        or any(isinstance(machine.wake, WakeLan) or machine.sleep is not None for machine in grid.machines)
        or any(it.ports for it in grid.peripherals)
    )


def render_node_job(grid: Grid, templates: Path | None = None) -> str:
    """The jobspec; ``templates`` is the user's own folder of templates, which wins over the shipped ones, file by file.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    view = {
        "grid": grid,
        "job": NODE_JOB,
        "order_template": ORDER,
        "delimiters": DELIMITERS,
        "settings": in_heredoc(json.dumps(_settings(grid), indent=2) + "\n", "the settings"),
        "parts": [(name, in_heredoc(template_source(f"node/{name}", templates), f"the template node/{name}")) for name in PARTS],
        "end": END,
    }
    return fill(TEMPLATE, view, f"job {NODE_JOB}", templates)


def _settings(grid: Grid) -> dict[str, Any]:
    """What the program knows of the grid: see `Settings` in it."""
    proxies = proxies_of(grid)
    return {
        "overlay": grid.overlay.interface,
        "reports": REPORTS,
        "machines": {machine.name: _of(machine) for machine in grid.machines if machine.sleep is not None},
        **({"reach": [_reach(grid, it) for it in proxies]} if proxies else {}),
    }


def _of(machine: Machine) -> dict[str, Any]:
    sleep = machine.sleep
    assert sleep is not None
    return {"idle_after_s": sleep.idle_after_s, "busy_ports": sleep.busy_ports, "busy_load": sleep.busy_load}


def _reach(grid: Grid, proxy: Proxy) -> dict[str, Any]:
    """The defined machines that should reach the proxy's devices; see `Device` in the program."""
    machines = [machine.name for machine in grid.machines if proxy.may_run_on(machine.name, machine.zone)]
    return {"machines": machines, "devices": [_device(it) for it in proxy.peripherals]}


def _device(it: Peripheral) -> dict[str, Any]:
    return {"name": it.name, "address": it.address, "kind": it.address_kind, "port": _knocks_at(it), "sleeps": it.wake is not None}


def _knocks_at(it: Peripheral) -> int | None:
    """The port at which it answers by TCP where it is looked at, else the first that takes connections; None where it has none."""
    looked_at = it.looked_at if it.address_kind != "mac" else None
    return looked_at.number if looked_at is not None else None
