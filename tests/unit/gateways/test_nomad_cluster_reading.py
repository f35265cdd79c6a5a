"""Nodes and allocations of Nomad's JSON: what the planner may count on."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from simulacra.gateways.nomad_cluster_reading import ListedAllocation, cluster_allocation, cluster_node, listed_allocations, with_status
from simulacra.model.cluster import Device, HostNetwork, HostVolume
from simulacra.model.workload import Allocation


def node(**more: Any) -> dict[str, Any]:
    return {"ID": "id-1", "Name": "tower", "Status": "ready", "SchedulingEligibility": "eligible", "Datacenter": "dc1", **more}


def test_what_is_reserved_is_taken_off() -> None:
    read = cluster_node(
        node(
            NodeResources={
                "Cpu": {"CpuShares": 8000, "ReservableCpuCores": [3, 1, 2]},
                "Memory": {"MemoryMB": 16000},
                "Disk": {"DiskMB": 90000},
                "MinDynamicPort": 21000,
                "MaxDynamicPort": 21999,
            },
            ReservedResources={"Cpu": {"CpuShares": 500}, "Memory": {"MemoryMB": 1000}, "Disk": {"DiskMB": 10000}},
        )
    )
    assert (read.cpu_mhz, read.memory_mb, read.disk_mb, read.cores) == (7500, 15000, 80000, (1, 2, 3))
    assert read.dynamic_ports == (21000, 21999)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("ready", "ready"), ("initializing", "initializing"), ("disconnected", "disconnected"), ("down", "down"), ("whatever", "down")],
)
def test_statuses(status: str, expected: str) -> None:
    assert cluster_node(node(Status=status)).status == expected


def test_only_healthy_drivers_and_devices_count() -> None:
    healthy, ill, gone = ({"Detected": found, "Healthy": well} for found, well in ((True, True), (True, False), (False, False)))
    gpu = {
        "Vendor": "nvidia",
        "Type": "gpu",
        "Name": "1080ti",
        "Instances": [{"ID": "a", "Healthy": True}, {"ID": "b", "Healthy": False}, {"ID": "c", "Healthy": True}],
        "Attributes": {
            "memory": {"Int": 11, "Unit": "GiB"},
            "clock": {"Float": 1.5, "Unit": "GHz"},
            "ecc": {"Bool": True},
            "x": {"String": "y"},
        },
    }
    read = cluster_node(node(Drivers={"exec": healthy, "docker": ill, "java": gone}, NodeResources={"Devices": [gpu]}))
    assert read.drivers == ("exec",)
    said = (("clock", "1.5GHz"), ("ecc", "true"), ("memory", "11GiB"), ("x", "y"))
    assert read.devices == (Device("nvidia/gpu/1080ti", 2, said, ids=("a", "c")),)


def test_networks_with_what_is_reserved_on_them() -> None:
    addresses = [{"Alias": "overlay", "Address": "200::1", "ReservedPorts": "22,8000-8002"}, {"Alias": "default", "Address": "10.0.0.1"}]
    resources = {
        "Networks": [{"Mode": "bridge"}, {"Mode": "host"}, {"Mode": "cni/mesh"}],
        "NodeNetworks": [{"Mode": "bridge"}, {"Mode": "host", "MacAddress": "AA:BB:CC:DD:EE:FF", "Addresses": addresses}],
    }
    read = cluster_node(node(NodeResources=resources, ReservedResources={"Networks": {"ReservedHostPorts": "80, 443"}}))
    overlay = HostNetwork("overlay", "200::1", (22, 80, 443, 8000, 8001, 8002))
    assert read.networks == (HostNetwork("default", "10.0.0.1", (80, 443)), overlay)
    assert (read.network_modes, read.macs) == (("bridge", "cni/mesh", "host"), ("aa:bb:cc:dd:ee:ff",))


def test_a_node_without_a_host_network_has_none() -> None:
    assert cluster_node(node(NodeResources={"Networks": [{"Mode": "bridge"}]})).network_modes == ("bridge",)
    assert cluster_node(node(NodeResources={"Networks": [{"Device": "eth0"}]})).network_modes == ("host",)


def test_each_core_has_its_own_speed() -> None:
    speeds = [
        {"ID": 0, "BaseSpeed": 2000, "MaxSpeed": 4000},
        {"ID": 1, "MaxSpeed": 1500},
        {"ID": 2, "GuessSpeed": 900, "Disable": True},
        {"ID": 3, "GuessSpeed": 900},
    ]
    has = {"Cpu": {"ReservableCpuCores": [3, 0, 1]}, "Processors": {"Topology": {"Cores": speeds}}}
    assert cluster_node(node(NodeResources=has)).core_mhz == (2000, 1500, 900)
    has["Processors"] = {"Topology": {"Cores": [{"ID": 0}, *speeds[1:]]}}
    assert cluster_node(node(NodeResources=has)).core_mhz == ()


def test_the_rest_of_a_node() -> None:
    read = cluster_node(
        node(
            DrainStrategy={"Deadline": 0},
            SchedulingEligibility="ineligible",
            NodePool="gpu",
            NodeClass="big",
            Attributes={"nomad.version": "1.11.3", "kernel.name": "linux"},
            Meta={"simulacra_zone": "attic"},
            HostVolumes={"films": {"ReadOnly": True}, "data": {}},
            HTTPAddr="[200::1]:4646",
            StatusUpdatedAt=17,
        )
    )
    assert (read.draining, read.eligible, read.pool, read.node_class) == (True, False, "gpu", "big")
    assert (read.attribute("kernel.name"), read.label("simulacra_zone"), read.version) == ("linux", "attic", "1.11.3")
    assert read.volumes == (HostVolume("data"), HostVolume("films", True))
    assert (read.address, read.changed_s) == ("[200::1]:4646", 17.0)


def allocation(tasks: dict[str, Any], **more: Any) -> Allocation:
    lifecycles = {name: task.pop("Lifecycle", None) for name, task in tasks.items()}
    resources = {"Tasks": tasks, "TaskLifecycles": lifecycles, "Shared": more.pop("Shared", {"DiskMB": 300})}
    raw = {"ID": "a", "JobID": "j", "TaskGroup": "g", "NodeID": "n", "ClientStatus": "running", "DesiredStatus": "run"}
    return cluster_allocation({**raw, "AllocatedResources": resources, **more})


def task(mhz: int, memory: int, most: int = 0, hook: str = "", sidecar: bool = False, cores: tuple[int, ...] = ()) -> dict[str, Any]:
    lifecycle = {"Hook": hook, "Sidecar": sidecar} if hook else None
    return {
        "Cpu": {"CpuShares": mhz, "ReservedCores": list(cores) or None},
        "Memory": {"MemoryMB": memory, "MemoryMaxMB": most},
        "Lifecycle": lifecycle,
    }


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ((task(100, 64), task(50, 32, 128)), (150, 96)),
        ((task(100, 64), task(500, 16, hook="prestart")), (500, 64)),
        ((task(100, 64), task(500, 16, hook="prestart", sidecar=True)), (600, 80)),
        ((task(100, 64), task(10, 512, hook="poststop"), task(10, 10, hook="poststart")), (110, 512)),
        ((task(100, 64), task(2000, 16, cores=(1,), hook="prestart")), (2100, 64)),
    ],
)
def test_tasks_that_run_one_after_the_other_make_room(tasks: tuple[dict[str, Any], ...], expected: tuple[int, int]) -> None:
    read = allocation({f"task-{number}": dict(it) for number, it in enumerate(tasks)})
    assert (read.cpu_mhz, read.memory_mb) == expected


def test_cores_ports_and_devices() -> None:
    device = {"Vendor": "nvidia", "Type": "gpu", "Name": "x", "DeviceIDs": ["1", "2"]}
    first = {**task(2000, 64, cores=(2, 3)), "Devices": [device], "Networks": [{"IP": "10.0.0.1", "DynamicPorts": [{"Value": 25000}]}]}
    shared = {
        "DiskMB": 500,
        "Ports": [{"HostIP": "200::1", "Value": 8080, "IgnoreCollision": True}, {"HostIP": "10.0.0.1", "Value": 21000}],
        "Networks": [{"IP": "10.0.0.1", "ReservedPorts": [{"Value": 8080}], "DynamicPorts": [{"Value": 21000}]}],
    }
    read = allocation({"it": first, "two": {**task(2000, 64, cores=(0,)), "Devices": [device]}}, Shared=shared)
    assert (read.cores, read.disk_mb, read.devices) == ((0, 2, 3), 500, (("nvidia/gpu/x", 4),))
    assert read.ports == (("10.0.0.1", 21000), ("10.0.0.1", 25000), ("200::1", 8080))
    assert (read.drawn_ports, read.shared_ports, read.device_ids) == ((21000, 25000), (8080,), ("1", "1", "2", "2"))


@pytest.mark.parametrize(
    ("client", "desired", "running", "leaving"),
    [("running", "run", True, False), ("running", "stop", True, True), ("pending", "run", False, False), ("unknown", "evict", False, True)],
)
def test_where_an_allocation_is_in_its_life(client: str, desired: str, running: bool, leaving: bool) -> None:
    read = allocation({"it": task(1, 1)}, ClientStatus=client, DesiredStatus=desired)
    assert (read.running, read.leaving) == (running, leaving)
    assert with_status(allocation({"it": task(1, 1)}), ListedAllocation("a", client, desired)) == read


TRICKY = {
    "ClientDescription": 'it said "ClientStatus":"failed" and {"ID":"other"}',
    "ClientStatus": "running",
    "CreateIndex": 7,
    "DeploymentStatus": {"Healthy": True, "ModifyIndex": 9},
    "DesiredDescription": '"DesiredStatus":"stop"',
    "DesiredStatus": "run",
    "ID": "a-1",
    "JobID": 'j"ID":"x"',
}


def answer(value: object, **style: Any) -> requests.Response:
    made = requests.Response()
    made._content = json.dumps(value, **style).encode()
    return made


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {"indent": 2}, {"separators": (",", ":"), "sort_keys": True}])
def test_a_list_is_read_the_same_however_it_is_written(style: dict[str, Any]) -> None:
    rows = [TRICKY, dict(reversed(TRICKY.items())), {**TRICKY, "ID": "a-2", "ClientStatus": "pending", "DesiredStatus": "stop"}]
    expected = [("a-1", "running", "run"), ("a-1", "running", "run"), ("a-2", "pending", "stop")]
    assert listed_allocations(answer(rows, **style)) == expected
    assert listed_allocations(answer([], **style)) == []
