"""What is kept from plan to plan, and what is made anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.cluster import Node
from simulacra.plan.fleet import KEPT_BYTES, fleet_of
from simulacra.plan.kept import Kept

NODE = Node("id-a", "a", cpu_mhz=1000, memory_mb=1000)
OTHER = Node("id-b", "b", cpu_mhz=1000, memory_mb=1000)


def test_the_very_same_values_have_the_answer_that_is_known() -> None:
    kept, made = Kept[int](8), []

    def make() -> int:
        made.append(1)
        return len(made)

    twin = replace(NODE)
    assert [kept.of(values, make) for values in [(NODE, None), (NODE, None), (twin, None), (NODE, OTHER), (NODE, None)]] == [1, 1, 2, 3, 1]


def test_where_it_is_full_it_begins_afresh() -> None:
    kept, nodes = Kept[str](2), [replace(NODE, name=name) for name in "abc"]
    for node in nodes:
        assert kept.of((node,), lambda node=node: node.name) == node.name
    assert kept.of((nodes[0],), lambda: "made anew") == "made anew"
    assert kept.of((nodes[2],), lambda: "made anew") == "c"


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"eligible": False}, True),
        ({"status": "down", "changed_s": 5.0}, True),
        ({"draining": True}, True),
        ({"memory_mb": 500}, False),
        ({"meta": (("zone", "x"),)}, False),
        ({"id": "another"}, False),
    ],
)
def test_nodes_are_read_again_where_what_is_read_has_changed(changes: dict[str, object], same: bool) -> None:
    first = fleet_of([NODE, OTHER])
    again = fleet_of([replace(NODE, **changes), OTHER])
    assert (again is first) == same
    assert again.memory_mb.tolist() == [replace(NODE, **changes).memory_mb, 1000]
    assert fleet_of([OTHER]) is not again


def test_what_was_asked_of_nodes_that_stay_the_same_is_forgotten_some_day() -> None:
    nodes = [NODE, OTHER]
    columns = fleet_of(nodes).columns
    first = columns.column("lot-0")
    for at in range(KEPT_BYTES // 1000):
        columns.mask("${meta.lot}", "=", f"lot-{at}")
    assert columns.column("lot-0") is first
    assert fleet_of(nodes).columns is columns
    assert columns.judged == 0
    assert columns.column("lot-0") is not first
