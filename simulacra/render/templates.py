"""Where templates stand: the shipped ones, and a grid owner's own, which win over them."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_templates() -> Path:
    """The templates that come with the package: inside a wheel, or beside the package in a checkout."""
    inside = _PACKAGE / "templates"
    return inside if inside.is_dir() else _PACKAGE.parent / "templates"


def template_folders(users: Path | None) -> tuple[Path, ...]:
    """The folders to look in, in order; ``users`` is the grid owner's own, if there is one."""
    return (users, shipped_templates()) if users is not None else (shipped_templates(),)


def beside(grid_folder: Path) -> Path:
    """The folder that a grid's folder stands in, also for ``.`` and ``..``; of a link to a folder, where the link stands."""
    return grid_folder.parent if grid_folder.name not in ("", "..") else grid_folder.resolve().parent


def users_templates(grid_folder: Path) -> Path | None:
    """The templates beside a grid's folder, which win over the shipped ones; None where there are none (or those are the shipped)."""
    templates = (beside(grid_folder) / "templates").resolve()
    return templates if templates.is_dir() and templates != shipped_templates() else None
