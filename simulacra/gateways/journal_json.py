"""The journal's values as JSON: a dataclass is an object with its fields by name, a tuple is a list, a decimal number is text.

Read strictly: what is there must be of the field's type, numbers finite and of 64 bits, text without half characters: machines write some
of it, and whoever has one in his hands may write anything. Keys that no field has are left out, missing ones are the field's default.
"""

from __future__ import annotations

import json
import re
import types
from dataclasses import MISSING, asdict, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
LARGEST = 2**63 - 1
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,60})?(E[+-]?[0-9]{1,2})?")


class Broken(ValueError):
    """It isn't JSON of the value that it should be."""


def to_json(value: Any) -> str:
    """A dataclass (or a tuple of them) as one line of JSON; fields that aren't compared are left out."""
    if isinstance(value, tuple):
        return f"[{','.join(to_json(item) for item in value)}]"
    plain = asdict(value)
    for field in fields(value):
        if not field.compare:
            del plain[field.name]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=str)


def from_json(kind: type[T], text: str) -> T:
    """The dataclass of that JSON; raises `Broken`."""
    made: T = _read(kind, _loaded(text), "")
    return made


def list_from_json(kind: type[T], text: str) -> tuple[T, ...]:
    """The dataclasses of a JSON list; raises `Broken`."""
    made: tuple[T, ...] = _read(tuple[kind, ...], _loaded(text), "")  # type: ignore[valid-type]
    return made


def _loaded(text: str) -> object:
    try:
        raw: object = json.loads(text)
    except ValueError as error:
        raise Broken(f"not JSON: {error}") from error
    except RecursionError as error:
        raise Broken("not JSON: it is nested too deeply") from error
    return raw


@cache
def _fields(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type and whether it must be there of each field that is kept."""
    hints = get_type_hints(kind)
    return tuple((it.name, hints[it.name], it.default is MISSING and it.default_factory is MISSING) for it in fields(kind) if it.compare)


def _read(kind: Any, raw: object, where: str) -> Any:
    origin = get_origin(kind)
    if origin is tuple:
        return _read_tuple(get_args(kind), raw, where)
    if origin is Literal:
        if raw in get_args(kind):
            return raw
    elif origin in (Union, types.UnionType):
        (inner,) = (it for it in get_args(kind) if it is not type(None))
        return None if raw is None else _read(inner, raw, where)
    elif isinstance(kind, type) and is_dataclass(kind):
        return _read_fields(kind, raw, where)
    elif kind is float:
        if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) <= LARGEST:  # which NaN isn't
            return float(raw)
    elif kind is int:
        if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= LARGEST:
            return raw
    elif kind is str:
        if isinstance(raw, str) and not _is_halved(raw):
            return raw
    elif kind is Decimal:
        if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
            return Decimal(raw)
    elif type(raw) is kind:
        return raw
    raise Broken(f"{where or 'it'} is {json.dumps(raw)[:40]}, which it can't be")


def _read_tuple(kinds: tuple[Any, ...], raw: object, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise Broken(f"{where or 'it'} isn't a list")
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item, f"{where}[{number}]") for number, item in enumerate(raw))
    if len(raw) != len(kinds):
        raise Broken(f"{where or 'it'} has {len(raw)} parts, not {len(kinds)}")
    return tuple(_read(kind, item, f"{where}[{number}]") for number, (kind, item) in enumerate(zip(kinds, raw, strict=True)))


def _read_fields(kind: type, raw: object, where: str) -> Any:
    if not isinstance(raw, dict):
        raise Broken(f"{where or 'it'} isn't an object")
    given = {}
    for name, type_, needed in _fields(kind):
        if name in raw:
            given[name] = _read(type_, raw[name], f"{where}.{name}" if where else name)
        elif needed:
            raise Broken(f"{where or 'it'} has no {name}")
    return kind(**given)


def _is_halved(text: str) -> bool:
    """Whether it holds half of a pair of surrogates, which JSON can say and no file, screen or request can hold."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
