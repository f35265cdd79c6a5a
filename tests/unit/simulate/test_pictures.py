"""The pictures of a simulation: always the same bytes, with their words, and no more points than can be seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from made_up_simulation import DAY_S, DEMAND, HOUR_S, MADE_UP

from simulacra.faults import Usage
from simulacra.simulate.binning import busiest_week, by_day, in_detail, means
from simulacra.simulate.outcome import Bound, Simulation
from simulacra.simulate.pictures import energy_against_waiting, machines_over_time

SHORT = replace(MADE_UP, days=1.0)
LONG = replace(MADE_UP, days=90.0, demand=tuple((at * 60.0, float(at % 3)) for at in range(90 * 1440)))
EMPTY = Simulation("none", 0, 0.0, 0, (), Bound(0.0, 0.0))
DRAWN = (machines_over_time, energy_against_waiting)


@cache
def once(draw: Callable[[Simulation], str], simulation: Simulation) -> str:
    """The picture, drawn for all tests."""
    return draw(simulation)


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("simulation", [MADE_UP, SHORT, EMPTY], ids=["long", "short", "empty"])
def test_the_same_simulation_gives_the_same_bytes(draw: Callable[[Simulation], str], simulation: Simulation) -> None:
    first = once(draw, simulation)
    assert first == draw(simulation)
    assert ElementTree.fromstring(first).tag.endswith("svg")
    assert "dc:date" not in first


def words(svg: str) -> list[str]:
    return [it.text or "" for it in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_each_policy_is_named_beside_its_curve() -> None:
    found = words(once(machines_over_time, MADE_UP))
    for policy in MADE_UP.outcomes:
        assert f"{policy.policy}: machines on ({policy.kwh:.1f} kWh)" in found
    assert "grey: demand, in machines' worth" in found


def test_a_long_trace_has_its_days_and_its_busiest_week() -> None:
    assert "day of the trace (means of days)" in words(once(machines_over_time, LONG))
    assert "the busiest week (means of 15 min)" in words(once(machines_over_time, LONG))
    assert "the busiest week" not in "".join(words(once(machines_over_time, SHORT)))


def test_a_long_trace_stays_small() -> None:
    assert len(once(machines_over_time, LONG)) < 300_000


def test_demand_beyond_the_panel_is_told() -> None:
    high = replace(SHORT, demand=((0.0, 50.0),))
    assert "grey: demand, in machines' worth (up to 50)" in words(once(machines_over_time, high))


def test_each_point_is_labelled_and_the_bound_and_the_ends_of_the_curve() -> None:
    found = words(once(energy_against_waiting, MADE_UP))
    assert {
        "always-on: 100.0 kWh, 0 s",
        "idle-timeout: 60.0 kWh, 12 s",
        "target-value: 70.0 kWh, 3 min",
        "simulacra: 46.0 kWh, 14 s",
        "idle-timeout of 60 s",
        "idle-timeout of 1 h",
        "no schedule goes below 40.0 kWh",
    } <= set(found)


def test_labels_dont_lie_on_each_other() -> None:
    same = tuple(replace(it, kwh=50.0) for it in MADE_UP.outcomes)
    svg = energy_against_waiting(replace(MADE_UP, outcomes=same))
    heights = [
        float(it.get("y", "nan"))
        for it in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
        if "50.0 kWh," in (it.text or "")
    ]
    assert len(heights) == 4
    assert np.diff(np.sort(heights)).min() > 9.0


def test_two_pictures_of_a_page_share_no_ids() -> None:
    one, other = (set(re.findall(r' id="([^"]+)"', machines_over_time(MADE_UP, name))) for name in ("before", "after"))
    assert one
    assert not one & other


def test_every_reference_leads_somewhere() -> None:
    for text in (once(draw, MADE_UP) for draw in DRAWN):
        assert set(re.findall(r'(?:url\(|href=")#([^")]+)', text)) == set(re.findall(r' id="([^"]+)"', text))


def test_a_missing_matplotlib_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(Usage, match=r"pip install simulacra\[simulate\]"):
        machines_over_time(MADE_UP)


def test_means_are_exact() -> None:
    assert means(DEMAND, by_day(2 * DAY_S)).tolist() == [0.125, 0.125]
    assert means(DEMAND, in_detail(9 * HOUR_S - 30, 9 * HOUR_S + 30)).tolist() == [0.0] * 30 + [1.0] * 30
    assert means((), by_day(DAY_S)).tolist() == [0.0]


def test_the_last_value_stays() -> None:
    assert means(((0.0, 4.0),), by_day(3 * DAY_S)).tolist() == [4.0, 4.0, 4.0]


def test_the_busiest_week_is_the_first_with_the_most_work() -> None:
    assert busiest_week(DEMAND, 10 * DAY_S).from_s == 0.0
    late = (*DEMAND, (12 * DAY_S, 9.0), (13 * DAY_S, 0.0))
    assert busiest_week(late, 30 * DAY_S).from_s == 6 * DAY_S
    assert busiest_week(DEMAND, DAY_S).until_s == DAY_S
