"""What a node must be and have: one node, one group, held or not, and what people are told where it isn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.cluster import Device, HostNetwork, HostVolume, Node
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Constraint, DeviceAsk, Distinct, Group, Job, PortAsk, VolumeAsk
from simulacra.plan.board import Board

NODE = Node(
    "id-1", "nas", datacenter="home-1", pool="quiet", node_class="big", cpu_mhz=4000, memory_mb=8192, disk_mb=10_000, cores=(0, 1, 2, 3),
    drivers=("docker", "exec"), attributes=(("cpu.arch", "arm64"), ("cpu.frequency", "1500"), ("kernel.name", "linux")),
    meta=(("zone", "attic"), ("empty", "")),
    devices=(Device("nvidia/gpu/1080ti", 2, (("memory", "11 GiB"), ("cores", "3584"), ("ecc", "false"), ("driver", "535.1"))),),
    volumes=(HostVolume("media", read_only=True), HostVolume("scratch")),
    networks=(
        HostNetwork("default", "10.0.0.1", (22,)), HostNetwork("default", "fd00::1", (22, 80)), HostNetwork("overlay", "200::1"),
        HostNetwork("attic", "10.9.0.1"),
    ),
    network_modes=("bridge", "host"), dynamic_ports=(20000, 20003),
)  # fmt: skip
JOB = Job("job", node_pool="quiet")
GROUP = Group("main")


def constrained(left: str, operator: str, right: str = "") -> Group:
    return replace(GROUP, constraints=(Constraint(left, operator, right),))


def device(name: str, count: int = 1, *constraint: str) -> Group:
    return replace(GROUP, devices=(DeviceAsk(name, count, (Constraint(*constraint),) if constraint else ()),))


def ports(*asks: tuple[int | None, str]) -> Group:
    return replace(GROUP, ports=tuple(PortAsk(f"port-{at}", number, network) for at, (number, network) in enumerate(asks)))


HELD = {
    "nothing asked": GROUP,
    "node pool, datacenter and class": constrained("${node.class}", "=", "big"),
    "its name": constrained("${node.unique.name}", "regexp", "^n.s$"),
    "its id": constrained("${node.unique.id}", "=", "id-1"),
    "both sides from the node": constrained("${node.datacenter}", "!=", "${meta.zone}"),
    "the right side alone": constrained("linux", "=", "${attr.kernel.name}"),
    "an attribute that isn't there": constrained("${attr.nothing}", "is_not_set"),
    "no closing brace": constrained("${meta.zone", "=", "attic"),
    "drivers": replace(GROUP, drivers=("docker", "exec")),
    "all that it has": replace(GROUP, cpu_mhz=4000, memory_mb=8192, disk_mb=10_000),
    "cores with their MHz": replace(GROUP, cores=2, cpu_mhz=1000),
    "a property that is there": replace(GROUP, distincts=(Distinct("${meta.zone}"),)),
    "bridge": replace(GROUP, network_mode="bridge"),
    "no network": replace(GROUP, network_mode="none"),
    "a port that one address keeps": ports((80, "default")),
    "a port kept on another network": ports((22, "overlay")),
    "as many dynamic ports as there are": ports(*[(None, "overlay")] * 4),
    "dynamic ports of two addresses": ports(*[(None, "default")] * 4),
    "a network named by the node": ports((8080, "${meta.zone}")),
    "a volume to read": replace(GROUP, volumes=(VolumeAsk("media", read_only=True),)),
    "a volume to write": replace(GROUP, volumes=(VolumeAsk("scratch"),)),
    "a csi volume isn't looked at": replace(GROUP, volumes=(VolumeAsk("anything", "csi"),)),
    "a device by type": device("gpu", 2),
    "a device by vendor": device("nvidia/gpu"),
    "a device by model": device("nvidia/gpu/1080ti"),
    "a device's memory in other units": device("gpu", 1, "${device.attr.memory}", ">=", "10000 MB"),
    "a device's number": device("gpu", 1, "${device.attr.cores}", ">", "999.5"),
    "a device's truth": device("gpu", 1, "${device.attr.ecc}", "!=", "true"),
    "a device's version": device("gpu", 1, "${device.model}", "regexp", "^10"),
    "a device's vendor": device("gpu", 1, "${device.vendor}", "=", "nvidia"),
    "a device lacks an attribute": device("gpu", 1, "${device.attr.nothing}", "is_not_set", ""),
    "two asks of one kind of device": replace(GROUP, devices=(DeviceAsk("gpu"), DeviceAsk("nvidia/gpu"))),
}  # fmt: skip

NOT_HELD = {
    "a driver": (replace(GROUP, drivers=("qemu",)), "no machine has driver qemu"),
    "the architecture": (constrained("${attr.cpu.arch}", "=", "amd64"), "no machine meets constraint ${attr.cpu.arch} = amd64"),
    "an unknown operator": (
        constrained("${attr.cpu.arch}", "contains", "arm"),
        "no machine meets constraint ${attr.cpu.arch} contains arm",
    ),
    "a tier": (constrained("${meta.simulacra_rank}", ">=", "30"), "no machine is of a tier of rank 30 or above"),
    "zones": (constrained("${meta.simulacra_zone}", "set_contains_any", "a,b"), "no machine stands in zone a or b"),
    "an unknown target": (constrained("${node.region}", "=", "global"), "no machine meets constraint ${node.region} = global"),
    "is_set": (constrained("${meta.nothing}", "is_set"), "no machine meets constraint ${meta.nothing} is_set"),
    "an empty one equals none": (constrained("${meta.nothing}", "!=", "${meta.empty}"), "${meta.nothing} != ${meta.empty}"),
    "a property": (replace(GROUP, distincts=(Distinct("${meta.rack}"),)), "has ${meta.rack}, which distinct_property asks for"),
    "a network": (ports((None, "lan")), "no machine has host network lan"),
    "a mode": (replace(GROUP, network_mode="cni/own"), "has a network of mode cni/own"),
    "memory": (replace(GROUP, memory_mb=8193), "not enough memory: asks 8193 MiB, the biggest that fits otherwise, nas, has 8192 MiB"),
    "MHz": (replace(GROUP, cpu_mhz=4001), "not enough CPU: asks 4001 MHz"),
    "disk": (replace(GROUP, disk_mb=10_001), "not enough disk"),
    "MHz of cores": (replace(GROUP, cores=2, cpu_mhz=1001), "not enough CPU: asks 4001 MHz"),
    "cores": (replace(GROUP, cores=5), "not enough cores to reserve: asks 5"),
    "a port that it keeps": (ports((22, "default")), "port 22 is kept for itself on every machine that fits (nas)"),
    "too many dynamic ports": (ports(*[(None, "overlay")] * 5), "no dynamic port"),
    "a static port of the dynamic ones": (ports((20001, "overlay"), *[(None, "overlay")] * 4), "no dynamic port"),
    "more dynamic ports than numbers, on two addresses": (ports(*[(None, "default")] * 5), "no dynamic port"),
    "a volume": (replace(GROUP, volumes=(VolumeAsk("music"),)), "no machine has host volume music to write to"),
    "a volume to write to": (replace(GROUP, volumes=(VolumeAsk("media"),)), "no machine has host volume media to write to"),
    "a device": (device("fpga"), "no machine has 1 of device fpga"),
    "a device of another vendor": (device("amd/gpu"), "no machine has 1 of device amd/gpu"),
    "another model": (device("nvidia/gpu/2080ti"), "nvidia/gpu/2080ti"),
    "too many devices": (device("gpu", 3), "no machine has 3 of device gpu"),
    "a device's memory": (device("gpu", 1, "${device.attr.memory}", ">", "11 GiB"), "with ${device.attr.memory} > 11 GiB"),
    "a device's unit": (device("gpu", 1, "${device.attr.memory}", ">", "1"), "${device.attr.memory} > 1"),
    "a device's other unit": (device("gpu", 1, "${device.attr.memory}", "!=", "1 MHz"), "${device.attr.memory} != 1 MHz"),
    "three asks of two devices": (replace(GROUP, devices=(DeviceAsk("gpu"), DeviceAsk("gpu", 2))), "devices are too few"),
}


def board(job: Job, group: Group) -> Board:
    return Board.of([NODE], [], [replace(job, groups=(group,))], Scheduler())


@pytest.mark.parametrize("case", HELD)
def test_held(case: str) -> None:
    group = HELD[case]
    whole = board(JOB, group)
    assert whole.able(JOB, group) == whole.roomy(JOB, group) == ("nas",)
    assert whole.why_not(JOB, group) == ""
    assert whole.place(JOB, group) == ("nas",)


@pytest.mark.parametrize("case", NOT_HELD)
def test_not_held(case: str) -> None:
    group, why = NOT_HELD[case]
    whole = board(JOB, group)
    assert whole.able(JOB, group) == whole.roomy(JOB, group) == whole.place(JOB, group) == ()
    assert why in whole.why_not(JOB, group)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (Job("job", node_pool="all"), ""), (Job("job", node_pool="default"), "no machine is in node pool default"),
        (replace(JOB, datacenters=("cloud", "home-*")), ""), (replace(JOB, datacenters=("*1",)), ""),
        (replace(JOB, datacenters=("h*-*1",)), ""),
        (replace(JOB, datacenters=("home",)), "no machine is in datacenter home"),
        (replace(JOB, datacenters=("home-?", "home-[1]")), "no machine is in datacenter home-? or home-[1]"),
        (replace(JOB, datacenters=()), "no machine is in datacenter (none given)"),
    ],
)  # fmt: skip
def test_where_the_job_may_run(job: Job, why: str) -> None:
    assert board(job, GROUP).why_not(job, GROUP) == why
    assert board(job, GROUP).able(job, GROUP) == (() if why else ("nas",))
