"""Which machines a proxy is kept off, since others reach more of its devices: labels, moves, and what is woken or not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import World, always, by_command, grid_of, job, machine

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.plan import Plan
from simulacra.model.proxy import proxies_of, proxy_service
from simulacra.model.workload import Constraint
from simulacra.plan.feasible import hurdles
from simulacra.plan.fleet import Fleet
from simulacra.plan.reaching import FRESH_S

LABEL = "simulacra_misses_proxy_attic"
PROGRAMS = ("haproxy", "python3")
IN_ATTIC = Constraint("${meta.simulacra_zone}", "set_contains_any", "attic")
PROXY = job("proxy-attic", 100, definition="proxy-attic", constraints=(IN_ATTIC, Constraint(f"${{meta.{LABEL}}}", "is_not_set", "")))
TWO = job("proxy-attic-2", 100, count=2, definition="proxy-attic-2", constraints=(Constraint(f"${{meta.{LABEL}_2}}", "is_not_set", ""),))


def peripheral(name: str, replicas: int = 1, protocol: str = "tcp", **more: object) -> Peripheral:
    placed = {"zone": "attic"} | more
    return Peripheral(name, f"10.0.0.{len(name)}", replicas=replicas, ports=(PeripheralPort("main", 80, protocol),), **placed)  # type: ignore[arg-type]


def home(*machines: Machine, devices: tuple[Peripheral, ...] = (), replicas: int = 1) -> Grid:
    its = devices or (peripheral("lamp", replicas), peripheral("printer", replicas))
    grid = replace(grid_of(*(machines or (always("nas"), always("pi"), always("vps", zone="hosting")))), peripherals=its)
    return replace(grid, services=tuple(proxy_service(it) for it in proxies_of(grid)))


def world(grid: Grid | None = None, *on: str) -> World:
    made = World(grid or home()).awake(*(on or ("nas", "pi", "vps")))
    for name in on or ("nas", "pi"):
        made = reaches(made, name, "lamp", "printer")
    return made


def reaches(it: World, name: str, *reached: str, programs: tuple[str, ...] = PROGRAMS, **more: object) -> World:
    unreached = tuple(device for device in ("lamp", "printer") if device not in reached)
    return it.report(name, **({"reached": reached, "unreached": unreached, "programs": programs} | more))


def labelled(it: World, made: Plan | None = None) -> World:
    """As it is once Nomad has the labels of the plan."""
    for relabel in (made or it.plan()).relabels:
        node = next(node for node in it.snapshot().nodes if node.name == relabel.machine)
        meta = {key: value for key, value in {**dict(node.meta), **dict(relabel.changes)}.items() if value is not None}
        it = it.node(relabel.machine, meta=tuple(sorted(meta.items())))
    return it


def misses(made: Plan) -> dict[str, str | None]:
    return {it.machine: value for it in made.relabels for key, value in it.changes if key.startswith("simulacra_misses_")}


def test_what_reaches_less_than_another_is_labelled_with_what_it_misses() -> None:
    made = reaches(world(), "nas", "lamp").plan()
    assert misses(made) == {"nas": "printer"}
    (relabel,) = (it for it in made.relabels if it.machine == "nas" and LABEL in dict(it.changes))
    assert relabel.reason.endswith("nas doesn't reach printer any more, which proxy-attic serves")


def test_a_device_that_is_off_everywhere_moves_nothing() -> None:
    it = labelled(reaches(reaches(world(), "nas", "lamp"), "pi", "lamp")).runs(PROXY, "nas")
    assert (misses(it.plan()), it.plan().evictions) == ({}, ())


def test_the_label_goes_when_nobody_reaches_more_any_longer_and_with_the_proxy() -> None:
    it = labelled(reaches(world(), "nas", "lamp"))
    assert misses(it.plan()) == {}
    (relabel,) = reaches(it, "nas", "lamp", "printer").plan().relabels
    assert (relabel.machine, relabel.changes) == ("nas", ((LABEL, None),))
    assert relabel.reason == "nothing keeps proxy-attic off it any more"
    assert misses(reaches(it, "pi").plan()) == {"nas": None, "pi": "lamp and printer"}
    assert misses(replace(it, grid=replace(it.grid, peripherals=(), services=())).plan()) == {"nas": None}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("the other is off", lambda it: replace(it, on=it.on - {"pi"})),
        ("the other is being emptied", lambda it: it.node("pi", draining=True, eligible=False)),
        ("the other takes no work", lambda it: it.node("pi", eligible=False)),
        ("the other hasn't reported", lambda it: it.no_report("pi")),
        ("the other's report is old", lambda it: it.report("pi", at_s=it.now_s - FRESH_S - 1)),
        ("the other's report is of another year", lambda it: it.report("pi", at_s=it.now_s + 1e7)),
        ("its own report is old", lambda it: it.report("nas", at_s=it.now_s - FRESH_S - 1)),
        ("it hasn't reported", lambda it: it.no_report("nas")),
        ("the other hasn't looked yet", lambda it: it.report("pi", reached=(), unreached=())),
        ("it hasn't looked yet", lambda it: it.report("nas", reached=(), unreached=())),
        ("the other hasn't looked at all of it", lambda it: it.report("pi", reached=("lamp",), unreached=())),
        ("the other doesn't reach more, but something else", lambda it: it.report("pi", reached=("printer",), unreached=("lamp",))),
        ("the other lacks the programs", lambda it: it.report("pi", programs=("python3",))),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_it_keeps_its_place_where(name: str, change: object) -> None:
    it = change(reaches(world(), "nas", "lamp"))  # type: ignore[operator]
    assert "nas" not in misses(it.plan()), name


def test_other_zones_machines_dont_count() -> None:
    it = reaches(replace(world(), on=frozenset({"nas", "vps"})), "nas", "lamp")
    assert misses(reaches(it, "vps", "lamp", "printer").plan()) == {}


def test_machines_that_are_named_count_wherever_they_are() -> None:
    devices = (peripheral("lamp", zone=None, machines=("nas", "vps")), peripheral("printer", zone=None, machines=("nas", "vps")))
    it = reaches(reaches(world(home(devices=devices)), "nas", "lamp"), "vps", "lamp", "printer")
    (relabel,) = (one for one in it.plan().relabels if any(key.startswith("simulacra_misses") for key, _ in one.changes))
    assert (relabel.machine, dict(relabel.changes)["simulacra_misses_proxy_on_nas_vps"]) == ("nas", "printer")


def test_a_missing_program_counts_more_than_a_device() -> None:
    it = reaches(reaches(world(), "nas", "lamp", "printer", programs=("python3",)), "pi", "lamp")
    assert misses(it.plan()) == {"nas": "haproxy isn't installed"}
    assert misses(reaches(it, "pi", "lamp", programs=("nginx",)).plan()) == {"pi": "haproxy isn't installed"}, "none has it"


def test_of_programs_those_count_that_its_devices_need() -> None:
    udp = home(devices=(peripheral("lamp"), peripheral("printer", protocol="udp")))
    assert misses(reaches(world(udp), "nas", "lamp", "printer", programs=(*PROGRAMS, "nginx")).plan()) == {"pi": "nginx isn't installed"}
    inside = replace(PROXY, groups=(replace(PROXY.groups[0], drivers=("docker",)),))
    bare = reaches(world(), "nas", "lamp", "printer", programs=("python3",))
    assert misses(bare.knows(inside).plan()) == {}, "containers bring them along"


def test_a_stranger_without_the_programs_is_labelled_too() -> None:
    guest = Node("id-guest", "guest", cpu_mhz=4000, memory_mb=4000, meta=(("simulacra_zone", "attic"),))
    it = replace(world(), strangers=(guest,)).report("guest", programs=("python3",))
    assert misses(it.plan()) == {"guest": "haproxy isn't installed"}
    assert misses(it.report("guest", programs=PROGRAMS).plan()) == {}, "nothing is known of what it reaches"


def test_of_several_that_are_to_serve_it_the_best_are_left() -> None:
    three = home(always("nas"), always("pi"), always("vps"), replicas=2)
    it = reaches(reaches(reaches(world(three), "nas", "lamp"), "vps"), "pi", "lamp", "printer")
    assert misses(it.plan()) == {"vps": "lamp and printer"}


def test_an_instance_is_moved_when_nomad_has_the_label_and_another_takes_it() -> None:
    it = reaches(world(), "nas", "lamp").runs(PROXY, "nas")
    assert it.plan().evictions == (), "Nomad would place it there again"
    (eviction,) = labelled(it).plan().evictions
    assert (eviction.allocation, eviction.machine) == ("proxy-attic-0", "nas")
    assert eviction.reason == "nas doesn't reach printer any more, which proxy-attic serves"
    assert reaches(labelled(it), "nas", "lamp", "printer").plan().evictions == (), "it reaches it again"
    assert labelled(it).node("pi", memory_mb=50).plan().evictions == (), "no room there"
    assert labelled(it).waits(PROXY, 1).plan().evictions == ()


def test_an_only_instance_that_cannot_run_is_moved_too() -> None:
    it = reaches(world(), "nas", "lamp", "printer", programs=("python3",)).runs(PROXY, "nas", running=False)
    (eviction,) = labelled(it).plan().evictions
    assert eviction.reason == "haproxy isn't installed on nas, which proxy-attic needs"
    assert labelled(replace(it, allocations=()).runs(PROXY, "nas", leaving=True)).plan().evictions == ()


def test_of_several_one_is_moved_at_a_time_and_only_while_the_others_run() -> None:
    four = home(*(always(name) for name in ("nas", "pi", "vps", "box")), replicas=2)
    it = world(four, "nas", "pi", "vps", "box")
    it = labelled(reaches(reaches(it, "nas", "lamp"), "pi", "lamp"))
    assert [one.machine for one in it.runs(TWO, "nas", "pi").plan().evictions] == ["nas"]
    assert it.runs(TWO, "nas").runs(TWO, "pi", running=False).plan().evictions[0].machine == "pi", "the one that doesn't run"
    assert it.runs(TWO, "nas").runs(TWO, "vps", leaving=True).plan().evictions == ()
    assert it.runs(TWO, "vps", "box").plan().evictions == ()


def test_a_sleeper_is_expected_to_reach_what_it_did_beside_those_that_are_on() -> None:
    """It isn't woken to take the proxy over where it would miss something, and is where nobody else is left."""
    grid = home(by_command("desk", watts=90), by_command("tower", watts=30))
    it = world(grid, "desk").spare("desk").runs(PROXY, "desk")
    assert [one.machine for one in reaches(it, "tower", "lamp", "printer").plan().wakes] == ["tower"]
    assert reaches(it, "tower", "lamp").plan().wakes == ()
    off = replace(World(grid).waits(PROXY), reports={})
    assert [one.machine for one in reaches(off, "tower", "lamp").plan().wakes] == ["tower"]
    left = off.record("tower", remembered=replace(off.snapshot().nodes[1], meta=((LABEL, "printer"), ("simulacra_zone", "attic"))))
    assert [one.machine for one in left.plan().wakes] == ["tower"], "what it was labelled with then was so beside others"


