"""What is read from HCL that HashiCorp's parser takes."""

from __future__ import annotations

from typing import Any

import pytest

from simulacra.hcl.syntax import Attribute, Body, Literal, NotData, Object, Value, parse


def plain(value: Value) -> Any:
    """A value without its lines; an object as a list of pairs."""
    assert isinstance(value, Literal), value
    match value.value:
        case tuple() as items:
            return [plain(item) for item in items]
        case Object(pairs):
            return [(pair.key, plain(pair.value)) for pair in pairs]
        case scalar:
            return scalar


def only(text: str) -> Attribute:
    (attribute,) = parse(text).attributes
    return attribute


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("null", None),
        ("12", 12),
        ("-12", -12),
        ("- 1", -1),
        ("-0", 0),
        ("007", 7),
        ("1.5", 1.5),
        ("-2.25", -2.25),
        ("1e3", 1000),
        ("1.e2", 100),
        ("25E-1", 2.5),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('""', ""),
        ('"é 😀"', "é 😀"),
        (r'"\n\r\t\"\\"', '\n\r\t"\\'),
        (r'"\u00e9\U0001f600"', "é😀"),
        (r'"\u0000"', "\0"),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ('"$$${"', "$${"),
        ('"$$$${"', "$$${"),
        ('"$ $$ % %% $~{"', "$ $$ % %% $~{"),
        ('"%$${"', "%${"),
        (r'"\\$${"', r"\${"),
        ("[]", []),
        ("[1, # one\n 2,\n]", [1, 2]),
        ("[[1], [true, null]]", [[1], [True, None]]),
        ("{}", []),
        ('{ a = 1, "b c" : [2], in = 3, true = 4 }', [("a", 1), ("b c", [2]), ("in", 3), ("true", 4)]),
        ("{\n  a = 1\n\n  b = 2, # two\n  c = 3\n}", [("a", 1), ("b", 2), ("c", 3)]),
        ("[{\n a = 1 }, {\n}]", [[("a", 1)], []]),
        ("<<E\nE\n", ""),
        ("<<E\n a\n\\n $${b} %%{ $ $$\n  E \n", " a\n\\n ${b} %{ $ $$\n"),
        ("<<-E\n    a\n\n      b\n  c\n  E\n", "  a\n\n    b\nc\n"),
        ("<<-E\n\ta\n  b\n  E\n", "a\n b\n"),
        ("<<-E\n    \n  b\n  E\n", "    \nb\n"),
        ("<<E\r\na\r\nE\r\n", "a\r\n"),
        ("<<E-1\nE\nE-1\n", "E\n"),
        ('["a", <<E\nb\nE\n, "c"]', ["a", "b\n", "c"]),
    ],
)
def test_plain_data(written: str, value: Any) -> None:
    read = plain(only(f"a = {written}\n").value)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("written", "line", "what"),
    [
        ("x", 1, 'a variable (text stands in quotes: "x")'),
        ("[1,\n x]", 2, 'a variable (text stands in quotes: "x")'),
        ("x.y", 1, "a variable"),
        ('{ a = "${x}" }', 1, "a template (`${…}`)"),
        ('"%{ if x }y%{ endif }"', 1, "a template (`%{…}`)"),
        ("<<E\n${x}\nE\n", 1, "a template (`${…}`)"),
        ("f(1)", 1, "a function call"),
        ("a::b(1)", 1, "a function call"),
        ("1 + 2", 1, "an operator"),
        ("!true", 1, "an operator"),
        ("--1", 1, "an operator"),
        ("x ? 1 : 2", 1, "a conditional"),
        ("(1)", 1, "an expression in parentheses"),
        ("[1][0]", 1, "a part of another value"),
        ("[for a in b : a]", 1, "a `for` expression"),
        ("{ for a in b : a => 1 }", 1, "a `for` expression"),
        ("{ (a) = 1 }", 1, "an expression in parentheses"),
        ("{ 1 = 1 }", 1, "an object key that is neither a name nor a string"),
        ("{ a = 1\n a = 2 }", 2, "an object that sets `a` twice"),
        ("1e200", 1, "a number as large as that"),
    ],
)
def test_more_than_plain_data(written: str, line: int, what: str) -> None:
    assert only(f"a = {written}\n").value == NotData(line, what)


