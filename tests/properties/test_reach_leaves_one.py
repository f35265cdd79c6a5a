"""Whatever machines say that they reach: of those that take work one at least isn't kept off a proxy, and nobody is for nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from scenes import World, always, grid_of

from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.plan import Plan
from simulacra.model.proxy import MISSES, proxies_of, proxy_service
from simulacra.plan.plan import plan
from simulacra.plan.reaching import FRESH_S

MACHINES = ("box", "nas", "pi", "tower")
DEVICES = ("bulb", "lamp", "meter", "printer")
names = st.lists(st.sampled_from([*DEVICES, "nobody's"]), max_size=6).map(tuple)
said = st.fixed_dictionaries(
    {
        "reached": names,
        "unreached": names,
        "programs": st.sampled_from([(), ("haproxy",), ("haproxy", "nginx", "python3"), ("python3",)]),
        "age_s": st.sampled_from([0.0, FRESH_S, FRESH_S + 1, -FRESH_S - 1]),
        "on": st.booleans(),
        "eligible": st.booleans(),
    }
)
said_by_all = st.fixed_dictionaries({name: st.none() | said for name in MACHINES})


def world(replicas: int, told: dict[str, dict[str, object] | None]) -> World:
    ports = {name: (PeripheralPort("main", 80, "udp" if name == "meter" else "tcp"),) for name in DEVICES}
    devices = tuple(Peripheral(name, "10.0.0.9", "attic", replicas=replicas, ports=ports[name]) for name in DEVICES)
    grid = replace(grid_of(*map(always, MACHINES)), peripherals=devices)
    it = World(replace(grid, services=tuple(map(proxy_service, proxies_of(grid)))))
    for name, words in told.items():
        if words is None:
            it = it.awake(name).no_report(name)
            continue
        it = it.awake(name) if words["on"] else it
        it = it.node(name, eligible=words["eligible"])
        it = it.report(
            name, at_s=it.now_s - float(str(words["age_s"])), **{key: words[key] for key in ("reached", "unreached", "programs")}
        )
    return it


def labelled(made: Plan) -> set[str]:
    return {it.machine for it in made.relabels for key, value in it.changes if key.startswith(MISSES) and value is not None}


@given(st.integers(1, 3), said_by_all)
def test_there_is_always_one_left_and_as_many_as_serve_it(replicas: int, told: dict[str, dict[str, object] | None]) -> None:
    it = world(replicas, told)
    taking = {node.name for node in it.snapshot().nodes if node.status == "ready" and node.eligible}
    kept_off = labelled(it.plan())
    assert len(taking - kept_off) >= min(replicas, len(taking))


@given(said_by_all)
def test_nobody_is_kept_off_without_another_that_does_better(told: dict[str, dict[str, object] | None]) -> None:
    it = world(1, told)
    for name in labelled(it.plan()):
        mine = told[name]
        assert mine is not None
        assert abs(float(str(mine["age_s"]))) <= FRESH_S
        assert any(
            other is not None and other["on"] and other["eligible"] and (set(other["reached"]) or set(other["programs"]))  # type: ignore[call-overload]
            for machine, other in told.items()
            if machine != name
        )


@given(said_by_all, st.permutations(MACHINES))
def test_who_is_kept_off_depends_on_no_order(told: dict[str, dict[str, object] | None], order: list[str]) -> None:
    again = world(1, {name: told[name] for name in order})
    snapshot = again.snapshot()
    turned = replace(snapshot, reports=tuple(sorted(snapshot.reports, key=lambda it: order.index(it.machine))))
    assert plan(again.grid, turned).relabels == plan(again.grid, snapshot).relabels
