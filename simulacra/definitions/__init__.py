"""Definitions: HCL text to a Grid, or every problem at once."""

from __future__ import annotations

from pathlib import Path

from simulacra.model.grid import Grid


def load(folder: Path) -> Grid:
    """Read every ``*.hcl`` below ``folder``; raises `simulacra.faults.Usage` that names every problem."""
    raise NotImplementedError
