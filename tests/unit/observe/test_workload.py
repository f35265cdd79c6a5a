"""Jobs of Nomad's JSON as the scheduler reads them."""

from __future__ import annotations

from typing import Any

import pytest

from simulacra.model.workload import Affinity, Constraint, DeviceAsk, Disconnect, Distinct, Group, PortAsk, Spread, SpreadTarget, VolumeAsk
from simulacra.observe.workload import job_of


def read(group: dict[str, Any], **job: Any) -> Group:
    (found,) = job_of({"ID": "j", "TaskGroups": [{"Name": "g", **group}], **job}, "home").groups
    return found


def task(**resources: Any) -> dict[str, Any]:
    more = {key: resources.pop(key) for key in ("Driver", "Lifecycle", "Constraints", "Affinities") if key in resources}
    return {"Name": "it", "Driver": "docker", "Resources": resources, **more}


def rule(left: str, operand: str, right: str) -> dict[str, str]:
    return {"LTarget": left, "Operand": operand, "RTarget": right}


def test_a_bare_job_has_nomads_defaults() -> None:
    job = job_of({"ID": "j", "Type": "batch"}, "home")
    assert (job.namespace, job.type, job.priority, job.node_pool) == ("default", "batch", 50, "default")
    assert (job.datacenters, job.definition) == (("*",), None)
    bare = read({})
    assert (bare.count, bare.disk_mb, bare.cpu_mhz, bare.drivers) == (1, 300, 0, ())
    assert read({"Count": 0}).count == 0


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"simulacra_grid": "home", "simulacra_definition": "service.blog"}, "blog"),
        ({"simulacra_grid": "elsewhere", "simulacra_definition": "service.blog"}, None),
        ({"simulacra_grid": "home", "simulacra_definition": "peripheral.printer"}, None),
        ({"simulacra_grid": "home"}, None),
        (None, None),
    ],
)
def test_only_services_of_this_grid_are_ones_own(meta: dict[str, str] | None, expected: str | None) -> None:
    assert job_of({"ID": "j", "Meta": meta}, "home").definition == expected


def test_constraints_of_all_levels_are_one() -> None:
    kernel, arch, rank = (rule(f"${{{what}}}", "=", "x") for what in ("attr.kernel.name", "attr.cpu.arch", "meta.rank"))
    found = read({"Constraints": [arch, kernel], "Tasks": [task(Constraints=[rank])]}, Constraints=[kernel])
    assert [it.left for it in found.constraints] == ["${attr.kernel.name}", "${attr.cpu.arch}", "${meta.rank}"]
    assert read({"Constraints": [rule("${a}", "is_set", "")]}).constraints == (Constraint("${a}", "is_set", ""),)


def test_distinct_says_whose_instances_count() -> None:
    hosts, zones = rule("", "distinct_hosts", "true"), rule("${meta.zone}", "distinct_property", "2")
    found = read({"Constraints": [zones, rule("", "distinct_hosts", "false")]}, Constraints=[hosts])
    assert found.distincts == (Distinct("", 1, True), Distinct("${meta.zone}", 2, False))
    assert found.constraints == ()
    assert read({"Constraints": [rule("${meta.zone}", "distinct_property", "")]}).distincts == (Distinct("${meta.zone}", 1),)
    assert read({}, Constraints=[rule("", "distinct_hosts", "false"), hosts]).distincts == ()  # the first of a level is heeded


def test_tasks_are_summed_by_when_they_run() -> None:
    tasks = [
        task(CPU=100, MemoryMB=64, MemoryMaxMB=256),
        task(CPU=200, MemoryMB=64, Driver="exec"),
        task(CPU=900, MemoryMB=16, Lifecycle={"Hook": "prestart"}),
        task(CPU=50, MemoryMB=8, Lifecycle={"Hook": "prestart", "Sidecar": True}),
        task(CPU=10, MemoryMB=1000, Lifecycle={"Hook": "poststop"}),
        task(CPU=1, MemoryMB=1, Lifecycle={"Hook": "poststart"}),
    ]
    found = read({"Tasks": tasks})
    assert (found.cpu_mhz, found.memory_mb) == (950, 1000)
    assert found.drivers == ("docker", "exec")


