"""Strings and other plain values as HCL text, and back."""

from __future__ import annotations

import pytest

from simulacra.hcl.quote import Unquotable, literal, quote
from simulacra.hcl.syntax import Literal, parse


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", '""'),
        ("a b", '"a b"'),
        ('"\\', r'"\"\\"'),
        ("\n\r\t", r'"\n\r\t"'),
        ("\0\x1b\x7f\x85", r'"\u0000\u001b\u007f\u0085"'),
        ("${a}", '"$${a}"'),
        ("%{a}", '"%%{a}"'),
        ("$${", '"$$${"'),
        ("%%{", '"%%%{"'),
        ("$%{", '"$%%{"'),
        ("$", '"$"'),
        ("$$ %", '"$$ %"'),
        ("\\${", r'"\\$${"'),
        ("é😀", '"é😀"'),
    ],
)
def test_quote(value: str, written: str) -> None:
    assert quote(value) == written
    (attribute,) = parse(f"a = {written}\n").attributes
    assert attribute.value == Literal(1, value)


@pytest.mark.parametrize("value", ["\ud800", "e\u0301", "\u1100\u1161", "a" + "\u0316" * 31, "\u212b"])
def test_unquotable(value: str) -> None:
    with pytest.raises(Unquotable):
        quote(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (False, "false"),
        (22, "22"),
        (-1, "-1"),
        (0.5, "0.5"),
        (2.0, "2"),
        (1e9, "1000000000"),
        ("${", '"$${"'),
        ((), "[]"),
        (("a", 1, True), '["a", 1, true]'),
    ],
)
def test_literal(value: str | float | tuple[str | float, ...], written: str) -> None:
    assert literal(value) == written
