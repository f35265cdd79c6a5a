"""A jobspec that the user has already: its text, and where in it the grid's own stanzas go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from simulacra.model.verbatim import Verbatim


@dataclass(frozen=True, slots=True)
class Opening:
    """Where stanzas go into a block, as offsets into the text: ``at`` behind the line that opens it, ``end`` at its closing brace.

    ``indent`` is what its items are moved to the right by. ``one_line``: the block is on one line, ``at`` is right behind its brace.
    """

    at: int
    end: int
    indent: str
    one_line: bool = False


@dataclass(frozen=True, slots=True)
class Expression:
    """An attribute's value, as offsets into the text; ``is_object``: it is written as ``{ … }``."""

    start: int
    end: int
    is_object: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's value as written, and its line; empty and 0 where it isn't there."""

    written: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class JobTask:
    """What a task asks of a machine, each as written; empty where it says nothing of it."""

    driver: str = ""
    cpu: str = ""
    cores: str = ""
    memory: str = ""


@dataclass(frozen=True, slots=True)
class JobGroup:
    """One ``group``, or the content of one that is ``dynamic`` (its ``name`` is empty: only Nomad knows it).

    ``body`` has the names of what stands in it, without the text. ``zone_rule`` is the line of a constraint of the user's own on the
    machines' zone, 0 for none.
    """

    name: str
    opening: Opening
    body: Verbatim
    count: Attribute = field(default_factory=Attribute)
    zone_rule: int = 0
    tasks: tuple[JobTask, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """One that the jobspec declares: its type and its default as written, empty where it has none."""

    name: str
    type: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class VariableFile:
    """``file`` as the definition's place leads to it; ``values`` are HCL expressions as written, by name in the order of the file."""

    file: str
    text: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """Where everything stands in the text. ``job`` has the names of what stands in the job, without the text.

    ``meta``: the job's own, as a block or as an attribute; None where it has none. ``marked`` is the line of one of the grid's marks in it,
    ``bare_tasks`` that of the first task without a group; 0 for none.
    """

    name: str
    line: int
    opening: Opening
    job: Verbatim
    meta: Opening | Expression | None = None
    groups: tuple[JobGroup, ...] = ()
    type: Attribute = field(default_factory=Attribute)
    id: Attribute = field(default_factory=Attribute)
    zone_rule: int = 0
    declared: tuple[Variable, ...] = ()
    marked: int = 0
    bare_tasks: int = 0


@dataclass(frozen=True, slots=True)
class Values:
    """What a jobspec's variables are given. ``merged`` is all of it as HCL, one ``name = expression`` a line.

    ``files`` is what comes from files alone, likewise, and ``flags`` the rest as ``nomad job run -var`` has it: so the web UI shows it.
    """

    merged: str = ""
    files: str = ""
    flags: tuple[tuple[str, str], ...] = ()


NO_VALUES = Values()


TEXT_TYPES = ("", "string", "number")
"""Types of variables whose values on a command line are text, not expressions. Source: nomad's ``jobspec2``,
``expressionFromVariableDefinition``."""
ENVIRONMENT = "NOMAD_VAR_"
"""What the names of variables begin with in the environment."""


@dataclass(frozen=True, slots=True)
class Jobspec:
    """A service's own jobspec. ``variables`` are as for ``nomad job run -var``, by name.

    ``outline`` is None, and the texts are empty, until the files were read. ``lacks_values``: a file of variables' values wasn't there.
    ``around``: what the environment has for variables that it declares, by name, where that is to count.
    """

    file: str
    variables: tuple[tuple[str, str], ...] = ()
    variable_files: tuple[VariableFile, ...] = ()
    text: str = ""
    outline: Outline | None = None
    lacks_values: bool = False
    around: tuple[tuple[str, str], ...] = ()

    def plain(self, written: str) -> str:
        """An expression as plain text: a literal, or a variable with one; empty where only Nomad can tell.

        The value that counts is that of ``-var``, else of the last file that has it, else of the environment, else the default.
        """
        if not written.startswith("var."):
            return _plain(written)
        name, given = written.removeprefix("var."), dict(self.variables)
        declared = {it.name: it for it in self.outline.declared} if self.outline is not None else {}
        if self.awaits(written):
            return ""
        filed = {name: value for file in self.variable_files for name, value in file.values}
        if name not in given and name in filed:
            return _plain(filed[name])
        said = given.get(name, dict(self.around).get(name))
        if said is not None:
            return said if name in declared and declared[name].type in TEXT_TYPES else _plain(said)
        return _plain(declared[name].default if name in declared else "")

    def set_around(self, written: str) -> str:
        """The environment's variable that has the value of such an expression; empty where another has it."""
        name = written.removeprefix("var.")
        given = {name for name, _ in self.variables} | {name for file in self.variable_files for name, _ in file.values}
        by_it = written.startswith("var.") and name in dict(self.around) and name not in given
        return f"{ENVIRONMENT}{name}" if by_it else ""

    def awaits(self, written: str) -> bool:
        """Whether it is a variable that a file that isn't there may set: then it isn't known, and isn't wrong either."""
        return self.lacks_values and written.startswith("var.") and written.removeprefix("var.") not in dict(self.variables)


def _plain(written: str) -> str:
    found = _LITERAL.fullmatch(written)
    return (found["text"] or found["bare"] or "") if found is not None else ""


_LITERAL = re.compile(r'"(?P<text>[^"\\$%\n]*)"|(?P<bare>[0-9]+|true|false)')
