"""The Jinja2 environment of all templates: strict, and the user's ``templates/`` folder wins over the shipped one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shlex import quote as sh_quote
from traceback import walk_tb
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, Undefined
from jinja2.meta import find_referenced_templates

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
    made.filters |= {"hcl": _hcl, "sh": sh_quote, "port_lines": port_lines, "resource_lines": resource_lines}
    return made


def _hcl(value: object) -> str:
    """A string as HCL text; what isn't one is told by its kind, and what isn't defined by its name."""
    if not isinstance(value, str | Undefined):
        raise TypeError(f"the filter `hcl` takes a string, not {type(value).__name__}")
    return quote(str(value))


def fill(template: str, view: Mapping[str, Any], about: str, users: Path | None = None) -> str:
    """A template's text; ``about`` names whom it is for, as in ``service "blog"``.

    Raises `Usage` where a template of the user's is broken, and `Unquotable` for a string that can't arrive as it is.
    """
    with _explained(template, about, users):
        return environment(users).get_template(template).render(view)


def template_source(name: str, users: Path | None = None) -> str:
    """The text of a template, or of a file beside templates, as it is: the user's own where there is one."""
    made = environment(users)
    assert made.loader is not None, "it is made with one"
    return made.loader.get_source(made, name)[0]


def macros(template: str, view: Mapping[str, Any], about: str, users: Path | None = None) -> Callable[[str], str]:
    """What gives the text of one of the template's macros, by its name; both raise as `fill` does."""
    with _explained(template, about, users):
        module = environment(users).get_template(template).make_module(dict(view))

    def text(name: str) -> str:
        with _explained(template, about, users):
            return str(getattr(module, name)())

    return text


def own_sources(names: Iterable[str], about: str, users: Path) -> dict[str, str]:
    """The texts of the user's own among these templates and all that they take in, by name.

    Raises `Usage` as `fill` does, and where one takes in another by a name that is only known once it is filled in.
    """
    found: dict[str, str] = {}
    left, seen = list(names), set[str]()
    while left:
        name = left.pop()
        seen.add(name)
        with _explained(name, about, users):
            try:
                text, path, _ = FileSystemLoader(template_folders(users)).get_source(environment(users), name)
            except TemplateNotFound:
                continue  # there needn't be one (`ignore missing`); else filling it in says so
            taken = set(find_referenced_templates(environment(users).parse(text, name, path)))
        if Path(path).is_relative_to(users):
            found[name] = text
        if None in taken:
            raise Usage(f"{path}: it takes in a template whose name isn't written out, so what {about} needs isn't known: write the name")
        left += sorted({it for it in taken if it is not None} - seen)
    return found


@contextmanager
def _explained(template: str, about: str, users: Path | None) -> Iterator[None]:
    try:
        yield
    except TemplateSyntaxError as error:
        raise Usage(f"{error.filename or error.name}:{error.lineno}: {error.message}: correct the template") from error
    except TemplateError as error:
        raise Usage(f"{_place(error, template)}, for {about}: {error.message}: correct the template") from error
    except UnicodeDecodeError as error:
        raise Usage(f"the template {template}, or one that it includes, isn't UTF-8 text: save it as UTF-8") from error
    except Unquotable:
        raise
    except _FAILURES as error:
        if users is None:
            raise
        raise Usage(f"{_place(error, template)}, for {about}: {error}: correct the template") from error


def _place(error: Exception, template: str) -> str:
    """The innermost line of a template that the error comes from: Jinja2 makes a frame of each line that was being filled in."""
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__) if "__jinja_exception__" in frame.f_globals]
    return f"{lines[-1][0]}:{lines[-1][1]}" if lines else f"the template {template}"
