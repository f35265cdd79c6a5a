"""What the pages show in the lab, run in one lab of the example grid: it acts, its services run, and it has a Consul."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pages
import pytest
from running_lab import simulacra

from simulacra.gateways.cloud_settings import STAND_IN

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]
SHOWN = pages.shown("lab")
IN_ORDER = sorted(SHOWN, key=lambda page: (page != "docs/power.md", page))
"""That one wakes the tower, which is asleep at first; on another one it is switched on."""
OBSERVE, ACT = 'mode        = "observe"', 'mode        = "act"'

NAMED = """#!/bin/sh
# the lab of these tests has a name of its own: `simulacra lab CMD` is about that one
case "$1 $2" in
  "lab list") ;;
  "lab cloud") command=$3 && shift 3 && set -- lab cloud "$command" --name {name} "$@" ;;
  "lab "*) command=$2 && shift 2 && set -- lab "$command" --name {name} "$@" ;;
esac
exec {program} "$@"
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that the grid stands in, and what leads from there to the lab."""

    folder: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    name, folder = f"docs-{os.getpid()}", tmp_path_factory.mktemp("docs")
    work = pages.make_folder(folder / "grid", "grid")
    definition = work / "grid" / "grid.hcl"
    assert OBSERVE in definition.read_text()
    definition.write_text(definition.read_text().replace(OBSERVE, ACT))
    environment = pages.environment(os.environ)
    program = folder / "bin" / "simulacra"
    program.parent.mkdir()
    program.write_text(NAMED.format(name=name, program=shlex.quote(str(pages.PROGRAMS[0] / "simulacra"))))
    program.chmod(0o755)
    try:
        up = simulacra(work / "grid", "lab", "up", "--name", name, "--asleep", "tower", "--consul", "--json")
        assert up.returncode == 0, up.stderr
        said = json.loads(up.stdout)
        leads = {"NOMAD_ADDR": said["nomad_addr"], "CONSUL_HTTP_ADDR": said["consul_addr"], STAND_IN: said["cloud_stand_in"]}
        there = {**environment, **leads, "PATH": f"{program.parent}{os.pathsep}{environment['PATH']}"}
        # somebody sits at the desk, so that `wake --test` leaves it out: the tower alone takes long enough
        pages.run("simulacra lab sit desk; simulacra run simulacra-node; simulacra run --detach", work, there)
        yield Place(folder, there)
    finally:
        simulacra(work / "grid", "lab", "down", "--name", name)


@pytest.mark.parametrize("page", IN_ORDER)
def test_what_is_shown_works_in_the_lab(page: str, place: Place) -> None:
    pages.check_page(SHOWN[page], place.folder, place.environment)
