"""Why a service isn't placed, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.gateways.nomad_values import PlacementFailure
from simulacra.model.grid import Grid
from simulacra.model.jobspec import JobGroup, Jobspec, JobTask, Opening, Outline
from simulacra.model.machine import Machine, Tier
from simulacra.model.place import Zone
from simulacra.model.service import Driver, Resources, Service
from simulacra.model.verbatim import Verbatim
from simulacra.observe.machines import Room, SeenMachine
from simulacra.observe.waiting import explain

GRID = Grid(
    "trial",
    zones=(Zone("attic"), Zone("cellar"), Zone("office")),
    tiers=(Tier("phone", 10), Tier("server", 20), Tier("hypervisor", 40)),
    machines=tuple(Machine(name, zone) for name, zone in (("pi", "attic"), ("tower", "attic"), ("nas", "cellar"), ("desk", "office"))),
)
ROOM = Room(4000, 4096, 50000)
PI = SeenMachine("pi", "attic", "server", 20, "on", "ready", None, 0, True, True, ("exec", "raw_exec"), ROOM)
TOWER = replace(PI, name="tower", tier="hypervisor", rank=40, power="asleep", reason="down", takes_work=False, free=None)
NAS = replace(PI, name="nas", zone="cellar")
DESK = replace(PI, name="desk", zone="office", power="unknown", reason="down since 2026-01-01T00:00:00Z", takes_work=False, free=None)
WEB = Service("web", driver=Driver("exec"))
FRONT, BACK = (
    JobGroup(name, Opening(0, 0, ""), Verbatim(), tasks=(JobTask(f'"{driver}"', memory=memory),))
    for name, driver, memory in (("front", "exec", "9000"), ("back", "docker", ""))
)
TWO = Service("web", jobspec=Jobspec("grid/web.nomad.hcl", outline=Outline("web", 1, Opening(0, 0, ""), Verbatim(), groups=(FRONT, BACK))))
MISSING = PlacementFailure("web", 1, (("missing drivers", 3),), ())
PORTS = PlacementFailure("web", 1, (), (("network: reserved port collision http=80", 1),))

CASES: list[tuple[str, Service, tuple[SeenMachine, ...], dict[str, int], tuple[PlacementFailure, ...], str]] = [
    (
        "the tier sleeps",
        replace(WEB, tier="hypervisor"), (PI, TOWER), {}, (),
        "no machine of tier hypervisor or above is on; tower is asleep",
    ),
    (
        "several sleep",
        replace(WEB, tier="hypervisor"), (PI, TOWER, replace(TOWER, name="rack")), {}, (),
        "no machine of tier hypervisor or above is on; tower and rack are asleep",
    ),
    (
        "nothing is of the tier",
        replace(WEB, tier="hypervisor"), (PI,), {}, (),
        "no machine of tier hypervisor or above is on, and none is defined",
    ),
    (
        "nothing is on",
        WEB, (TOWER, DESK), {}, (),
        "no machine is on; tower is asleep, desk is out of reach",
    ),
    (
        "the driver is nowhere",
        replace(WEB, driver=Driver("docker")), (PI, NAS), {}, (),
        "no machine with driver docker is on, and none is defined",
    ),
    (
        "the driver sleeps",
        replace(WEB, driver=Driver("qemu"), tier="server"), (PI, replace(TOWER, drivers=("qemu",))), {}, (),
        "no machine of tier server or above with driver qemu is on; tower is asleep",
    ),
    (
        "a sleeper's drivers aren't known",
        replace(WEB, driver=Driver("docker")), (PI, replace(TOWER, drivers=None)), {}, (),
        "no machine with driver docker is on; tower is asleep",
    ),
    (
        "a verbatim task's driver counts",
        Service("web", tasks=(("web", Verbatim('driver = "java"\n', ("driver",))),)), (PI,), {}, (),
        "no machine with driver java is on, and none is defined",
    ),
    (
        "memory",
        replace(WEB, resources=Resources(memory=2048)), (replace(PI, free=Room(4000, 512, 1)), TOWER), {}, (),
        "not enough memory: asks 2048 MiB, most free is 512 MiB on pi; tower is asleep",
    ),
    (
        "processor",
        replace(WEB, resources=Resources(cpu=9000, memory=64)), (PI, NAS), {}, (),
        "not enough processor: asks 9000 MHz, most free is 4000 MHz on pi",
    ),
    (
        "both, but not on one machine",
        replace(WEB, resources=Resources(cpu=3000, memory=3000)),
        (replace(PI, free=Room(4000, 100, 1)), replace(NAS, free=Room(100, 4000, 1))), {}, (),
        "no single machine has both 3000 MHz and 3000 MiB free",
    ),
    (
        "ineligible",
        WEB, (replace(PI, takes_work=False, reason="ready, but takes no new work (ineligible)"),), {}, (),
        "no machine is on; pi is ready, but takes no new work (ineligible)",
    ),
    (
        "no labels",
        replace(WEB, tier="server"), (replace(PI, labelled=False),), {}, (),
        "pi is on but not labelled with zone, tier and rank: see `simulacra doctor`",
    ),
    (
        "a zone sleeps",
        replace(WEB, zones="each"), (PI, NAS, DESK), {"attic": 1, "cellar": 1}, (),
        "zone office: no machine is on; desk is out of reach",
    ),
    (
        "zones that lack the same are told once",
        replace(WEB, zones=("attic", "cellar"), driver=Driver("docker")), (PI, NAS), {}, (),
        "zones attic and cellar: no machine with driver docker is on, and none is defined",
    ),
    (
        "a zone without any machine",
        replace(WEB, zones=("cellar",)), (PI,), {}, (),
        "zone cellar: no machine is on, and none is defined",
    ),
    (
        "what only the scheduler knows",
        WEB, (PI,), {}, (PORTS,),
        "the scheduler finds no room on pi: network: reserved port collision http=80 exhausted",
    ),
    (
        "a constraint that only the scheduler knows",
        WEB, (PI,), {}, (MISSING,),
        "the scheduler finds no machine that fits: missing drivers",
    ),
    (
        "one group of two, and the other needs another driver",
        TWO, (PI,), {}, (replace(MISSING, group="back"),),
        "group back: no machine with driver docker is on, and none is defined",
    ),
    (
        "each group for another reason",
        TWO, (PI,), {}, (),
        "group front: not enough memory: asks 9000 MiB, most free is 4096 MiB on pi; "
        "group back: no machine with driver docker is on, and none is defined",
    ),
    (
        "both groups for one reason",
        TWO, (), {}, (),
        "no machine is on, and none is defined",
    ),
    (
        "what reaches less than another is left out",
        WEB, (PI,), {}, (PlacementFailure("web", 1, (("${meta.simulacra_misses_proxy_attic_2} is_not_set ", 1),), ()),),
        "machines that reach less of what proxy-attic-2 serves than others do are left out, and the others have no room for it",
    ),
    (
        "nobody knows",
        WEB, (PI,), {}, (),
        "the scheduler hasn't placed it yet",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_words(
    case: tuple[str, Service, tuple[SeenMachine, ...], dict[str, int], tuple[PlacementFailure, ...], str],
) -> None:
    _, service, machines, running, failures, words = case
    assert explain(GRID, service, machines, running, failures) == words
