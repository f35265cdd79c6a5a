"""The job on every machine: when there is one, and what of its program can't be sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, Sleep, WakeCommand, WakeLan
from simulacra.model.place import Zone
from simulacra.render.extra_jobs import extra_jobs
from simulacra.render.node_job import PARTS, render_node_job
from simulacra.render.templates import shipped_templates

FILE = "simulacra-node.nomad.hcl"


def grid_of(**more: object) -> Grid:
    return Grid("test", machines=(Machine("nas", "attic"), Machine("tower", "attic", **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("machine", "there"),
    [
        ({}, False),
        ({"wake": WakeCommand(("plug", "on"))}, False),
        ({"wake": WakeLan("52:54:00:a7:1c:01")}, True),
        ({"sleep": Sleep()}, True),
    ],
)
def test_there_is_one_where_a_machine_sleeps_or_needs_a_neighbours_packet(machine: dict[str, object], there: bool) -> None:
    assert list(extra_jobs(grid_of(**machine))) == ([FILE] if there else [])


@pytest.mark.parametrize(("zone", "there"), [(Zone("attic"), False), (Zone("attic", subnets=("192.168.1.0/24",)), True)])
def test_there_is_one_where_addresses_tell_zones(zone: Zone, there: bool) -> None:
    assert list(extra_jobs(replace(grid_of(), zones=(zone,)))) == ([FILE] if there else [])


def test_what_it_knows_of_the_machines() -> None:
    text = render_node_job(grid_of(sleep=Sleep(idle_after_s=60, busy_ports=(22, 445), busy_load=0.25)))
    _, _, after = text.partition("data = <<END_OF_FILE\n")
    assert json.loads(after.partition("END_OF_FILE")[0]) == {
        "overlay": "ygg0",
        "reports": "nomad/jobs/simulacra-node/reports",
        "machines": {"tower": {"idle_after_s": 60, "busy_ports": [22, 445], "busy_load": 0.25}},
    }


def test_every_file_of_the_program_is_sent() -> None:
    assert sorted(path.name for path in (shipped_templates() / "node").glob("*.py")) == sorted(PARTS)
    text = render_node_job(grid_of())
    assert [name for name in PARTS if f'"local/{name}"' not in text] == []


@pytest.mark.parametrize(
    ("text", "why"),
    [("x = [[[[1]]]]\n", r"node/place\.py contains \[\[\[\["), ("x = 1\n  END_OF_FILE\n", r"node/place\.py has a line END_OF_FILE")],
)
def test_what_nomad_would_read_otherwise_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node/place.py").write_text(text)
    with pytest.raises(Usage, match=why):
        render_node_job(grid_of(), tmp_path)
