"""Versions and bounds on them, as Nomad's operators ``version`` and ``semver`` read them.

Both read the version that is compared leniently (``1.2rc1`` is one); ``semver`` wants its bounds strict, knows no ``~>`` and takes
prereleases as ordinary versions, while an order of ``version`` takes a prerelease only where the bound has one of the same segments.
Source of the patterns and of the order: hashicorp/go-version 1.8 (``version.go``, ``constraint.go``) and Nomad's
``helper/constraints/semver``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

_NUMBERS = r"v?([0-9]+(?:\.[0-9]+)*)"
_NUMERIC_PRE = r"-([0-9]+[0-9A-Za-z\-~]*(?:\.[0-9A-Za-z\-~]+)*)"
_ALPHA_PRE = r"([A-Za-z\-~]+[0-9A-Za-z\-~]*(?:\.[0-9A-Za-z\-~]+)*)"
_METADATA = r"(?:\+[0-9A-Za-z\-~]+(?:\.[0-9A-Za-z\-~]+)*)?"
_LENIENT = re.compile(rf"{_NUMBERS}(?:{_NUMERIC_PRE}|-?{_ALPHA_PRE})?{_METADATA}")
_STRICT = re.compile(rf"{_NUMBERS}(?:{_NUMERIC_PRE}|-{_ALPHA_PRE})?{_METADATA}")
_BOUND = re.compile(r"(<=|>=|!=|~>|<|>|=|)[\t\n\f\r ]*(.*)", re.DOTALL)
_BLANKS = "\t\n\f\r "
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class _Version:
    """``segments`` are three at least, ``given`` how many were written."""

    segments: tuple[int, ...]
    given: int
    prerelease: str


@dataclass(frozen=True, slots=True)
class _Bound:
    operator: str
    version: _Version


def version_holds(actual: str, wanted: str) -> bool:
    """Whether ``actual`` is within all of ``wanted``'s comma separated bounds (``>= 1.2, < 2``, ``~> 1.2``); False where one is none."""
    have, bounds = _parsed(actual, _LENIENT), _bounds(wanted, _LENIENT)
    return have is not None and bounds is not None and all(_within(have, bound) for bound in bounds)


def semver_holds(actual: str, wanted: str) -> bool:
    """The same in the order of Semantic Versioning 2.0."""
    have, bounds = _parsed(actual, _LENIENT), _bounds(wanted, _STRICT)
    if have is None or bounds is None or any(bound.operator == "~>" for bound in bounds):
        return False
    return all(_ordered(_compared(have, bound.version), bound.operator) for bound in bounds)


@lru_cache(maxsize=4096)
def _parsed(text: str, pattern: re.Pattern[str]) -> _Version | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    written = tuple(map(int, found[1].split(".")))
    if any(segment >= _INT64 for segment in written):
        return None
    return _Version(written + (0,) * (3 - len(written)), len(written), found[3] or found[2] or "")


@lru_cache(maxsize=1024)
def _bounds(wanted: str, pattern: re.Pattern[str]) -> tuple[_Bound, ...] | None:
    bounds = []
    for single in wanted.split(","):
        found = _BOUND.fullmatch(single.strip(_BLANKS))
        version = _parsed(found[2], pattern) if found else None
        if found is None or version is None:
            return None
        bounds.append(_Bound(found[1] or "=", version))
    return tuple(bounds)


def _within(have: _Version, bound: _Bound) -> bool:
    operator, want = bound.operator, bound.version
    if operator in ("=", "!="):
        return _ordered(_compared(have, want), operator)
    if have.prerelease and (not want.prerelease or have.segments != want.segments):
        return False
    if operator != "~>":
        return _ordered(_compared(have, want), operator)
    if (want.prerelease and not have.prerelease) or _compared(have, want) < 0 or len(want.segments) > len(have.segments):
        return False
    last = len(want.segments) - 1
    return have.segments[: want.given - 1] == want.segments[: want.given - 1] and have.segments[last] >= want.segments[last]


def _ordered(order: int, operator: str) -> bool:
    return {"=": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def _compared(left: _Version, right: _Version) -> int:
    """-1, 0 or 1. Versions of unequal length that agree are equal, whatever their prereleases: so it is in go-version."""
    if left.segments != right.segments:
        for mine, other in zip_longest(left.segments, right.segments, fillvalue=0):
            if mine != other:
                return -1 if mine < other else 1
        return 0
    if left.prerelease == right.prerelease:
        return 0
    if not left.prerelease or not right.prerelease:
        return 1 if not left.prerelease else -1
    for mine_part, other_part in zip_longest(left.prerelease.split("."), right.prerelease.split("."), fillvalue=""):
        if mine_part != other_part:
            return _part_compared(mine_part, other_part)
    return 0


def _part_compared(mine: str, other: str) -> int:
    """Numbers come before words, the longer prerelease after its beginning, unless it goes on with a word: go-version's quirk."""
    mine_number, other_number = _number(mine), _number(other)
    if not mine:
        return -1 if other_number is not None else 1
    if not other:
        return 1 if mine_number is not None else -1
    if mine_number is not None and other_number is not None:
        return 1 if mine_number > other_number else -1
    if mine_number is None and other_number is None:
        return 1 if mine > other else -1
    return -1 if mine_number is not None else 1


def _number(part: str) -> int | None:
    return int(part) if re.fullmatch(r"[+-]?[0-9]+", part) and -_INT64 <= int(part) < _INT64 else None
