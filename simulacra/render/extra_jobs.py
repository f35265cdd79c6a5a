"""The jobs that a grid runs for itself, beside the services of its definitions."""

from __future__ import annotations

from pathlib import Path

from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB
from simulacra.render.node_job import render_node_job, wants_node_job


def extra_jobs(grid: Grid, templates: Path | None = None) -> dict[str, str]:
    """File names in ``jobspecs/`` and jobspecs, by name; ``templates`` is the user's own folder of templates.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    return {f"{NODE_JOB}.nomad.hcl": render_node_job(grid, templates)} if wants_node_job(grid) else {}
