"""Everything that HashiCorp's parser refuses is refused, with the line and a word on what to do."""

from __future__ import annotations

import pytest

from simulacra.hcl.syntax import SyntaxFaults, parse

CASES = [
    # bodies
    ("a", 1, "stands alone"),
    ("a\n= 1", 1, "stands alone"),
    ("a =\n1", 1, "must begin on the line"),
    ("a 1", 1, "expected `=` or `{`"),
    ("a.b = 1", 1, "expected `=` or `{`"),
    ('"a" = 1', 1, "quotes"),
    ("1 = 1", 1, "expected a name"),
    ("= 1", 1, "expected a name"),
    ("a = 1, b = 2", 1, "a new line must follow"),
    ("a = 1 b = 2", 1, "a new line must follow"),
    ("a = 1\nb = 2\na = 3", 3, "`a` is set twice, first at line 1: remove one"),
    ("a {\n  b = 1\n  b = 1\n}", 3, "set twice, first at line 2"),
    ("a {} b {}", 1, "a new line must follow"),
    ("a {\n} b = 1", 2, "a new line must follow"),
    ("a { b = 1, c = 2 }", 1, "on a line of its own"),
    ("a { b = 1\n}", 1, "on a line of its own"),
    ("a { b {} }", 1, "on lines of its own"),
    ("a { b }", 1, "on lines of its own"),
    ("a\n{\n}", 1, "stands alone"),
    ('a "b"\n{\n}', 1, "same line"),
    ('a "b" = 1', 1, "expected a label or `{`"),
    ("a 1 {}", 1, "expected `=` or `{`"),
    ('a "${b}" {\n}', 1, "label"),
    ("\n\na {\n  b = 1\n", 3, "isn't closed"),
    ("a = 1\n}\n", 2, "closes nothing"),
    # expressions
    ("a = ", 1, "must begin on the line"),
    ("a = 1\n+ 2", 2, "expected a name"),
    ("a = 1 +\n2", 1, "a value is missing"),
    ("a = [1 2]", 1, "expected `,` or `]`"),
    ("a = [1,, 2]", 1, "a value is missing"),
    ("a = [\n1,\n", 1, "isn't closed"),
    ("a = [1\nb = 2\n", 2, "expected `,` or `]`"),
    ("a = { b = 1 c = 2 }", 1, "expected `,`, a new line or `}`"),
    ("a = { b = 1\n, c = 2 }", 2, "a value is missing"),
    ("a = { b =\n1 }", 1, "a value is missing"),
    ("a = { b }", 1, "expected `=`"),
    ("a = {", 1, "isn't closed"),
    ("a = { for = 1 }", 1, "a name must follow"),
    ("a = (1", 1, "isn't closed"),
    ("a = f(1", 1, "isn't closed"),
    ("a = f(,)", 1, "a value is missing"),
    ("a = f(1..., 2)", 1, "expected `)`"),
    ("a = b::c", 1, "followed by `(`"),
    ("a = b.", 1, "a name must follow the dot"),
    ("a = b.0.1", 1, "in brackets"),
    ("a = b[\n*]", 2, "a value is missing"),
    ("a = b ? c", 1, "expected `:`"),
    ("a = [for b in c : d => e]", 1, "makes a list"),
    ("a = [for b in c : d...]", 1, "makes a list"),
    ("a = { for b in c : d }", 1, "key => value"),
    ("a = [for b, c, in d : e]", 1, "expected `in`"),
    ("a = 1..2", 1, "isn't a number"),
    ("a = 1.2.3", 1, "isn't a number"),
    ("a = 1e5.5", 1, "isn't a number"),
    ("a = 1.", 1, "a name must follow the dot"),
    ("a = .5", 1, "a value is missing"),
    ("a = 0x1F", 1, "a new line must follow"),
    ("a = 2 ** 3", 1, "a value is missing"),
    # characters
    ("a = 'b'", 1, "double quotes"),
    ("a = 1;", 1, "no meaning"),
    ("a = b & c", 1, "&&"),
    ("a = `b`", 1, "heredoc"),
    ("a = “b”", 1, "straight quote"),
    ("a = 1\rb = 2", 1, "line feed"),
    ("a = 1\ufeff", 1, "no meaning"),
    ("a = 1 /* b", 1, "a value is missing"),
    ("a = €", 1, "no meaning"),
    # strings
    ('a = "b', 1, "must end on the line"),
    ('a = "b\nc"', 1, "must end on the line"),
    ('a = "b\rc"', 1, "must end on the line"),
    (r'a = "\x"', 1, r"`\x` is no escape"),
    (r'a = "\$${b}"', 1, r"`\$` is no escape"),
    (r'a = "\u12"', 1, "four hexadecimal digits"),
    (r'a = "\ud83d\ude00"', 1, "four hexadecimal digits"),
    (r'a = "\U00110000"', 1, "eight hexadecimal digits"),
    ("a {\n" + r'  b = f("\d")' + "\n}", 2, r"`\d` is no escape"),
    (r'a "\d" {}', 1, r"`\d` is no escape"),
    # templates
    ('a = "${"', 1, "expected `}` to end `${`"),
    ('a = "${}"', 1, "a value is missing"),
    ('a = "${b c}"', 1, "expected `}`"),
    ('a = "${b:-c}"', 1, "$${"),
    ('a = "%{ b }"', 1, "must be followed by one of"),
    ('a = "%{ if b }"', 1, "`%{ endif }` is missing"),
    ('a = "%{ for b in c }"', 1, "`%{ endfor }` is missing"),
    ('a = "%{ for b, in c }%{ endfor }"', 1, "expected `in`"),
    ('a = "%{ endif }"', 1, "nothing open"),
    ('a = "%{ if b }%{ endfor }"', 1, "nothing open"),
    ('a = "%{ for b in c }%{ else }%{ endfor }"', 1, "nothing open"),
    ('a = "%{ if b }%{ else }%{ else }%{ endif }"', 1, "nothing open"),
    ('a = "%{ if b c }%{ endif }"', 1, "expected `}`"),
    # heredocs
    ("a = <<E\nb\n", 1, "marker"),
    ("a = <<E\nb\nE", 1, "marker"),
    ("a = <<E\nb\nE, 1\n", 1, "marker"),
    ("a = <<E\n${\nE\n", 2, "expected `}`"),
    ("a = <<E\n\n${b c}\nE\n", 3, "expected `}`"),
    ("a = <<E\n\n%{ if b }\nE\n", 3, "`%{ endif }` is missing"),
    ('a = <<E\n\n${f("\\d")}\nE\n', 3, r"`\d` is no escape"),
    ("a = <<E\nb\rc\nE\n", 2, "line feed"),
    ("a = <<1\nb\n1\n", 1, "a value is missing"),
    # more than we read
    ("a = " + "[" * 100 + "]" * 100, 1, "nested"),
    ("a {\n" * 100 + "}\n" * 100, 65, "nested"),
    ("a = " + "-" * 100 + "1", 1, "signs"),
]


