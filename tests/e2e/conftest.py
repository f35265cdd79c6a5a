"""One lab for all tests that want one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from running_lab import RunningLab, bring_up, simulacra

from simulacra.faults import Usage
from simulacra.lab.programs import find_programs, require_root

LONGEST = ("test_split_foretold.py", "test_power.py", "test_demo.py", "test_zone_cuts.py", "test_chaos.py")
"""Files that take minutes, the longest first: where two run at a time, one that begins last keeps the other waiting for its end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first. A lab is real time on a machine that others use too: what fails is tried once more, and the summary names it
    (RERUN).
    """
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
    for item in items:
        if item.get_closest_marker("lab") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def lab_possible() -> None:
    """Skip without root; fail without the programs that a lab needs, which `./setup.sh test` installs."""
    try:
        require_root()
    except Usage as missing:
        pytest.skip(str(missing))
    find_programs()


@pytest.fixture(scope="session")
def lab(lab_possible: None) -> Iterator[RunningLab]:  # noqa: ARG001 - a fixture asked for
    """A lab of tests/e2e/grid: attic (nas, tower) and office (mini, desk) on one street, shed (vps, phone).

    It is shared: a test leaves no job behind, and heals what it cuts.
    """
    running = bring_up(f"e2e-{os.getpid()}")
    try:
        yield running
    finally:
        simulacra(running.grid, "lab", "down", "--name", running.name)
