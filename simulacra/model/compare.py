"""Nomad's constraint operators on single values.

Source: nomad's ``scheduler/feasible`` (checkConstraint) and https://developer.hashicorp.com/nomad/docs/job-specification/constraint.
"""

from __future__ import annotations

import re
from math import inf

from simulacra.model.regexp import compiled
from simulacra.model.versions import semver_holds, version_holds

OPERATORS = (
    "=", "==", "is", "!=", "not", "<", "<=", ">", ">=", "regexp", "set_contains", "set_contains_all",
    "set_contains_any", "is_set", "is_not_set", "version", "semver",
)  # fmt: skip
"""The operators that compare one attribute with one value (``distinct_*`` look at placements instead)."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DIGITS, _HEX_DIGITS = r"[0-9](?:_?[0-9])*", r"[0-9a-fA-F](?:_?[0-9a-fA-F])*"
_DECIMAL = re.compile(rf"[+-]?({_DIGITS}\.?({_DIGITS})?|\.{_DIGITS})([eE][+-]?{_DIGITS})?")
_HEXADECIMAL = re.compile(rf"[+-]?0[xX](_?{_HEX_DIGITS}\.?({_HEX_DIGITS})?|\.{_HEX_DIGITS})[pP][+-]?{_DIGITS}")
_WORD = re.compile(r"[+-]?inf(inity)?|nan", re.IGNORECASE)


def holds(actual: str | None, operator: str, wanted: str | None) -> bool:
    """Whether ``actual`` satisfies the operator against ``wanted``; None: the attribute isn't there. An unknown operator never holds."""
    if operator == "is_set":
        return actual is not None
    if operator == "is_not_set":
        return actual is None
    if operator in ("!=", "not"):
        return (actual or "") != (wanted or "")  # one that isn't there equals an empty one here, and only here
    if actual is None or wanted is None:
        return False
    match operator:
        case "=" | "==" | "is":
            return actual == wanted
        case "<" | "<=" | ">" | ">=":
            return _ordered(actual, operator, wanted)
        case "regexp":
            pattern = compiled(wanted)
            return pattern is not None and pattern.search(actual) is not None
        case "version":
            return version_holds(actual, wanted)
        case "semver":
            return semver_holds(actual, wanted)
        case "set_contains" | "set_contains_all":
            return _parts(wanted) <= _parts(actual)
        case "set_contains_any":
            return bool(_parts(wanted) & _parts(actual))
    return False


def _parts(text: str) -> set[str]:
    return {part.strip() for part in text.split(",")}


def _ordered(actual: str, operator: str, wanted: str) -> bool:
    """As Nomad orders: as integers where both are, else as floats where both are, else as text."""
    integers = integer(actual), integer(wanted)
    floats = floating(actual), floating(wanted)
    if integers[0] is not None and integers[1] is not None:
        return _order(integers[0] - integers[1], operator)
    if floats[0] is not None and floats[1] is not None:
        if floats[0] != floats[0] or floats[1] != floats[1]:
            return False  # not a number: in no order with anything
        return _order((floats[0] > floats[1]) - (floats[0] < floats[1]), operator)
    return _order((actual > wanted) - (actual < wanted), operator)


def _order(difference: int, operator: str) -> bool:
    match operator:
        case "<":
            return difference < 0
        case "<=":
            return difference <= 0
        case ">":
            return difference > 0
        case _:
            return difference >= 0


def integer(text: str) -> int | None:
    """A whole number of 64 bits as Go writes it (no blanks, no underscores), else None."""
    if _INTEGER.fullmatch(text) is None:
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None


def floating(text: str) -> float | None:
    """A number as Go's ParseFloat takes it (underscores between digits are fine), else None; one out of a float's range is none."""
    if _WORD.fullmatch(text):
        return float(text)
    if _DECIMAL.fullmatch(text):
        value = float(text)
        return value if abs(value) != inf else None
    if _HEXADECIMAL.fullmatch(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            return None
    return None
