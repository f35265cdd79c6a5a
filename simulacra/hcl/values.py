"""The values of HCL's attributes: plain data, or the reason why it is none."""

from __future__ import annotations

from dataclasses import dataclass

Scalar = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class NotData:
    """A value that isn't plain data. ``what`` reads on after "must be plain data, not"."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Pair:
    key: str
    line: int
    value: Literal


@dataclass(frozen=True, slots=True)
class Object:
    """``{ key = value }``; its pairs as written, no key twice."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    line: int
    value: Scalar | Object | tuple[Literal, ...]


Value = Literal | NotData


class NotPlainData(Exception):
    """Carries a `NotData` out of the middle of a value."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.reason = NotData(line, what)
