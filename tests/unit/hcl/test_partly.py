"""Reading only some blocks' bodies: what is read is where and what it is when all is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.hcl.syntax import Block, Body, parse

ROOT = Path(__file__).resolve().parents[3]
FILES = (*sorted((ROOT / "jobspecs").glob("*.hcl")), *sorted((ROOT / "tests/contract/existing").glob("*.hcl")))
ONLY = frozenset(("content", "dynamic", "group", "job", "meta", "task", "update"))
ODD = """
a "b" c { # {
  x = { y = "}" }
  job { z = [for i in [1] : { a = i }] }
}
job d {
  group e {
  }
}
"""


def compare(whole: Body, part: Body) -> None:
    assert (part.start, part.end, part.line) == (whole.start, whole.end, whole.line)
    assert [type(it) for it in part.items] == [type(it) for it in whole.items]
    for one, other in zip(whole.items, part.items, strict=True):
        assert (other.extent, other.line) == (one.extent, one.line)
        if isinstance(one, Block):
            assert isinstance(other, Block)
            assert (other.type, other.labels) == (one.type, one.labels)
            if one.type in ONLY:
                compare(one.body, other.body)
            else:
                assert other.body.items == ()
                assert (other.body.start, other.body.end) == (one.body.start, one.body.end)
        else:
            assert not isinstance(other, Block)
            assert (other.name, other.written, other.value) == (one.name, one.written, one.value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_is_read_is_the_same(path: Path) -> None:
    text = path.read_bytes().decode()
    compare(parse(text), parse(text, ONLY))


@pytest.mark.parametrize("text", [ODD, "a {}\n", "a { b = 1 }\n", "a {\n\n  # c\n}\n", "task {}\n", ""])
def test_odd_layouts_too(text: str) -> None:
    compare(parse(text), parse(text, ONLY))
