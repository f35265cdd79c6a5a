"""Zones told from round trips, and the zone that a machine is nearest to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from gossip import HOUSE_OFFICE_CLOUD, Place, adjusted_rand_index, gossiped, places, scattered

from simulacra.model.coordinates import Coordinate, rtt_ms
from simulacra.plan.clusters import clusters
from simulacra.plan.nearest import ELSEWHERE_MS, nearest, zone_distances
from simulacra.plan.round_trips import comparable, round_trips_ms


def at(machine: str, *place_ms: float, **more: float) -> Coordinate:
    return Coordinate(machine, tuple(it / 1000 for it in place_ms), **more)


def agreement(there: Sequence[Place], coordinates: Sequence[Coordinate]) -> float:
    found = clusters([it.machine for it in coordinates], round_trips_ms(coordinates, coordinates))
    cluster = {machine: number for number, it in enumerate(found) for machine in it.machines}
    return adjusted_rand_index([it.zone for it in there], [cluster[it.machine] for it in there])


def test_many_round_trips_at_once_are_those_of_two() -> None:
    some = gossiped(places((4, 3), 1.0, 1), ((0, 9), (9, 0)), 0.1, 80, 1)
    whole = round_trips_ms(some, some)
    for (row, one), (column, other) in combinations(enumerate(some), 2):
        assert whole[row, column] == pytest.approx(rtt_ms(one, other))


@pytest.mark.parametrize(
    "broken", [at("c", float("nan"), 0.0), at("c", 0.0, 0.0, height=float("inf")), at("c", 1.0), at("c"), at("c", 0.0, 0.0, error=1.5)]
)
def test_what_cant_be_compared_is_left_out(broken: Coordinate) -> None:
    assert [it.machine for it in comparable([at("b", 1.0, 0.0), broken, at("a", 0.0, 0.0)])] == ["a", "b"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rounds", [60, 300])
def test_house_office_and_cloud_are_three_zones(seed: int, rounds: int) -> None:
    there = places((3, 3, 1), 0.15, seed)
    assert agreement(there, gossiped(there, HOUSE_OFFICE_CLOUD, 0.05, rounds, seed)) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_500_machines_in_20_zones_with_jitter_agree_to_95_percent(seed: int) -> None:
    there = places([25] * 20, 0.5, seed)
    assert agreement(there, gossiped(there, scattered(20, seed), 0.1, 600, seed)) >= 0.95


@pytest.mark.parametrize("seed", range(3))
def test_one_lan_is_one_zone_whatever_the_jitter(seed: int) -> None:
    there = places((12,), 1.0, seed)
    assert agreement(there, gossiped(there, ((0,),), 0.4, 300, seed)) == 1.0


def test_two_zones_in_one_town_stay_apart_beside_one_overseas() -> None:
    there, far = places((3, 3, 2), 0.15, 1), ((0, 10, 100), (10, 0, 95), (100, 95, 0))
    assert agreement(there, gossiped(there, far, 0.02, 300, 1)) == 1.0


def test_a_machine_that_is_astray_joins_its_zone_where_others_are_astray_too() -> None:
    wide = [at(f"m{number}", 2.4 * number, 0.0) for number in range(4)]
    found = clusters([it.machine for it in (*wide, at("stray", 0.0, 7.0))], round_trips_ms(*[(*wide, at("stray", 0.0, 7.0))] * 2))
    assert len(found) == 1


def test_machines_and_clusters_come_by_name_and_are_surer_the_farther_the_others_are() -> None:
    some = [at("z", 0.0), at("b", 30.0), at("a", 0.2), at("c", 30.1)]
    near, far = clusters([it.machine for it in some], round_trips_ms(some, some))
    assert (near.machines, far.machines) == (("a", "z"), ("b", "c"))
    assert near.confidence == pytest.approx((0.9, 0.9), abs=0.01)


def test_none_one_and_two_machines() -> None:
    assert clusters([], np.zeros((0, 0))) == ()
    assert [it.machines for it in clusters(["a"], np.zeros((1, 1)))] == [("a",)]
    assert [it.machines for it in clusters(["a", "b"], np.array([[0.0, 1.0], [1.0, 0.0]]))] == [("a", "b")]
    assert [it.machines for it in clusters(["a", "b"], np.array([[0.0, 9.0], [9.0, 0.0]]))] == [("a",), ("b",)]


ATTIC = (at("nas", 0.0, 0.0), at("tower", 0.3, 0.0))
OFFICE = (at("mini", 12.0, 0.0), at("desk", 12.2, 0.0))


def test_the_nearest_zone_is_that_with_the_smallest_median() -> None:
    found = nearest({"attic": ATTIC, "office": OFFICE}, [at("new", 0.1, 0.2)])["new"]
    assert found.zone == "attic"
    assert found.confidence > 0.7


def test_a_machine_between_two_zones_is_unsure_and_an_unsure_coordinate_too() -> None:
    zones = {"attic": ATTIC, "office": OFFICE}
    between, plain = at("new", 5.6, 0.0), at("new", 0.1, 0.0)
    assert nearest(zones, [between])["new"].confidence < 0.2
    sure, unsure, none = (nearest(zones, [replace(plain, error=error)])["new"].confidence for error in (0.2, 1.0, 1.5))
    assert sure > unsure > none == 0.0


def test_what_is_clearly_elsewhere_is_near_none() -> None:
    found = nearest({"attic": ATTIC, "office": OFFICE}, [at("new", 0.0, ELSEWHERE_MS + 1)])["new"]
    assert found.zone is None


def test_a_zone_whose_own_machines_are_far_apart_reaches_farther() -> None:
    wide = (at("a", 0.0, 0.0), at("b", 6.0, 0.0), at("c", 0.0, 6.0))
    assert nearest({"wide": wide}, [at("new", 9.5, 3.0)])["new"].zone == "wide"
    assert nearest({"wide": wide[:1]}, [at("new", 9.5, 3.0)])["new"].zone is None


def test_ones_own_membership_tells_nothing() -> None:
    found = nearest({"attic": ATTIC, "office": (*OFFICE, at("moved", 0.1, 0.0))}, [at("moved", 0.1, 0.0)])["moved"]
    assert found.zone == "attic"


def test_without_members_nothing_is_near() -> None:
    assert nearest({}, [at("new", 0.0)]) == {}
    assert nearest({"attic": (at("new", 0.0),)}, [at("new", 0.0)]) == {}


def test_zones_distances_are_medians_in_both_orders() -> None:
    found = zone_distances({"attic": ATTIC, "office": OFFICE, "empty": ()})
    assert found == {("attic", "office"): pytest.approx(11.95), ("office", "attic"): pytest.approx(11.95)}
