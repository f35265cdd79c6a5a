"""One self-contained HTML page of tables and pictures: it asks no network for anything and runs no script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simulacra.render.templates import template_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = "simulate/page.html.j2"


@dataclass(frozen=True, slots=True)
class Table:
    """A row has as many cells as there are heads; the first is a name."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """``svg`` is an element as it comes into the page: markup that we made. All other texts are escaped."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Part:
    """``sentence`` is what matters most; ``conditions`` are names and values."""

    title: str
    sentence: str = ""
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    conditions: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    parts: Sequence[Part]
    lead: str = ""


def render_page(page: Page) -> str:
    """The page's HTML."""
    return _environment().get_template(PAGE).render(page=page)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(template_folders(None)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
