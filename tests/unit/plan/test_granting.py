"""Which machines' addresses may use a peripheral that says who may."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import World, always, grid_of, job, machine

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.journal import Belonging
from simulacra.model.peripheral import Allow, Peripheral, PeripheralPort
from simulacra.model.snapshot import Snapshot
from simulacra.plan.granting import grants

WEB = job("web-2024", definition="web")
ADDRESS = {"nas": "200::a", "tower": "200::b", "vps": "200::c", "pi": "200::d"}


def device(name: str, allow: Allow | None, **more: object) -> Peripheral:
    return Peripheral(name, "192.168.1.60", ports=(PeripheralPort("web", 80),), allow=allow, **({"zone": "attic"} | more))  # type: ignore[arg-type]


def home(*devices: Peripheral) -> World:
    grid = replace(grid_of(always("nas"), machine("tower"), always("vps", zone="hosting")), peripherals=devices)
    return World(grid).awake("nas", "vps")


def stranger(name: str) -> Node:
    return Node(f"id-{name}", name, networks=(HostNetwork("overlay", ADDRESS[name]),))


def addressed(snapshot: Snapshot) -> Snapshot:
    """With addresses that are some, where scenes have names."""

    def of(it: HostNetwork) -> HostNetwork:
        return replace(it, address=ADDRESS.get(it.address.removeprefix("200::"), it.address))

    return replace(snapshot, nodes=tuple(replace(node, networks=tuple(map(of, node.networks))) for node in snapshot.nodes))


def allowed(world: World, allow: Allow) -> list[str]:
    grid = replace(world.grid, peripherals=(device("lamp", allow),))
    (grant,) = grants(grid, addressed(world.snapshot()))
    assert (grant.path, grant.items[0][0]) == ("nomad/jobs/proxy-attic", "for_lamp")
    return grant.items[0][1].split()


@pytest.mark.parametrize(
    ("allow", "names"),
    [
        (Allow(), []),
        (Allow(zones=("attic",)), ["nas", "tower"]),  # also one that is asleep: its address stays its own
        (Allow(zones=("attic", "hosting")), ["nas", "tower", "vps"]),
        (Allow(services=("web",)), ["vps"]),
        (Allow(services=("web",), zones=("attic",)), ["nas", "tower", "vps"]),
        (Allow(services=("web-2024",)), []),  # that is what its job is called
        (Allow(services=("elsewhere",), zones=("cellar",)), []),
    ],
)
def test_machines_with_a_service_and_those_of_a_zone(allow: Allow, names: list[str]) -> None:
    assert allowed(home().runs(WEB, "vps"), allow) == [ADDRESS[name] for name in names]


def test_a_service_takes_its_right_along() -> None:
    both = home().runs(WEB, "vps", leaving=True).runs(WEB, "nas", running=False)
    assert allowed(both, Allow(services=("web",))) == [ADDRESS["nas"], ADDRESS["vps"]]


def test_a_machine_that_is_cut_off_keeps_its_right() -> None:
    cut = home().runs(WEB, "vps", running=False).node("vps", status="disconnected")
    assert allowed(cut, Allow(services=("web",), zones=("hosting",))) == [ADDRESS["vps"]]


@pytest.mark.parametrize(
    ("by", "zone", "may"),
    [
        ("subnet", "attic", True),
        ("overlay", "attic", True),
        ("subnet", "hosting", False),
        ("label", "attic", False),
        ("datacenter", "attic", False),
    ],
)
def test_what_its_own_agent_claims_makes_nobody_a_neighbour(by: str, zone: str, may: bool) -> None:
    world = replace(home(), strangers=(stranger("pi"),), belongings=(Belonging("pi", zone=zone, zone_by=by),))  # type: ignore[arg-type]
    assert (ADDRESS["pi"] in allowed(world, Allow(zones=("attic",)))) is may


def test_two_machines_of_one_name_are_both_told() -> None:
    snapshot = replace(addressed(home().snapshot()), twins=(stranger("nas"), replace(stranger("nas"), id="other", networks=())))
    twin = replace(snapshot.twins[1], address="[200::2]:4646")
    (grant,) = grants(home(device("lamp", Allow(zones=("attic",)))).grid, replace(snapshot, twins=(twin,)))
    assert grant.items == (("for_lamp", f"200::2 {ADDRESS['nas']} {ADDRESS['tower']}"),)


def test_its_address_on_a_lan_is_anybodys_on_another() -> None:
    """It is known by the host network of the overlay, else by where its API is."""
    world = home().node("nas", networks=(HostNetwork("default", "192.168.1.2"),), address="[200::77]:4646")
    assert allowed(world, Allow(zones=("attic",))) == ["200::77", ADDRESS["tower"]]


@pytest.mark.parametrize(
    "told",
    [
        "::/0",
        "0.0.0.0/0",
        "::",
        "0.0.0.0",
        "foo",
        "",
        "ff02::1",
        "fe80::1%eth0",
        "200::a ::/0",
        "::1;allow\tall;error_log\t/x\tinfo",
    ],
)
def test_a_machine_that_tells_something_else_than_its_address_lets_nobody_in(told: str) -> None:
    world = home().node("nas", networks=(HostNetwork("overlay", told),))
    assert allowed(world, Allow(zones=("attic",))) == [ADDRESS["tower"]]
    world = home().node("nas", networks=(), address=f"[{told}]:4646")
    assert allowed(world, Allow(zones=("attic",))) == [ADDRESS["tower"]]


def test_one_variable_for_each_proxy_with_devices_that_say_so() -> None:
    its = [
        device("open", None),
        device("a-b", Allow()),
        device("a0", Allow(zones=("hosting",))),
        device("shelf", Allow(), zone=None, machines=("nas",)),
        device("free", None, zone="hosting"),
    ]
    found = grants(home(*its).grid, addressed(home().snapshot()))
    assert [(it.path, it.items) for it in found] == [
        ("nomad/jobs/proxy-attic", (("for_a0", ADDRESS["vps"]), ("for_a_b", ""))),
        ("nomad/jobs/proxy-on-nas", (("for_shelf", ""),)),
    ]
    assert grants(home(device("open", None)).grid, home().snapshot()) == ()
