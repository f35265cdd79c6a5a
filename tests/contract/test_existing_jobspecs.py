"""Jobspecs that people have already, and what definitions add to them, through Nomad's own parser.

Each jobspec in ``existing/`` (with values for its variables beside it, where it needs some) meets each definition of
`asked_of_jobspecs`: what Nomad reads afterwards is what it read before and what was asked for, or the definition is refused, as foretold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from asked_of_jobspecs import DEFINITIONS, GRID, KNOWN, Asked, Json, Known, additions_to_job, differences, refusals, without
from dev_agent import Agent

from simulacra.definitions import load
from simulacra.definitions.problems import BrokenDefinitions
from simulacra.hcl.syntax import Block, Body, parse
from simulacra.model.grid import Grid
from simulacra.model.problem import Problem
from simulacra.model.service import Service
from simulacra.render.existing import add_stanzas, stanza_pieces

FOLDER = Path(__file__).parent / "existing"
NAMES = tuple(sorted(path.name.removesuffix(".nomad.hcl") for path in FOLDER.glob("*.nomad.hcl")))
STANZAS = """
    action artifact affinity change_script check check_restart connect constraint consul csi_plugin device disconnect dispatch_payload env
    ephemeral_disk expose gateway group identity job lifecycle logs meta migrate multiregion network numa parameterized path periodic port
    proxy resources reschedule restart scaling schedule secret service sidecar_service sidecar_task spread task template transparent_proxy
    ui update upstreams user vault volume volume_mount weights
"""
"""Source: https://developer.hashicorp.com/nomad/docs/job-specification."""
OTHERS_OWN = ("config", "env", "meta", "policy")
"""What stands in these is no stanza, whatever it is called."""
TOKEN = re.compile(r"\w+|\W")


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.nomad.hcl").read_bytes().decode()


def values_of(name: str) -> str:
    """The content of the file of variables' values beside the jobspec; empty where there is none."""
    path = FOLDER / f"{name}.vars.hcl"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def items_of(body: Body) -> Iterator[str]:
    """The names of all stanzas and attributes, where Nomad takes them for such."""
    yield from (attribute.name for attribute in body.attributes)
    for block in body.blocks:
        yield _made_by(block)
        if _made_by(block) not in OTHERS_OWN:
            yield from items_of(block.body)


