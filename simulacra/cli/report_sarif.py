"""Problems of definitions as SARIF 2.1.0, for code scanning and editors.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and what GitHub's code scanning asks for beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from simulacra import __version__
from simulacra.cli.report import repository, seen_from
from simulacra.model.problem import RULES, Problem

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
"""What relative addresses are relative to, by the name that is usual for the top of a checkout."""
_NAMES = tuple(RULES)


def as_sarif(problems: Sequence[Problem], grid: Path) -> dict[str, Any]:
    """One run with every rule and the problems as results; what has no place of its own stands at the grid's folder."""
    driver = {"name": "simulacra", "version": __version__, "rules": [_rule(name, said) for name, said in RULES.items()]}
    folder = Problem(str(grid), 0, "")
    results = [_result(it, seen_from(repository(), [it if it.file else folder])[0]) for it in problems]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(name: str, said: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": said}}


def _result(problem: Problem, place: Problem) -> dict[str, Any]:
    return {
        "ruleId": problem.rule,
        "ruleIndex": _NAMES.index(problem.rule),
        "level": problem.level,
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": {"artifactLocation": _address(place.file), "region": {"startLine": place.line or 1}}}],
    }


def _address(file: str) -> dict[str, str]:
    path = Path(file)
    return {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix()), "uriBaseId": _ROOT}
