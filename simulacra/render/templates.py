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
    return (users, shipped_templates()) if users is not None and users != shipped_templates() else (shipped_templates(),)
