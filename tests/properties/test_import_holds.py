"""Whatever stands in a Compose file: it is refused with its line, or becomes definitions that are read without a problem."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simulacra.cli.import_text import definition_texts
from simulacra.definitions.reader import read_file
from simulacra.faults import Usage
from simulacra.hcl.format import format_text
from simulacra.importing.compose import Imported, import_compose

HERE = Path(__file__).resolve().parents[1] / "unit" / "importing"
sys.path.append(str(HERE))
import compose_cases  # noqa: E402 - the settings that the unit tests import with

SAMPLES: dict[str, dict[str, Any]] = yaml.load((HERE / "every_key.yaml").read_text(), yaml.BaseLoader)
AROUND = {"volumes": {"data": {}}, "configs": {"httpd": {"content": "a"}}, "secrets": {"server-certificate": {"file": "./a"}}}
TEXTS = ("a:b:c", "80-90:80-81", "$$", "${A}", "%{if}", "~", "a\nb\n", "1e400", "1.5g", "other:80", "http://other/", "[::1]:1:2", "=x")
SHORT = st.text(max_size=5)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(TEXTS),
    st.lists(SHORT, max_size=3),
    st.dictionaries(SHORT, SHORT, max_size=3),
)


@st.composite
def services(draw: st.DrawFn) -> dict[str, Any]:
    """A service with some of the keys there are, and something odd in the place of one value anywhere in it."""
    service: dict[str, Any] = {"image": "nginx"}
    for key in draw(st.lists(st.sampled_from(sorted(SAMPLES)), min_size=1, max_size=4)):
        service |= copy.deepcopy(SAMPLES[key])
    at: Any = service
    while True:
        step = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if isinstance(at[step], dict | list) and at[step] and draw(st.booleans()):
            at = at[step]
        else:
            at[step] = draw(ODD)
            return service


def outcome(document: str) -> Imported | str:
    """What is imported, or the refusal."""
    try:
        return import_compose(document, compose_cases.settings("A=b\n"))
    except Usage as refused:
        return str(refused)


@given(services())
@settings(max_examples=300)
def test_a_file_is_refused_with_its_line_or_becomes_sound_definitions(service: dict[str, Any]) -> None:
    document = yaml.dump({"services": {"web": service, "other": {"image": "redis"}}, **AROUND}, allow_unicode=True)
    found = outcome(document)
    if isinstance(found, str):
        assert all(re.match(r"(compose\.yaml|web\.env):[0-9]+: ", line) for line in found.split("\n"))
        return
    text = "\n".join(definition_texts(found.definitions, "compose.yaml").values())
    assert read_file("services.hcl", text.encode()).problems == ()
    assert format_text(text) == text
    lines = document.count("\n")
    assert all(1 <= note.line <= lines and str(note).isprintable() for note in found.notes)
