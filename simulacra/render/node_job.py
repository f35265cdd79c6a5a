"""The job on every machine: its program, what it must know of each machine, and how orders reach it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS, variable_name
from simulacra.model.machine import Machine, WakeLan
from simulacra.render.environment import environment, fill
from simulacra.render.heredoc import DELIMITERS, END, in_heredoc

TEMPLATE = "node/job.nomad.hcl.j2"
PARTS = ("cards.py", "hooks.py", "lan.py", "memory.py", "people.py", "place.py", "program.py", "reports.py", "senses.py")
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
    """Whether a machine is to be put to sleep, or needs another's magic packet, or addresses tell which machines a zone has."""
    return any(zone.subnets for zone in grid.zones) or any(
        isinstance(machine.wake, WakeLan) or machine.sleep is not None for machine in grid.machines
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
        "parts": [(name, in_heredoc(_source(name, templates), f"the template node/{name}")) for name in PARTS],
        "end": END,
    }
    return fill(TEMPLATE, view, f"job {NODE_JOB}", templates)


def _settings(grid: Grid) -> dict[str, Any]:
    """What the program knows of the grid: see `Settings` in it."""
    return {
        "overlay": grid.overlay.interface,
        "reports": REPORTS,
        "machines": {machine.name: _of(machine) for machine in grid.machines if machine.sleep is not None},
    }


def _of(machine: Machine) -> dict[str, Any]:
    sleep = machine.sleep
    assert sleep is not None
    return {"idle_after_s": sleep.idle_after_s, "busy_ports": sleep.busy_ports, "busy_load": sleep.busy_load}


def _source(name: str, templates: Path | None) -> str:
    loader, made = environment(templates).loader, environment(templates)
    assert loader is not None
    return loader.get_source(made, f"node/{name}")[0]