def _made_by(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" else block.type


def test_every_stanza_of_the_reference_stands_in_one_of_them() -> None:
    there = Counter(item for name in NAMES for item in items_of(parse(text_of(name))))
    assert [stanza for stanza in STANZAS.split() if not there[stanza]] == []


def test_what_is_known_of_a_jobspec_is_known_of_one_that_is_there() -> None:
    assert {*KNOWN} <= {*NAMES}
    assert {path.name.removesuffix(".vars.hcl") for path in FOLDER.glob("*.vars.hcl")} <= {*NAMES}


@dataclass(frozen=True)
class Parser:
    """Nomad's own, and its validation."""

    address: str
    session: requests.Session

    def parse(self, text: str, values: str) -> Json:
        """Raises `ValueError` with what the parser says of a text that it doesn't take."""
        answer = self.session.post(f"{self.address}/v1/jobs/parse", json={"JobHCL": text, "Variables": values, "Canonicalize": False})
        if answer.status_code != 200:
            raise ValueError(answer.text)
        job: Json = answer.json()
        return job

    def complains(self, job: Json) -> str:
        answer = self.session.post(f"{self.address}/v1/validate/job", json={"Job": job})
        return str(answer.json().get("Error") or "") if answer.status_code == 200 else answer.text


@pytest.fixture(scope="module")
def parser(nomad_agent: Agent) -> Iterator[Parser]:
    with requests.Session() as session:
        session.trust_env = False
        yield Parser(nomad_agent.address, session)


@pytest.fixture(scope="module")
def before(parser: Parser) -> dict[str, Json]:
    """Each jobspec as Nomad reads what its owner wrote."""
    jobs = {}
    for name in NAMES:
        try:
            jobs[name] = parser.parse(text_of(name), values_of(name))
        except ValueError as error:
            raise AssertionError(f"{name}: {error}") from error
    return jobs


@pytest.mark.nomad
def test_nomad_takes_each_as_it_is(before: dict[str, Json]) -> None:
    assert [name for name, job in before.items() if job["ID"] != name] == []
    assert len(before) >= 60


RULE = {"LTarget": "${meta.rack}", "Operand": "=", "RTarget": "1"}
GROUP: Json = {"Name": "g", "Count": None, "Constraints": [RULE], "Disconnect": {"LostAfter": 1}}
JOB: Json = {"ID": "j", "Meta": {"a": "b", "ours": "1"}, "Priority": 50, "TaskGroups": [GROUP]}
ADDED: Json = {"Meta": {"ours": "1"}, "Priority": 50, "TaskGroups": [{"Constraints": [RULE], "Disconnect": {"LostAfter": 1}}]}


@pytest.mark.parametrize(
    ("job", "lacks"),
    [
        (JOB, []),
        ({**JOB, "Meta": {"a": "b"}}, ["job lacks Meta ours = 1"]),
        ({**JOB, "Meta": {"a": "b", "ours": "2"}}, ["job lacks Meta ours = 1"]),
        ({**JOB, "Priority": None}, ["job has Priority None, not 50"]),
        ({**JOB, "TaskGroups": [{**GROUP, "Constraints": None}]}, [f"group g lacks Constraints {RULE}"]),
        (
            {**JOB, "TaskGroups": [{**GROUP, "Disconnect": {"LostAfter": 2}}]},
            ["group g has Disconnect {'LostAfter': 2}, not {'LostAfter': 1}"],
        ),
    ],
)
def test_what_was_asked_for_and_is_missing_is_noticed(job: Json, lacks: list[str]) -> None:
    assert without(job, ADDED)[1] == lacks


@pytest.mark.parametrize(
    ("job", "found"),
    [
        (JOB, []),
        ({**JOB, "Meta": {"ours": "1"}}, ["job.Meta.a: was b, is None"]),
        ({**JOB, "TaskGroups": [{**GROUP, "Count": 0}]}, ["job.TaskGroups[0].Count: was None, is 0"]),
        ({**JOB, "TaskGroups": [{**GROUP, "Constraints": [RULE, RULE]}]}, [f"job.TaskGroups[0].Constraints: was [], is {[RULE]}"]),
    ],
)
def test_what_nobody_asked_for_is_noticed(job: Json, found: list[str]) -> None:
    assert [*differences({**without(JOB, ADDED)[0], "Meta": {"a": "b"}}, without(job, ADDED)[0])] == found


def written(folder: Path, asked: Asked, names: list[str]) -> Path:
    """A grid with a service for each of the jobspecs, all defined alike."""
    (folder / "services").mkdir(parents=True)
    (folder / "grid.hcl").write_text(GRID)
    for name in names:
        for path in FOLDER.glob(f"{name}.*.hcl"):
            (folder / "services" / path.name).write_bytes(path.read_bytes())
        values = f'var_files = ["{name}.vars.hcl"]\n' if values_of(name) else ""
        body = f'service "{name}" {{\njobspec = "{name}.nomad.hcl"\n{values}{asked.body}\n}}\n'
        (folder / "services" / f"{name}.hcl").write_text(body)
    return folder


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """All that is wrong with a folder's definitions."""
    try:
        load(folder)
    except BrokenDefinitions as broken:
        return broken.problems
    return ()


def known_of(name: str) -> Known:
    return KNOWN.get(name, Known())


def only_added(grid: Grid, service: Service) -> list[str]:
    """How the text differs from the original but by its head and by pieces put in; a byte order mark makes way for the head."""
    original = text_of(service.name).removeprefix("\ufeff")
    head, _, made = add_stanzas(grid, service).partition("\n\n")
    wrong = [] if head.startswith(f'# Rendered by simulacra: grid "{grid.name}", service "{service.name}"') else ["its head isn't ours"]
    wrong += [f"its head has the line {line}" for line in head.split("\n") if not line.startswith("#")]
    rest = iter(TOKEN.findall(made))
    wrong += [f"lost or moved: {token!r}" for token in TOKEN.findall(original) if token not in rest][:1]
    return wrong + ([] if _taken_out(grid, service, made) == original else ["without the pieces it isn't the original"])


def _taken_out(grid: Grid, service: Service, made: str) -> str:
    original = text_of(service.name)
    line_break = "\r\n" if "\r\n" in original else "\n"
    for piece in stanza_pieces(grid, service):
        text = piece.text.replace("\n", line_break)
        at = piece.at - original.startswith("\ufeff")
        if made[at : at + len(text)] != text:
            return f"no piece at {at}"
        made = made[:at] + made[at + len(text) :]
    return made


def compared(parser: Parser, asked: Asked, name: str, old: Json, text: str) -> list[str]:
    """What Nomad reads now that it neither read before nor was asked for, and the other way round."""
    try:
        new = parser.parse(text, values_of(name))
    except ValueError as error:
        return [str(error)]
    rest, lacks = without(new, additions_to_job(asked, name, old, known_of(name)))
    found = [*lacks, *differences(old, rest)]
    if not found and not parser.complains(old):
        found = [it for it in [parser.complains(new)] if it]
    return found


@pytest.mark.nomad
@pytest.mark.parametrize("asked", DEFINITIONS, ids=lambda it: it.name)
def test_nomad_reads_what_it_read_before_and_what_was_asked_for(
    asked: Asked, parser: Parser, before: dict[str, Json], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    taken = [name for name in NAMES if not [*refusals(asked, before[name], known_of(name))]]
    wrong = [str(it) for it in problems_of(written(tmp_path / "all", asked, taken))]
    sound = [name for name in taken if not any(f"/{name}." in it or f'"{name}"' in it for it in wrong)]
    grid = load(written(tmp_path / "grid", asked, sound))
    for service in grid.services:
        name = service.name
        found = [*only_added(grid, service), *compared(parser, asked, name, before[name], add_stanzas(grid, service))]
        wrong += [f"{name}: {it}" for it in found]
    assert wrong == [], "\n" + "\n".join(wrong)
    assert len(grid.services) == len(taken)


@pytest.mark.nomad
@pytest.mark.parametrize("asked", DEFINITIONS, ids=lambda it: it.name)
def test_what_cant_be_kept_is_refused_as_foretold(
    asked: Asked, before: dict[str, Json], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    foretold = {name: [*refusals(asked, before[name], known_of(name))] for name in NAMES}
    names = [name for name, reasons in foretold.items() if reasons]
    problems = problems_of(written(tmp_path / "grid", asked, names))
    wrong = []
    for name in names:
        said = [str(it) for it in problems if f'service "{name}"' in it.message or it.file.endswith(f"/{name}.nomad.hcl")]
        wrong += [f"{name}: not refused: {it}" for it in foretold[name] if not any(it in message for message in said)]
        wrong += [f"{name}: not foretold: {message}" for message in said if not any(it in message for it in foretold[name])]
        wrong += [f"{name}: no line: {message}" for message in said if not re.match(r"\S+:\d+: ", message)]
    assert wrong == [], "\n" + "\n".join(wrong)


@pytest.mark.nomad
def test_how_many_were_compared(before: dict[str, Json], capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [not [*refusals(asked, before[name], known_of(name))] for asked in DEFINITIONS for name in NAMES]
    with capsys.disabled():
        print(
            f"\n{len(NAMES)} jobspecs × {len(DEFINITIONS)} definitions = {len(pairs)} comparisons, "
            f"{len(pairs) - sum(pairs)} of them with a refusal that was foretold"
        )
    assert sum(pairs) >= 500
