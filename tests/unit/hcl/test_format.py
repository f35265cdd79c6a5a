"""The layout of `nomad fmt`; its equality with the real one is in tests/properties."""

from __future__ import annotations

import pytest

from simulacra.hcl.columns import columns
from simulacra.hcl.format import format_text

CASES = [
    ("", ""),
    ("a=1\nbcd   =   2#x\n", "a   = 1\nbcd = 2 #x\n"),
    ("a=1# one\n\nbcd=2#two\n", "a = 1 # one\n\nbcd = 2 #two\n"),
    ("a=1 # one\nbcd=22 # two\n", "a   = 1  # one\nbcd = 22 # two\n"),
    ("a{\nb{\nc=1\n}\n}\n", "a {\n  b {\n    c = 1\n  }\n}\n"),
    ('a   "b"  c{}\nd { e=1 }\n', 'a "b" c {}\nd { e = 1 }\n'),
    ("a=[\n1,\n2\n]\nb=[1,2]\n", "a = [\n  1,\n  2\n]\nb = [1, 2]\n"),
    ("a={b=1,c=[{}]}\n", "a = { b = 1, c = [{}] }\n"),
    ("a=[{\nb=1\n}]\n", "a = [{\n  b = 1\n}]\n"),
    ("a=-1\nb=1-1\nc=1 - -1\nd=!e\n", "a = -1\nb = 1 - 1\nc = 1 - -1\nd = !e\n"),
    ("a=b . c [ 0 ] . d\n", "a = b.c[0].d\n"),
    ("a=f ( b,c ... )\nd=e :: g()\n", "a = f(b, c...)\nd = e::g()\n"),
    ("a=[for b in[c]:d if e]\n", "a = [for b in [c] : d if e]\n"),
    ('a="${ b }${c}%{if d}e%{endif}"\n', 'a = "${b}${c}%{if d}e%{endif}"\n'),
    ('a="${{b=1}}"\n', 'a = "${ { b = 1 } }"\n'),
    ("a {\n    b=<<E\n  kept   as is\n E\n}\n", "a {\n  b = <<E\n  kept   as is\n E\n}\n"),
    ("/* kept\n   as is */ a=1\n", "/* kept\n   as is */ a = 1\n"),
    (
        'é="ü"#1\na="👨\u200d👩\u200d👧"#2\nb="e\u0301"#3\nc="🇩🇪"#4\n',
        'é = "ü" #1\na = "👨\u200d👩\u200d👧" #2\nb = "e\u0301" #3\nc = "🇩🇪" #4\n',
    ),
    ("\t a=1\n\t\n", "a = 1\n\n"),
    ("a=1\n  ", "a = 1\n  "),
    ("\ufeffa=1\n", "a = 1\n"),
    ('a /* b */ "c" {}\n', 'a /* b */ "c" {}\n'),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[repr(text)[:30] for text, _ in CASES])
def test_layout(text: str, expected: str) -> None:
    assert format_text(text) == expected
    assert format_text(expected) == expected


def test_a_body_without_its_braces() -> None:
    assert format_text("\n      ephemeral_disk {\n        size=500\n      }\n") == "\nephemeral_disk {\n  size = 500\n}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("ab", 2),
        ("a\r\nb", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("👨\u200d👩\u200d👧", 1),
        ("👍🏽", 1),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("❤\ufe0f", 1),
        ("\u1112\u1161\u11ab", 1),
        ("각ᆨ", 1),
        ("각ᄀ", 2),
        ("\u0600a", 1),
        ("นี้", 1),
        ("a\u200db", 2),
        ("日本", 2),
        ("\u0085\u0301", 2),
    ],
)
def test_columns(text: str, expected: int) -> None:
    assert columns(text) == expected
