"""The folder ``autoscaler/``: the Nomad Autoscaler's configuration, its policies, the launchers of our plugins, and ACL policies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from simulacra.hcl.quote import quote
from simulacra.model.grid import Grid
from simulacra.render.acl import namespace_of, render_policies
from simulacra.render.environment import fill
from simulacra.render.layout import assignments
from simulacra.render.templates import beside

PLUGINS = ("simulacra-apm", "simulacra-target")
HTTP_PORT = 4690
"""Where the agent tells its health; its own default, 8080, is what many a service takes."""
LOCK = "simulacra/autoscaler"
"""The variable that agents which share a grid lock; the one that has it steers."""
UNBOUNDED = 100_000
"""How many machines the policy allows where the grid sets no bound: machines that aren't defined count too, so there is none to render."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are, as the rendered files name them.

    ``here``: the folder of the rendered files, as the agent sees it. ``grid`` and ``venv``: the definitions and the programs of the
    checkout, as seen from the launchers' folder.
    """

    here: str = "autoscaler"
    grid: str = "../../grid"
    venv: str = "../../.venv/bin"


def places(grid_folder: Path, out: Path) -> Places:
    """The places for a grid's folder and the folder of the rendered files; links aren't followed."""
    home, here = _absolute(beside(grid_folder)), _absolute(out)
    launchers = here / "plugins"
    named = here.relative_to(home).as_posix() if here.is_relative_to(home) else here.as_posix()
    return Places(named, os.path.relpath(_absolute(grid_folder), launchers), os.path.relpath(home / ".venv/bin", launchers))


def render_autoscaler(grid: Grid, at: Places, templates: Path | None = None) -> dict[str, str]:
    """The files' texts by their paths in the folder; ``templates`` is the user's own folder of templates.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    power = grid.power
    view = {
        "grid": grid,
        "here": at.here,
        "grid_folder": at.grid,
        "venv": at.venv,
        "http_port": HTTP_PORT,
        "nomad_lines": _nomad_lines(grid),
        "namespace": namespace_of(grid),
        "lock": LOCK,
        "shared": grid.autoscaler.count > 1,
        "most": power.machines_max if power.machines_max is not None else UNBOUNDED,
        "interval": f"{power.evaluate_every_s:g}s",
    }
    made = render_policies(grid, templates)
    for name in ("agent.hcl", "policies/machines.hcl"):
        made[name] = fill(f"autoscaler/{name}.j2", view, f"the autoscaler's {name}", templates)
    for plugin in PLUGINS:
        made[f"plugins/{plugin}"] = fill("autoscaler/plugins/launcher.j2", {**view, "plugin": plugin}, f"the plugin {plugin}", templates)
    return made


def _nomad_lines(grid: Grid) -> str:
    given = (("address", grid.nomad.address), ("region", grid.nomad.region))
    return assignments([(name, quote(value)) for name, value in given if value is not None], 2)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
