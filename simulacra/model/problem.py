"""What is wrong with a grid's definitions, as values: where, what, what to do, and of which kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulacra.model.source import Source

Level = Literal["error", "warning"]
Rule = Literal[
    "unreadable", "syntax", "definition", "unknown-name", "duplicate", "cycle", "service", "broken-promise",
    "never-runs", "never-all", "never-online", "port-taken",
    "nomad-parse", "nomad-validate", "nomad-plan", "nomad-warning", "nomad-unreachable",
]  # fmt: skip
"""A problem's kind. Others filter by these names: they stay as they are, and new ones are added."""
RULES: dict[Rule, str] = {
    "unreadable": "The folder, a file or a template can't be read or used.",
    "syntax": "A file isn't HCL as HashiCorp's parser takes it.",
    "definition": "A block or key isn't known, is missing, or has a value that it doesn't take.",
    "unknown-name": "A definition names something that isn't defined.",
    "duplicate": "Two definitions share what only one may have: a name, an address, the block for the grid.",
    "cycle": "Definitions wait for each other in a circle.",
    "service": "A service's keys and stanzas don't fit each other, or Nomad.",
    "broken-promise": "The zones that a service is to stand in can't all hold it.",
    "never-runs": "No defined machine can ever run an instance.",
    "never-all": "The defined machines can never hold all instances at once.",
    "never-online": "The defined machines together never have what a service needs.",
    "port-taken": "Services ask for the same fixed port on the same machines.",
    "nomad-parse": "Nomad's parser refuses the jobspec.",
    "nomad-validate": "Nomad refuses the job.",
    "nomad-plan": "Nomad's scheduler refuses to plan the job.",
    "nomad-warning": "Nomad warns of something in the job.",
    "nomad-unreachable": "Nomad can't be reached.",
}
"""Each kind in a sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of a definition; ``line`` 0 means the file as a whole, an empty ``file`` the folder."""

    file: str
    line: int
    message: str
    rule: Rule = "definition"
    level: Level = "error"

    @property
    def where(self) -> str:
        """``file:line``, as far as it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def problem(source: Source, message: str, rule: Rule = "definition", level: Level = "error") -> Problem:
    """A problem at a definition's place."""
    return Problem(source.file, source.line, message, rule, level)
