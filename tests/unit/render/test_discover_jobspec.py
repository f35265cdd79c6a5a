"""The job that looks for devices: where it runs, and that its program arrives as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.faults import Usage
from simulacra.hcl.format import format_text
from simulacra.model.grid import Grid
from simulacra.model.settings import Overlay
from simulacra.render.discover_job import PARTS, render_discover_job
from simulacra.render.templates import shipped_templates

GRID = Grid("trial", overlay=Overlay(interface="mesh0"))


def test_the_job_is_the_zones_and_the_grids() -> None:
    text = render_discover_job(GRID, "attic", 10.0)
    assert text == format_text(text)
    for line in (
        'job "simulacra-discover-attic" {',
        'simulacra_grid       = "trial"',
        'value     = "attic"',
        'SIMULACRA_OVERLAY       = "mesh0"',
        'SIMULACRA_SECONDS       = "10"',
        "priority = 10",
    ):
        assert line in text


@pytest.mark.parametrize("name", PARTS)
def test_each_part_of_the_program_is_in_it(name: str) -> None:
    source = (shipped_templates() / name).read_text()
    assert source.replace("${", "$${").replace("%{", "%%{") in render_discover_job(GRID, "attic", 10.0)
    assert f'"local/{Path(name).name}"' in render_discover_job(GRID, "attic", 10.0)


def test_a_users_own_program_wins(tmp_path: Path) -> None:
    (tmp_path / "discover").mkdir()
    (tmp_path / "discover/devices.py").write_text("print(7)\n")
    assert "\nprint(7)\nEND_OF_FILE\n" in render_discover_job(GRID, "attic", 10.0, tmp_path)


def test_a_program_that_can_not_be_sent(tmp_path: Path) -> None:
    (tmp_path / "discover").mkdir()
    (tmp_path / "discover/devices.py").write_text("[[[[\n")
    with pytest.raises(Usage, match=r"the template discover/devices\.py contains"):
        render_discover_job(GRID, "attic", 10.0, tmp_path)
