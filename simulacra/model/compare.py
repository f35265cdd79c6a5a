"""Nomad's constraint operators on single values.

Source: nomad's ``scheduler/feasible`` (checkConstraint) and https://developer.hashicorp.com/nomad/docs/job-specification/constraint.
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

OPERATORS = (
    "=", "==", "is", "!=", "not", "<", "<=", ">", ">=", "regexp", "set_contains", "set_contains_all",
    "set_contains_any", "is_set", "is_not_set", "version", "semver",
)  # fmt: skip
"""The operators that compare one attribute with one value (``distinct_*`` look at placements instead)."""


def holds(actual: str | None, operator: str, wanted: str) -> bool:
    """Whether ``actual`` (None: the attribute isn't there) satisfies the operator against ``wanted``."""
    if operator == "is_set":
        return actual is not None
    if operator == "is_not_set":
        return actual is None
    if operator in ("!=", "not"):
        return actual != wanted
    if actual is None:
        return False
    if operator in ("=", "==", "is"):
        return actual == wanted
    if operator in ("<", "<=", ">", ">="):
        return _ordered(actual, operator, wanted)
    if operator == "regexp":
        return re.search(wanted, actual) is not None
    if operator in ("version", "semver"):
        return _version_holds(actual, wanted)
    have = {part.strip() for part in actual.split(",")}
    want = {part.strip() for part in wanted.split(",")}
    return bool(have & want) if operator == "set_contains_any" else want <= have


def _ordered(actual: str, operator: str, wanted: str) -> bool:
    """As Nomad orders: as integers where both are, else as floats where both are, else as text."""
    left: int | float | str
    right: int | float | str
    try:
        left, right = int(actual), int(wanted)
    except ValueError:
        try:
            left, right = float(actual), float(wanted)
        except ValueError:
            left, right = actual, wanted
    match operator:
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case _:
            return left >= right  # type: ignore[operator]


def _version_holds(actual: str, wanted: str) -> bool:
    """A comma separated list of bounds, as hashicorp/go-version reads it (``>= 1.2, < 2``, ``~> 1.2``)."""
    try:
        have = Version(actual)
        return all(_bound_holds(have, bound.strip()) for bound in wanted.split(","))
    except InvalidVersion:
        return False


def _bound_holds(have: Version, bound: str) -> bool:
    found = re.fullmatch(r"(>=|<=|!=|~>|>|<|=)?\s*(\S+)", bound)
    if found is None:
        return False
    operator, text = found[1] or "=", found[2]
    want = Version(text)
    if operator == "~>":
        upper = [*want.release[:-1]] or [want.release[0]]
        upper[-1] += 1
        return want <= have < Version(".".join(map(str, upper)))
    return {
        ">=": have >= want, "<=": have <= want, ">": have > want, "<": have < want, "!=": have != want, "=": have == want,
    }[operator]  # fmt: skip
