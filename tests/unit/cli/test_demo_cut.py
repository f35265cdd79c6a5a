"""Which zone the demo cuts off."""

from __future__ import annotations

import pytest

from simulacra.cli.demo_cut import zone_to_cut
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine


def grid_of(machines: dict[str, str]) -> Grid:
    """For each zone a letter for each of its machines: S for one that is defined to run a Nomad server."""
    made = [Machine(f"{zone}-{n}", zone, server=letter == "S") for zone, letters in machines.items() for n, letter in enumerate(letters)]
    return Grid("test", machines=tuple(made))


@pytest.mark.parametrize(
    ("machines", "zones", "expected"),
    [
        pytest.param({"attic": "S", "barn": "S", "cellar": "S"}, "attic barn cellar", "attic", id="the first by name"),
        pytest.param({"attic": "SS", "barn": "S"}, "attic barn", "barn", id="the leader stays on the other side"),
        pytest.param({"attic": "S", "barn": "S"}, "attic barn", None, id="without a majority there is no leader anywhere"),
        pytest.param({"attic": "-", "barn": "-", "cellar": "-"}, "barn cellar", "barn", id="all in the first sleep"),
        pytest.param({"attic": "S", "barn": "-"}, "attic barn", "barn", id="one server"),
        pytest.param({"attic": "S-"}, "attic", None, id="one zone"),
        pytest.param({"attic": "-", "barn": "S"}, "attic", None, id="the others sleep"),
    ],
)
def test_zone_to_cut(machines: dict[str, str], zones: str, expected: str | None) -> None:
    assert zone_to_cut(grid_of(machines), zones.split()) == expected
