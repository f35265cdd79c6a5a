"""Imported definitions as HCL, in the layout of `nomad fmt`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from simulacra.hcl.format import format_text
from simulacra.importing.definition import Definition
from simulacra.render.environment import fill

TEMPLATE = "import/service.hcl.j2"


def definition_texts(definitions: Sequence[Definition], file: str) -> dict[str, str]:
    """Each definition's text by the name of its service; ``file`` is where they were made of."""
    return {it.name: _text(it, file) for it in definitions}


def _text(definition: Definition, file: str) -> str:
    view = {"name": definition.name, "body": definition.body, "source": f"{PurePath(file).name}:{definition.line}"}
    return format_text(fill(TEMPLATE, view, f"{file}:{definition.line}"))