def test_what_keeps_secrets_is_memory_too_and_memory_max_is_no_claim() -> None:
    found = read({"Tasks": [task(MemoryMB=64, MemoryMaxMB=128, SecretsMB=16), task(MemoryMB=10, SecretsMB=1)]})
    assert found.memory_mb == 91


def test_reserved_cores_stand_for_their_mhz() -> None:
    found = read({"Tasks": [task(CPU=100, Cores=2, MemoryMB=10), task(CPU=300, MemoryMB=10)]})
    assert (found.cores, found.cpu_mhz) == (2, 300)


def test_what_else_a_group_asks_for() -> None:
    gpu = {"Name": "nvidia/gpu", "Count": 2, "Constraints": [rule("${device.attr.memory}", ">=", "8 GiB")]}
    found = read(
        {
            "EphemeralDisk": {"SizeMB": 5000, "Sticky": True},
            "Networks": [
                {
                    "Mode": "bridge",
                    "DynamicPorts": [{"Label": "http", "HostNetwork": "overlay"}],
                    "ReservedPorts": [{"Label": "dns", "Value": 53, "IgnoreCollision": True}],
                }
            ],
            "Volumes": {
                "b": {"Type": "csi", "Source": "films", "ReadOnly": True},
                "a": {"Type": "host", "Source": "data", "Sticky": True},
            },
            "Affinities": [{**rule("${meta.rank}", ">", "2"), "Weight": 40}],
            "Spreads": [{"Attribute": "${meta.zone}", "Weight": 50, "SpreadTarget": [{"Value": "attic", "Percent": 70}]}],
            "Tasks": [task(Devices=[gpu], Networks=[{"ReservedPorts": [{"Label": "old", "Value": 99}]}])],
        }
    )
    assert (found.disk_mb, found.sticky_disk, found.network_mode) == (5000, True, "bridge")
    assert found.ports == (PortAsk("dns", 53, shared=True), PortAsk("http", None, "overlay"), PortAsk("old", 99))
    assert found.volumes == (VolumeAsk("data", "host"), VolumeAsk("films", "csi", True))
    assert found.devices == (DeviceAsk("nvidia/gpu", 2, (Constraint("${device.attr.memory}", ">=", "8 GiB"),)),)
    assert found.affinities == (Affinity("${meta.rank}", ">", "2", 40),)
    assert found.spreads == (Spread("${meta.zone}", 50, (SpreadTarget("attic", 70),)),)


AN_HOUR = {"Disconnect": {"LostAfter": 3_600_000_000_000}}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({}, Disconnect()),
        ({"Disconnect": {"LostAfter": 0, "Replace": True, "StopOnClientAfter": None}}, Disconnect()),
        ({"Disconnect": {"LostAfter": 21_600_000_000_000}}, Disconnect(21_600.0)),
        ({"Disconnect": {"LostAfter": 60_000_000_000, "Replace": False}}, Disconnect(60.0, replace=False)),
        ({"Disconnect": {"StopOnClientAfter": 60_000_000_000}}, Disconnect(stop_after_s=60.0)),
        ({**AN_HOUR, "ReschedulePolicy": {"Attempts": 0, "Unlimited": False}}, Disconnect(3600.0, replace=False)),
        ({**AN_HOUR, "ReschedulePolicy": {"Attempts": 1, "Unlimited": False}}, Disconnect(3600.0)),
        ({**AN_HOUR, "ReschedulePolicy": {"Attempts": 0, "Unlimited": True}}, Disconnect(3600.0)),
    ],
)
def test_what_becomes_of_instances_out_of_reach(group: dict[str, Any], expected: Disconnect) -> None:
    assert read(group).disconnect == expected
