"""The jobs that a grid runs for itself, beside the services of its definitions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB
from simulacra.render.node_job import render_node_job, wants_node_job


def extra_jobs(grid: Grid, templates: Path | None = None, definitions: Mapping[str, str] | None = None) -> dict[str, str]:
    """File names in ``jobspecs/`` and jobspecs, by name; ``templates`` is the user's own folder of templates.

    ``definitions`` are the texts of the grid's files by their paths in its folder: the autoscaler's job, where the grid wants one, holds
    them. Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    jobs = {}
    if grid.autoscaler.job:
        from simulacra.render.autoscaler_job import AUTOSCALER_JOB, render_autoscaler_job

        jobs[AUTOSCALER_JOB] = render_autoscaler_job(grid, definitions or {}, templates)
    if wants_node_job(grid):
        jobs[NODE_JOB] = render_node_job(grid, templates)
    return {f"{name}.nomad.hcl": text for name, text in jobs.items()}
