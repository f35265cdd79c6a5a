"""The Jinja2 environment of all templates: strict, and the user's ``templates/`` folder wins over the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shlex import quote as sh_quote
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from simulacra.faults import Usage
from simulacra.hcl.quote import Unquotable, quote
from simulacra.render.layout import port_lines, resource_lines
from simulacra.render.templates import template_folders

_FAILURES = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What an expression in a template of the user's may end in, beside Jinja2's own errors."""


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
    made.filters |= {"hcl": quote, "sh": sh_quote, "port_lines": port_lines, "resource_lines": resource_lines}
    return made


def fill(template: str, view: Mapping[str, Any], about: str, users: Path | None = None) -> str:
    """A template's text; ``about`` names whom it is for, as in ``service "blog"``.

    Raises `Usage` where a template of the user's is broken, and `Unquotable` for a string that can't arrive as it is.
    """
    try:
        return environment(users).get_template(template).render(view)
    except TemplateSyntaxError as error:
        raise Usage(f"{error.filename or error.name}:{error.lineno}: {error.message}: correct the template") from error
    except TemplateError as error:
        raise Usage(f"the template {template}, for {about}: {error.message}: correct the template") from error
    except UnicodeDecodeError as error:
        raise Usage(f"the template {template}, or one that it includes, isn't UTF-8 text: save it as UTF-8") from error
    except Unquotable:
        raise
    except _FAILURES as error:
        if users is None:
            raise
        raise Usage(f"the template {template}, for {about}: {error}: correct the template") from error
