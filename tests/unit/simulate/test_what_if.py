"""Changes to a grid that is only simulated: what they make of it, and which there can't be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.settings import Electricity, Power
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.what_if import all_changed, changed, parse

EQUAL = equal_grid(EqualMachines(10))
NAS = Machine("nas", "attic", server=True, address="10.0.0.1", has=Has(8000, 8192), watts=Watts(10, 20))
TOWER = Machine("tower", "attic", after=("nas",), has=Has(28000, 65536), wake=WakeLan("aa:bb:cc:dd:ee:ff"))
OWN = Grid("own", zones=(Zone("attic"),), machines=(NAS, TOWER), electricity=Electricity(0.31, "CHF"))


def names(grid: Grid) -> list[str]:
    return [it.name for it in grid.machines]


def with_(grid: Grid, text: str) -> Grid:
    return changed(grid, parse(text))


def test_equal_machines_become_more_or_fewer() -> None:
    assert names(with_(EQUAL, "machines=+2"))[-2:] == ["machine-11", "machine-12"]
    assert names(with_(EQUAL, "machines=-1")) == names(EQUAL)[:-1]
    assert with_(EQUAL, "machines=+1").machines[-1] == replace(EQUAL.machines[-1], name="machine-11")


def test_numbers_are_counted_not_spelt() -> None:
    nine = equal_grid(EqualMachines(9))
    grown = with_(nine, "machines=+2")
    assert set(names(grown)) == {*names(nine), "machine-10", "machine-11"}
    assert names(with_(grown, "machines=-2")) == names(nine)


def test_a_machine_goes_and_nobody_waits_for_it() -> None:
    left = with_(OWN, "without=nas")
    assert names(left) == ["tower"]
    assert left.machines[0].after == ()


def test_another_one_as_that_is_no_server_of_nomads() -> None:
    more = with_(with_(OWN, "another=nas"), "another=nas")
    assert names(more) == ["nas", "nas-2", "nas-3", "tower"]
    assert more.machines[1] == replace(NAS, name="nas-2", server=False, address=None)


@pytest.mark.parametrize(
    ("text", "power"),
    [
        ("sleep_after=300s", Power(sleep_after_s=300.0)),
        ("minimum_uptime=5m", Power(minimum_uptime_s=300.0)),
        ("wake_cooldown=1m30s", Power(wake_cooldown_s=90.0)),
        ("moves_per_day=4", Power(moves_per_day=4)),
        ("machines_min = 2", Power(machines_min=2)),
    ],
)
def test_keys_of_power_are_as_in_the_definitions(text: str, power: Power) -> None:
    assert with_(OWN, text) == replace(OWN, power=power)


def test_another_price_keeps_the_currency() -> None:
    assert with_(OWN, "price=0.40").electricity == Electricity(0.40, "CHF")
    assert with_(replace(OWN, electricity=None), "price=1").electricity == Electricity(1.0, "EUR")


def test_all_machines_boot_in_another_time() -> None:
    assert {it.boot_time_s for it in with_(OWN, "boot=45s").machines} == {45.0}


def test_changes_add_up() -> None:
    grid = all_changed(EQUAL, [parse("machines=-3"), parse("sleep_after=1m")])
    assert (len(grid.machines), grid.power.sleep_after_s) == (7, 60.0)


def test_a_change_reads_as_it_was_written() -> None:
    assert str(parse(" sleep_after = 5m ")) == "sleep_after=5m"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("machines", "takes a change such as machines=-1, without=tower or sleep_after=5m"),
        ("=3", "takes a change"),
        ("without=", "takes a change"),
        ("slep_after=3m", "Did you mean 'sleep_after'?"),
        ("machines=3", "how many more or fewer, such as +1 or -1"),
        ("machines=+1", "the machines aren't equal, so say which"),
        ("without=fridge", "there is no machine \"fridge\". There are: nas, tower."),
        ("another=towe", "Did you mean 'tower'?"),
        ("sleep_after=300", "takes a duration from"),
        ("sleep_after=-1s", "takes a duration from"),
        ("boot=2h", "out of range"),
        ("price=cheap", "takes a number from 0 to 1000"),
        ("price=-1", "out of range"),
        ("moves_per_day=1", "out of range"),
    ],
)  # fmt: skip
def test_what_cant_be_is_said(text: str, said: str) -> None:
    with pytest.raises(Usage) as told:
        with_(OWN, text)
    assert said in str(told.value)
    assert "--what-if" in str(told.value)


def test_one_machine_must_be_left() -> None:
    with pytest.raises(Usage, match="one must be left"):
        with_(EQUAL, "machines=-10")
    with pytest.raises(Usage, match="one must be left"):
        with_(replace(OWN, machines=(NAS,)), "without=nas")


def test_a_most_below_the_least_cant_be() -> None:
    with pytest.raises(Usage, match="machines_max"):
        all_changed(OWN, [parse("machines_min=2"), parse("machines_max=1")])
