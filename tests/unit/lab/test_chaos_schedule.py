"""What a seed stands for: the same each time, faults that heal, and never two that together take what one alone may."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from simulacra.cli.chaos import grid_folder
from simulacra.definitions import load
from simulacra.hcl.format import format_text
from simulacra.lab.chaos.deeds import DEEDS
from simulacra.lab.chaos.jobs import service_of, stops_s
from simulacra.lab.chaos.kinds import KINDS, QUORUM, WHOEVER, Kind, befallen, ground_of
from simulacra.lab.chaos.schedule import WAITS_S, Strike, schedule_of
from simulacra.lab.layout import choose_servers
from simulacra.render import render_job

GRID = load(grid_folder())
GROUND = ground_of(GRID, choose_servers(GRID))
SEEDS = range(30)


def taken(it: Strike) -> tuple[str, ...]:
    kind = next(kind for kind in KINDS if kind.name == it.kind)
    return kind.takes(GROUND, it.whom)


def test_each_kind_of_fault_is_done_in_some_way() -> None:
    assert {it.name for it in KINDS} == set(DEEDS)
    assert len({it.name for it in KINDS}) == len(KINDS)


def test_the_same_seed_gives_the_same() -> None:
    assert schedule_of(7, 5, GROUND) == schedule_of(7, 5, GROUND)
    assert len({schedule_of(seed, 5, GROUND).strikes for seed in SEEDS}) == len(SEEDS)


def test_twenty_minutes_have_each_kind_sooner_or_later() -> None:
    found = Counter(it.kind for seed in SEEDS for it in schedule_of(seed, 20, GROUND).strikes)
    assert set(found) == {it.name for it in KINDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_fault_is_healed_before_the_end(seed: int) -> None:
    schedule = schedule_of(seed, 3, GROUND)
    assert schedule.lasts_s == 180
    assert all(0 < it.at_s <= it.until_s <= 180 for it in schedule.strikes)
    assert [it.at_s for it in schedule.strikes] == sorted(it.at_s for it in schedule.strikes)
    for it in schedule.strikes:
        kind = next(kind for kind in KINDS if kind.name == it.kind)
        assert kind.least_s <= it.lasts_s <= kind.most_s


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_taken_is_not_taken_twice(seed: int) -> None:
    strikes = [it for it in schedule_of(seed, 20, GROUND).strikes if it.when is None]
    for at, first in enumerate(strikes):
        for second in strikes[at + 1 :]:
            if second.at_s < first.until_s:
                assert not set(taken(first)) & set(taken(second)), (first, second)


def test_two_servers_are_never_gone_at_once_but_where_that_is_meant() -> None:
    for it in (it for seed in SEEDS for it in schedule_of(seed, 20, GROUND).strikes):
        takes_server = it.kind in ("server killed", "leader killed", "quorum lost") or (
            it.kind in ("zone cut", "machine cut", "power cut") and set(befallen(GROUND, it.whom)) & set(GROUND.servers)
        )
        assert not takes_server or QUORUM in taken(it)
        assert it.kind != "quorum lost" or it.lasts_s < 10


def test_some_strike_in_the_act_and_one_at_a_time() -> None:
    found = [[it for it in schedule_of(seed, 20, GROUND).strikes if it.when is not None] for seed in SEEDS]
    assert {it.when for some in found for it in some} == {"draining", "sleeping", "asleep", "waking", "on"}
    assert {it.kind for some in found for it in some} == {it.name for it in KINDS if it.in_the_act}
    for before, after in (pair for some in found for pair in pairwise(some)):
        assert after.at_s >= before.until_s + WAITS_S
    for it in (it for some in found for it in some):
        assert it.whom == WHOEVER or it.whom not in GROUND.machines


def test_the_grid_can_breathe() -> None:
    strikes = schedule_of(1, 20, GROUND).strikes
    gaps = [after.at_s - before.at_s for before, after in pairwise(strikes)]
    assert sum(gap >= 45 for gap in gaps) >= len(strikes) // 6 - 1


def test_a_kind_that_is_added_changes_no_work() -> None:
    more = (*KINDS, Kind("cloud down", 5, lambda _: ("the cloud",), 10.0, 20.0))
    assert schedule_of(1, 5, GROUND, more).works == schedule_of(1, 5, GROUND).works
    assert "cloud down" in {it.kind for it in schedule_of(1, 5, GROUND, more).strikes}


def test_a_kind_with_nobody_to_strike_is_left_out() -> None:
    assert schedule_of(1, 5, GROUND, (Kind("cloud down", 1, lambda _: ()),)).strikes == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_all_work_fits_somewhere(seed: int) -> None:
    schedule = schedule_of(seed, 10, GROUND)
    assert len({it.name for it in schedule.works}) == len(schedule.works)
    assert {it.shape for it in schedule.works} == {"batch", "service"}
    for work in schedule.works:
        able = [it for it in GRID.machines if it.has and it.has.memory_mb - 110 >= work.memory_mb and work.zone in (None, it.zone)]
        assert able, work
        assert work.at_s < schedule.lasts_s


def test_work_is_a_job_as_simulacra_renders_it() -> None:
    schedule = schedule_of(1, 10, GROUND)
    for work in schedule.works:
        text = render_job(GRID, service_of(work))
        assert format_text(text) == text
        assert f'"{work.name}"' in text
        stop_s = stops_s(schedule, work)
        assert (stop_s is None) == (work.shape == "batch")
        assert stop_s is None or work.at_s < stop_s <= schedule.lasts_s + 20
    bound = next(it for it in schedule.works if it.zone is not None)
    assert f'"{bound.zone}"' in render_job(GRID, service_of(bound))


def test_the_grid_has_what_the_rules_are_about() -> None:
    assert GROUND.keepers == GROUND.servers == ("mini", "nas", "vps")
    assert GROUND.sleepers == ("desk", "small", "tower")
    assert GRID.mode == "act"
    assert (GRID.autoscaler.job, GRID.autoscaler.count) == (True, 2)
    assert (GRID.power.machines_min, GRID.power.machines_max) == (4, 5)
    assert [it.name for it in GRID.services if it.zones == "each"] == ["beacon"]
