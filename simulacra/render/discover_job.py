"""The short job that looks for devices in a zone: its program, and where it runs."""

from __future__ import annotations

from pathlib import Path

from simulacra.model.found import DISCOVER_JOB
from simulacra.model.grid import Grid
from simulacra.render.environment import fill, template_source
from simulacra.render.heredoc import DELIMITERS, END, in_heredoc

TEMPLATE = "discover/job.nomad.hcl.j2"
PARTS = ("discover/devices.py", "node/cards.py", "node/dns_messages.py", "node/lan.py", "node/place.py")
"""The program's files, by their templates; `devices.py` is what is started."""


def render_discover_job(grid: Grid, zone: str, listen_s: float, templates: Path | None = None) -> str:
    """The jobspec; ``templates`` is the user's own folder of templates, which wins over the shipped ones, file by file.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    job = f"{DISCOVER_JOB}-{zone}"
    view = {
        "grid": grid,
        "zone": zone,
        "job": job,
        "seconds": f"{listen_s:g}",
        "delimiters": DELIMITERS,
        "parts": [(name.partition("/")[2], in_heredoc(template_source(name, templates), f"the template {name}")) for name in PARTS],
        "end": END,
    }
    return fill(TEMPLATE, view, f"job {job}", templates)
