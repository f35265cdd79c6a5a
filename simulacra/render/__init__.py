"""A grid to text: jobspecs, and the configuration of the agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from simulacra.model.grid import Grid
    from simulacra.model.service import Service


def render_job(grid: Grid, service: Service, templates: Path | None = None) -> str:
    """The service's jobspec; see `simulacra.render.jobspec.render_job`."""
    from simulacra.render.jobspec import render_job as render

    return render(grid, service, templates)
