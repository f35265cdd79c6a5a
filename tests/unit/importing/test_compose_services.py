"""What single keys become: a few lines of Compose, the lines of HCL that must be there, and what must be told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from compose_cases import settings

from simulacra.cli.import_text import definition_texts
from simulacra.importing.compose import import_compose

CASES = yaml.safe_load((Path(__file__).parent / "single_keys.yaml").read_text())


def flat(text: str) -> str:
    """The text with each run of white space as one blank."""
    return " ".join(text.split())


@pytest.mark.parametrize("case", CASES, ids=[it["case"] for it in CASES])
def test_becomes(case: dict[str, str]) -> None:
    options = {"text": case.get("web.env", ""), "machine": case.get("machine")}
    body = "".join(f"    {line}\n" for line in case["compose"].splitlines())
    imported = import_compose(f"services:\n  web:\n    image: nginx\n{body}{case.get('around', '')}", settings(**options))
    text = flat(definition_texts(imported.definitions, "compose.yaml")["web"])
    for wanted in case.get("has", "").split("\n---\n"):
        assert flat(wanted) in text
    for unwanted in case.get("lacks", "").splitlines():
        assert unwanted not in text
    told = [f"{'lost' if note.lost else 'other'}: {note.said}" for note in imported.notes if "Nomad always limits memory" not in note.said]
    wanted_notes = case.get("told", "").splitlines()
    assert len(told) == len(wanted_notes), told
    for wanted in wanted_notes:
        assert any(wanted in note for note in told), told