@pytest.mark.parametrize(("text", "line", "hint"), CASES, ids=[text[:30] for text, _, _ in CASES])
def test_refused(text: str, line: int, hint: str) -> None:
    with pytest.raises(SyntaxFaults) as caught:
        parse(text)
    fault = caught.value.faults[0]
    assert (fault.line, hint in fault.message) == (line, True), fault


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 'b'\nc = 1\nc = 2\nd = \"\\x\"\ne = [1 2]\nf {\n  g = 1 h = 2\n  i = (\n}\nj = 3 k\n", [1, 3, 4, 5, 7, 9, 10]),
        ('a = "b\nc = "d"\ne = "f\n', [1, 3]),
        ("a = [1\nb = 2\nc = 3 d\n", [2, 3]),
        ("a {\n  b = [\n}\nc = 1 d\n", [3, 4]),
        ("a = <<E\n${b c}\n%{ if }\nE\nd = 1 e\n", [2, 5]),
        ("a {\n  b = 1\n", [1]),
        ("a = 1\n}\nb = 1\n}\n", [2, 4]),
    ],
)
def test_all_that_is_wrong_at_once(text: str, lines: list[int]) -> None:
    with pytest.raises(SyntaxFaults) as caught:
        parse(text)
    assert [fault.line for fault in caught.value.faults] == lines
