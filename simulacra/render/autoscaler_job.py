"""The job ``simulacra-autoscaler``: the Nomad Autoscaler on the grid itself, with its files and the grid's definitions inside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.machine import WakeLan
from simulacra.render.autoscaler import Places, render_autoscaler
from simulacra.render.environment import fill
from simulacra.render.heredoc import DELIMITERS, END, in_heredoc
from simulacra.render.user_data import templates_of_user_data

AUTOSCALER_JOB = "simulacra-autoscaler"
ENVIRONMENT = f"nomad/jobs/{AUTOSCALER_JOB}"
"""The Nomad variable whose items the job has in its environment: credentials, which mustn't stand in a job. A job may read its own."""
HERE = Places(here="local/autoscaler", grid="../../grid", venv="../../.venv/bin")
"""Within a task's folder; there is no checkout, so the launchers find the plugins on PATH."""


def render_autoscaler_job(grid: Grid, definitions: Mapping[str, str], templates: Path | None = None) -> str:
    """The jobspec; ``definitions`` are the texts of the grid's files by their paths in its folder.

    Raises `Usage` for a file that can't be sent, where a template of the user's is broken, and for a password that all who may read jobs
    would read.
    """
    _keep_passwords(grid)
    files = {
        f"local/autoscaler/{name}": text for name, text in render_autoscaler(grid, HERE, templates).items() if not name.startswith("acl/")
    }
    files |= {f"local/grid/{name}": text for name, text in sorted(definitions.items())}
    if grid.clouds and templates is not None:  # else its servers would be booted with the shipped ones
        files |= {f"local/templates/{name}": text for name, text in sorted(templates_of_user_data(templates).items())}
    view = {
        "grid": grid,
        "job": AUTOSCALER_JOB,
        "scheme": "https" if (grid.nomad.address or "").startswith("https:") else "http",
        "files": [(name, in_heredoc(text, f"the file {name}"), "755" if text.startswith("#!") else "644") for name, text in files.items()],
        "variable": ENVIRONMENT,
        "delimiters": DELIMITERS,
        "end": END,
    }
    return fill("autoscaler/job.nomad.hcl.j2", view, f"job {AUTOSCALER_JOB}", templates)


def _keep_passwords(grid: Grid) -> None:
    told = [
        f"{it.source}: machine {it.name}: its SecureOn password would stand in the job {AUTOSCALER_JOB}, which holds the definitions: take "
        "`job = true` out of the grid's autoscaler block and run the agent by hand, or switch the password off in its card"
        for it in sorted(grid.machines, key=lambda it: it.name)
        if isinstance(it.wake, WakeLan) and it.wake.secureon is not None
    ]
    if told:
        raise Usage("\n".join(told))