def test_a_machine_that_reaches_more_stays_on_for_the_proxy() -> None:
    grid = home(always("nas"), machine("desk"))
    it = labelled(reaches(world(grid, "nas", "desk"), "nas", "lamp")).spare("desk").runs(PROXY, "desk")
    assert it.plan().sleeps == ()
    same = reaches(it, "nas", "lamp", "printer")
    assert [one.machine for one in same.plan().sleeps] == ["desk"]


def test_where_all_that_could_take_it_are_labelled_the_words_say_so() -> None:
    it = reaches(world(), "nas", "lamp")
    node = replace(it.snapshot().nodes[0], meta=((LABEL, "printer"), ("simulacra_zone", "attic")))
    (first, *_) = (hurdle for hurdle in hurdles(Fleet([node]), PROXY, PROXY.groups[0]) if not hurdle.met.any())
    assert first.lacking == "reaches as many of the devices that proxy-attic serves as others do"
    assert all(hurdle.met.all() for hurdle in hurdles(Fleet([replace(node, meta=(("simulacra_zone", "attic"),))]), PROXY, PROXY.groups[0]))


def test_where_the_grid_only_observes_nothing_is_counted_as_labelled() -> None:
    it = reaches(world(), "nas", "lamp")
    it = replace(it, grid=replace(it.grid, mode="observe"))
    assert misses(it.plan()) == {"nas": "printer"}, "it is told"
    assert {one.machine for one in it.waits(PROXY).plan().placed} == {"nas"}


def test_while_it_waits_it_may_stand_where_it_reaches_less() -> None:
    it = reaches(world(), "nas", "lamp")
    assert misses(it.plan()) == {"nas": "printer"}
    assert misses(it.waits(PROXY).plan()) == {}, "the better ones have no room"