@pytest.mark.parametrize(
    "written", ['"e\u0301"', r'"\u0065\u0301"', '"' + "a" + "\u0316" * 31 + '"', "{ e\u0301 = 1 }", "<<E\n\u1100\u1161\nE\n"]
)
def test_text_that_nomad_would_change(written: str) -> None:
    value = only(f"a = {written}\n").value
    assert isinstance(value, NotData)
    assert value.what.startswith("text that ")


def test_structure() -> None:
    body = parse('a = 1\nb "l 1" l2 "\\u00e9" {\n  c = 2\n  d {}\n  e { f = 3 }\n}\n\nb {\n}\n')
    assert [attribute.name for attribute in body.attributes] == ["a"]
    first, second = body.blocks
    assert (first.type, first.labels, first.line) == ("b", ("l 1", "l2", "é"), 2)
    assert [(block.type, block.line) for block in first.body.blocks] == [("d", 4), ("e", 5)]
    assert plain(first.body.blocks[1].body.attributes[0].value) == 3
    assert (second.labels, second.line, second.body.text) == ((), 8, "\n")


def test_names_beyond_ascii() -> None:
    body = parse('größe = 1\nméthode "x" über {\n}\n')
    assert body.attributes[0].name == "größe"
    assert (body.blocks[0].type, body.blocks[0].labels) == ("méthode", ("x", "über"))


def test_words_of_expressions_are_names_too() -> None:
    body = parse("for = 1\nin = 2\nif = 3\nnull = 4\ntrue {\n  endif = 5\n}\nelse for in {\n}\n")
    assert [attribute.name for attribute in body.attributes] == ["for", "in", "if", "null"]
    assert [(block.type, block.labels) for block in body.blocks] == [("true", ()), ("else", ("for", "in"))]


@pytest.mark.parametrize("text", ["", "\n", "# only\n", "/* only */", "\ufeffa = 1\n", "a = 1", "a = 1 # no newline", "a = 1\r\nb = 2\r\n"])
def test_margins(text: str) -> None:
    assert isinstance(parse(text), Body)


COMMENTED = """\
# about nothing

# about a
// still
a = 1 # on a
/* about
   b */
b = [ # inside
  2,
] // on b
c { # inside c
  # about d
  d = 3

  # last
} # on c
e { f = 4 } /* on e */ # too
g = <<E
# no comment
E
h = 5"""


def test_items_with_their_comments() -> None:
    body = parse(COMMENTED)
    assert [item.text for item in body.items] == [
        "# about a\n// still\na = 1 # on a\n",
        "/* about\n   b */\nb = [ # inside\n  2,\n] // on b\n",
        "c { # inside c\n  # about d\n  d = 3\n\n  # last\n} # on c\n",
        "e { f = 4 } /* on e */ # too\n",
        "g = <<E\n# no comment\nE\n",
        "h = 5",
    ]
    assert [item.line for item in body.items] == [5, 8, 11, 17, 18, 21]
    inner = body.blocks[0].body
    assert inner.items[0].text == "  # about d\n  d = 3\n"
    assert inner.text == " # inside c\n  # about d\n  d = 3\n\n  # last\n"
    assert body.blocks[1].body.items[0].text == "f = 4"
    extent = body.items[1].extent
    assert COMMENTED[extent.start : extent.end] == "b = [ # inside\n  2,\n]"


def test_what_is_not_data_may_be_in_a_body() -> None:
    text = 'a {\n  b = x.*.y[0].0.z[*] + f(g...) ? "${h ~} %{~ if i }" : {}\n}\n'.replace("%{~ if i }", "%{~ if i }j%{ endif }")
    (attribute,) = parse(text).blocks[0].body.attributes
    assert attribute.value == NotData(2, "a conditional")
