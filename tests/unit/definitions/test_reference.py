"""The reference: it is current, its examples and its defaults are read by the reader, its links lead somewhere."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulacra.cli.main import app, main
from simulacra.cli.show_reference import page
from simulacra.definitions import language, load
from simulacra.definitions.decode import value_of
from simulacra.definitions.language import LANGUAGE
from simulacra.definitions.reference import BlockEntry, entries, reference
from simulacra.definitions.schema import Key, Schema, Verbatim
from simulacra.hcl.format import format_text
from simulacra.hcl.syntax import parse

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference.md"
EXAMPLES = Path(language.__file__).parent / "examples"


def schema_at(path: tuple[str, ...]) -> Schema | Verbatim:
    """What the language has at a path of the reference."""
    of: Schema | Verbatim = LANGUAGE[path[0]]
    for step in path[1:]:
        kind, _, way = step.partition(" ")
        assert isinstance(of, Schema)
        found = of.parts[kind].of
        of = found[way.strip('"')] if isinstance(found, Mapping) else found
    return of


def schemas(schema: Schema) -> Iterator[Schema]:
    """A block's schema and those of the blocks in it."""
    yield schema
    for part in schema.parts.values():
        ways = part.of.values() if isinstance(part.of, Mapping) else (part.of,)
        for way in ways:
            if isinstance(way, Schema):
                yield from schemas(way)


ALL = [schema for top in LANGUAGE.values() for schema in schemas(top)]
KEYS = [(schema, name, key) for schema in ALL for name, key in schema.keys.items()]


def default_of(schema: Schema, name: str, key: Key) -> object:
    model = inspect.signature(schema.build, eval_str=True).return_annotation
    return {field.name: field.default for field in dataclasses.fields(model)}.get(key.field or name)


DEFAULTS = [(*it, default) for it in KEYS if (default := default_of(*it)) not in (None, "", (), dataclasses.MISSING)]


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(reference()), "write it anew: simulacra reference > docs/reference.md"


def test_every_block_is_in_it_and_every_key() -> None:
    assert len([entry for entry in reference() if isinstance(schema_at(entry.path), Schema)]) == len(ALL)
    assert sum(len(entry.keys) for entry in reference()) == len(KEYS) > 90


def test_the_examples_are_a_grid() -> None:
    grid = load(EXAMPLES)
    own = [it for it in grid.services if not it.proxies]
    assert [len(it) for it in (grid.machines, grid.clouds, own, grid.peripherals)] == [2, 2, 3, 1]


@pytest.mark.parametrize("entry", reference(), ids=lambda entry: ": ".join(entry.path))
def test_each_example_is_read_by_the_reader(entry: BlockEntry) -> None:
    assert format_text(entry.example) == entry.example
    (block,) = parse(entry.example).blocks
    of = schema_at(entry.path)
    value, problems = value_of(of, block, "example.hcl") if isinstance(of, Schema) else of(block, "example.hcl")
    assert problems == ()
    assert value is not None


@pytest.mark.parametrize(("schema", "name", "key", "default"), DEFAULTS, ids=lambda it: it if isinstance(it, str) else "")
def test_each_default_is_read_back_as_itself(schema: Schema, name: str, key: Key, default: object) -> None:  # noqa: ARG001
    (attribute,) = parse(f"{name} = {key.kind.write(default)}\n").attributes
    assert key.kind.read(attribute.value) == default


def test_each_key_is_told_of_in_part_of_a_sentence() -> None:
    for _, name, key in KEYS:
        for words in (key.doc, *filter(None, [key.left_out])):
            assert re.fullmatch(r"(?:[a-z0-9`]|Nomad).*[^.]", words), name
        assert not (key.required and key.left_out), name
        assert "left out" not in key.doc, f"{name}: that is what `left_out` is for"
        assert len(key.doc.split()) > 2, f"{name}: say more"


@pytest.mark.parametrize(
    ("path", "name", "left_out"),
    [
        (("grid", "power"), "evaluate_every", '`"10s"`'),
        (("grid", "gates"), "calm", '`"1h"`'),
        (("machine",), "boot_time", '`"1m"`'),
        (("machine",), "never_sleeps", "`false`"),
        (("machine", "sleep"), "busy_ports", "`[22]`"),
        (("machine", "sleep"), "busy_load", "`0.5`"),
        (("machine", 'wake "lan"'), "broadcast", '`"255.255.255.255"`'),
        (("machine", "has"), "cpu_mhz", ""),
        (("service",), "count", "one for each zone asked for, else 1"),
        (("service",), "description", ""),
    ],
)
def test_what_holds_where_a_key_is_left_out(path: tuple[str, ...], name: str, left_out: str) -> None:
    (entry,) = (entry for entry in reference() if entry.path == path)
    assert [key.left_out for key in entry.keys if key.name == name] == [left_out]


def test_links_lead_to_headings() -> None:
    text = page(reference())
    headings = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", text))
    anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) == set(anchors) - {"reference"}


def test_tables_have_four_or_three_or_two_cells() -> None:
    rows = [line for line in page(reference()).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows} == {2, 3, 4}


def test_one_block_is_printed_with_those_in_it() -> None:
    assert [entry.path for entry in entries("wake")] == [
        *(("machine", 'wake "lan"'), ("machine", 'wake "command"')),
        ("peripheral", 'wake "lan"'),
    ]
    assert [entry.path[0] for entry in entries("port")] == ["service", "service", "peripheral"]
    printed = CliRunner().invoke(app, ["reference", "tier"]).output
    assert re.findall(r"(?m)^#+ (.*)$", printed) == ["tier", "tier: match", "tier: match: attribute", "service: needs: tier"]
    assert CliRunner().invoke(app, ["reference"]).output == page(reference())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("machnie", "there is no block 'machnie' in the definitions. Did you mean 'machine'?"),
        ("quiet_hours", "'quiet_hours' is a key, of the block machine: `simulacra reference machine` shows it"),
        ("cpu_mhz", "'cpu_mhz' is a key, of the blocks has, match, needs and size: `simulacra reference has` shows it"),
    ],
)
def test_an_unknown_block(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, told: str) -> None:
    monkeypatch.setattr(sys, "argv", ["simulacra", "reference", name])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{told}\n"
