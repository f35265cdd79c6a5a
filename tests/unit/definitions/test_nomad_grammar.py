"""What we say that Nomad's parser takes where, against Nomad itself; and that nothing which people have already is refused by it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from simulacra.definitions.nomad_grammar import ANYTHING, GRAMMAR
from simulacra.definitions.nomad_names import unknown_names
from simulacra.definitions.stanzas import STANZAS
from simulacra.hcl.syntax import parse

ROOT = Path(__file__).resolve().parents[3]
JOBSPECS = sorted([*(ROOT / "tests/contract/existing").glob("*.nomad.hcl"), *(ROOT / "jobspecs").glob("*.nomad.hcl")])
BINDING = "envoy_gateway_bind_addresses"
NAMED = ("action", "device", BINDING, "group", "port", "region", "reserved_ports", "secret", "target", "task", "volume")
"""Blocks with a label, wherever they stand."""
SAID = re.compile(r'(?:argument|type); (?:An argument named|Blocks of type) "(\w+)"')


def paths() -> dict[str, tuple[str, ...]]:
    """The shortest way from a job to each kind of block."""
    found: dict[str, tuple[str, ...]] = {"job": ()}
    for kind in (order := ["job"]):
        for name, of in GRAMMAR[kind].blocks.items():
            if of != ANYTHING and of not in found:
                found[of] = (*found[kind], name)
                order.append(of)
    return found


def block(name: str, inside: str, parent: str) -> str:
    label = ' "cpu"' if name in NAMED or (name == "scaling" and parent == "task") else ""
    return f"{name}{label} {{\n{inside}\n}}\n"


def unsupported(nomad: Path, path: tuple[str, ...], inside: str) -> list[str]:
    """The names that Nomad's parser has no place for."""
    for at in reversed(range(len(path))):
        inside = block(path[at], inside, path[at - 1] if at else "job")
    text = f'job "x" {{\n{inside}\n}}\n'
    answer = subprocess.run([nomad, "job", "run", "-output", "-"], input=text, capture_output=True, text=True, check=False)
    return SAID.findall(answer.stderr)


@pytest.mark.nomad
@pytest.mark.parametrize(("kind", "path"), paths().items(), ids=str)
def test_nomad_takes_these_names_and_no_other(kind: str, path: tuple[str, ...], nomad_binary: Path) -> None:
    stanza = GRAMMAR[kind]
    keys = "".join(f"{name} = null\n" for name in sorted(stanza.keys) if name not in stanza.blocks)
    blocks = "".join(block(name, "", kind) for name in stanza.blocks)
    assert unsupported(nomad_binary, path, f"{keys}{blocks}no_key = 1\nno_block {{}}\n") == ["no_key", "no_block"]


@pytest.mark.nomad
@pytest.mark.parametrize("kind", [kind for kind, stanza in GRAMMAR.items() if stanza.blocks])
def test_a_block_is_an_attribute_too_only_where_we_say_so(kind: str, nomad_binary: Path) -> None:
    stanza = GRAMMAR[kind]
    either = "".join(f"{name} = {{}}\n" for name in stanza.blocks)
    assert sorted(unsupported(nomad_binary, paths()[kind], either)) == sorted(stanza.blocks.keys() - stanza.keys)


def test_every_kind_stands_somewhere() -> None:
    assert paths().keys() == GRAMMAR.keys()


@pytest.mark.parametrize("file", JOBSPECS, ids=lambda path: path.name.partition(".")[0])
def test_jobspecs_that_nomad_takes_have_no_unknown_name(file: Path) -> None:
    (job,) = (it for it in parse(file.read_bytes().decode()).blocks if it.type == "job")
    assert list(unknown_names(job.body, "job", file.name)) == []


@pytest.mark.parametrize("kind", STANZAS)
def test_what_the_reference_lists_is_nomads(kind: str) -> None:
    assert set(STANZAS[kind]) - GRAMMAR[kind].keys - GRAMMAR[kind].blocks.keys() == set()
