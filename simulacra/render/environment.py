"""The Jinja2 environment of all templates: strict, and the user's ``templates/`` folder wins over the shipped one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simulacra.hcl.quote import quote
from simulacra.render.templates import template_folders


@cache
def environment(users: Path | None = None) -> Environment:
    """The environment for HCL text; ``users`` is the grid owner's own folder of templates, if there is one."""
    made = Environment(
        loader=FileSystemLoader(template_folders(users)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - HCL, not HTML: strings go through the `hcl` filter
    )
    made.filters["hcl"] = quote
    return made
