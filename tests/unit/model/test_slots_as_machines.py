"""Slots as machines of the grid, and what stays of those that the definitions don't have any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.machine import Machine, Rent, Sleep
from simulacra.model.rented import cloud_of, own_machines, rented_from, with_slots

CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small", "t3.large"), "ami", max=2, boot_time_s=240.0)
TOWER = Machine("tower", "attic")
GRID = Grid("home", machines=(TOWER,), clouds=(CLOUD,))


def ledger(*machines: str, cloud: str = "burst") -> Ledger:
    return Ledger(cloud, servers=tuple(Tenancy(f"i-{name}", name, "small", 1.0) for name in machines))


def names(grid: Grid) -> list[str]:
    return [it.name for it in grid.machines]


def test_each_slot_is_a_machine_that_is_woken_by_renting_it() -> None:
    whole = with_slots(GRID, ())
    assert names(whole) == ["burst-small-1", "burst-small-2", "burst-t3-large-1", "burst-t3-large-2", "tower"]
    assert whole.machines[2] == Machine(
        "burst-t3-large-1",
        "cloud",
        "server",
        boot_time_s=240.0,
        wake=Rent("burst", "t3.large"),
        sleep=Sleep("destroy"),
        source=CLOUD.source,
    )


def test_a_grid_without_clouds_stays_as_it_is() -> None:
    alone = replace(GRID, clouds=())
    assert with_slots(alone, (ledger("burst-small-1"),)) is alone


@pytest.mark.parametrize("now", [replace(CLOUD, max=1), replace(CLOUD, sizes=("t3.large",)), replace(CLOUD, max=0)])
def test_what_runs_and_has_no_place_any_more_is_there_until_it_is_gone(now: Cloud) -> None:
    whole = with_slots(replace(GRID, clouds=(now,)), (ledger("burst-small-2"),))
    left = whole.machine("burst-small-2")
    assert left is not None
    assert left.rent == Rent("burst", "small", retired=True)
    assert with_slots(replace(GRID, clouds=(now,)), (ledger(),)).machine("burst-small-2") is None


def test_a_slot_with_a_server_is_no_other_than_before() -> None:
    assert with_slots(GRID, (ledger("burst-small-2"),)) == with_slots(GRID, ())


def test_a_server_that_is_called_like_ones_own_machine_is_not_mistaken_for_it() -> None:
    whole = with_slots(GRID, (ledger("tower"),))
    assert whole.machine("tower") == TOWER


def test_of_a_cloud_that_is_not_defined_any_more_nothing_can_be_said() -> None:
    assert with_slots(GRID, (ledger("old-small-1", cloud="old"),)).machine("old-small-1") is None


def test_whose_they_are() -> None:
    other = replace(CLOUD, name="other", sizes=("small",), max=1)
    whole = with_slots(replace(GRID, clouds=(CLOUD, other)), ())
    assert own_machines(whole) == (TOWER,)
    assert [it.name for it in rented_from(whole.machines, "other")] == ["other-small-1"]
    assert [cloud_of(whole, it) for it in whole.machines[-2:]] == [other, None]
