"""What waits, from blocked evaluations."""

from __future__ import annotations

from dataclasses import replace

from simulacra.gateways.nomad_values import Evaluation, PlacementFailure
from simulacra.model.workload import Demand
from simulacra.observe.demands import demands_of


def blocked(id_: str, missing: int, job: str = "j", **more: object) -> Evaluation:
    failures = (PlacementFailure("g", missing, (), ()),)
    made = Evaluation(id_, job, "default", 10, "blocked", "", failures, created_s=5.5)
    return replace(made, **more)  # type: ignore[arg-type]


def test_failures_are_counted_by_group() -> None:
    two = (PlacementFailure("b", 1, (), ()), PlacementFailure("a", 4, (), ()))
    assert demands_of([blocked("1", 0, failures=two)]) == (Demand("j", "default", "a", 4, 5.5), Demand("j", "default", "b", 1, 5.5))


def test_a_second_evaluation_of_a_job_isnt_added() -> None:
    old, new = blocked("1", 3, create_index=10), blocked("2", 2, create_index=12)
    assert [it.count for it in demands_of([new, old])] == [2]
    other = blocked("3", 1, namespace="other")
    assert [(it.namespace, it.count) for it in demands_of([new, old, other])] == [("default", 2), ("other", 1)]


def test_what_is_queued_counts_for_more_than_failures() -> None:
    assert [it.count for it in demands_of([blocked("1", 1, queued=(("g", 5),))])] == [5]
    assert [it.count for it in demands_of([blocked("1", 1, queued=(("g", 0),))])] == [1]


def test_a_system_job_waits_on_each_of_its_nodes() -> None:
    waits = [blocked("1", 1, type="system", node="a"), blocked("2", 1, type="system", node="b", created_s=4.0)]
    assert demands_of(waits) == (Demand("j", "default", "g", 2, 4.0),)
    again = blocked("3", 1, type="system", node="a", create_index=20)
    assert [it.count for it in demands_of([*waits, again])] == [2]
