"""Grids of many machines with much running and much waiting, all of it different, and the same for the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulacra.model.cluster import Device, HostNetwork, HostVolume, Node
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, Card, Record, Report
from simulacra.model.machine import Machine, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.settings import Power
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import (
    Affinity,
    Allocation,
    Constraint,
    Demand,
    DeviceAsk,
    Distinct,
    Group,
    Job,
    PortAsk,
    Spread,
    SpreadTarget,
    VolumeAsk,
)  # fmt: skip

NOW_S = 1_800_000_000.0
ZONES = 12
KERNELS = ("5.15.0-91-generic", "6.1.0-18-amd64", "6.6.8", "6.8.0-31-generic", "6.11-rc3")
NOMADS = ("1.9.7", "1.10.2", "1.11.0-beta.1", "1.11.3")
DRIVERS = (("docker", "exec"), ("docker", "exec", "java"), ("docker", "exec", "qemu", "raw_exec"), ("exec", "raw_exec"))
SIZES = ((4000, 8192), (8000, 16384), (16000, 32768), (32000, 131072))
GPU = Device("nvidia/gpu/1080ti", 2, (("cuda_cores", "3584"), ("memory", "11 GiB")))


@dataclass(frozen=True, slots=True)
class Crowd:
    grid: Grid
    snapshot: Snapshot

    @property
    def waiting(self) -> tuple[tuple[Job, Group, int], ...]:
        jobs = {(job.namespace, job.id): job for job in self.snapshot.jobs}
        found = []
        for demand in self.snapshot.demands:
            job = jobs[demand.namespace, demand.job]
            group = job.group(demand.group)
            assert group is not None
            found.append((job, group, demand.count))
        return tuple(found)


def crowd(machines: int, allocations: int, waiting: int, asleep: float = 0.0, full: float = 0.0, seed: int = 1) -> Crowd:
    """``asleep``: the share of the machines that sleep; nothing runs there. ``full``: what each allocation takes at least of what its
    machine has left, so that little is free on those that are on.
    """
    random = Random(seed)
    nodes = [_node(at, random, down=random.random() < asleep) for at in range(machines)]
    on = [node for node in nodes if node.status == "ready"]
    program = Group("main", cpu_mhz=50, memory_mb=64, drivers=("raw_exec",))
    jobs = [Job(NODE_JOB, type="system", node_pool="all", groups=(program,))]
    running = [_allocation(at, jobs[0], node, random, (0, 0)) for at, node in enumerate(on)]
    left = {node.id: (node.cpu_mhz, node.memory_mb) for node in on}
    while len(running) < allocations:
        job = _job(f"service-{len(jobs):05}", random, small=True)
        jobs.append(job)
        for _ in range(job.groups[0].count):
            node = random.choice(on)
            running.append(_allocation(len(running), job, node, random, tuple(int(has * full) for has in left[node.id])))
            left[node.id] = (left[node.id][0] - running[-1].cpu_mhz, left[node.id][1] - running[-1].memory_mb)
    demands: list[Demand] = []
    wanted = waiting
    while wanted > 0:
        job = _job(f"waiting-{len(demands):05}", random, small=False)
        count = min(job.groups[0].count, wanted)
        jobs.append(job)
        demands.append(Demand(job.id, "default", job.groups[0].name, count, NOW_S - 30))
        wanted -= count
    reports = tuple(Report(node.name, NOW_S - 5, "boot", cards=(Card("eth0", node.macs[0], True),)) for node in nodes)
    records = tuple(Record(node.name, "on" if node.status == "ready" else "asleep", since_s=NOW_S - 90_000) for node in nodes)
    grid = Grid(
        "bench", mode="act", power=Power(), zones=tuple(Zone(f"zone-{at:02}") for at in range(ZONES)),
        machines=tuple(_machine(node, at) for at, node in enumerate(nodes)),
    )  # fmt: skip
    snapshot = Snapshot(
        NOW_S, tuple(nodes), tuple(running[:allocations]), tuple(sorted(jobs, key=lambda job: job.id)), tuple(demands), records,
        reports, servers=tuple(node.name for node in on[:3]), voters=3,
    )  # fmt: skip
    return Crowd(grid, snapshot)


def _node(at: int, random: Random, down: bool) -> Node:
    cpu, memory = random.choice(SIZES)
    arm = random.random() < 0.2
    attributes = {
        "cpu.arch": "arm64" if arm else "amd64",
        "cpu.numcores": str(cpu // 1000),
        "kernel.name": "linux",
        "kernel.version": random.choice(KERNELS),
        "nomad.version": random.choice(NOMADS),
        "os.name": random.choice(("debian", "ubuntu", "alpine")),
        "os.signals": "SIGHUP,SIGINT,SIGTERM" + (",SIGUSR1" if random.random() < 0.5 else ""),
        **({"platform.gpu": "yes"} if random.random() < 0.1 else {}),
        **{f"plugins.cni.version.plugin-{plugin}": f"v1.{plugin}.0" for plugin in range(25)},
        **{f"unique.value-{value}": f"{value}" for value in range(20)},
    }
    zone = at % ZONES
    ipv4, ipv6 = f"10.{zone}.{at // 250}.{at % 250 + 1}", f"200:{zone:x}::{at + 1:x}"
    return Node(
        f"{at:08x}-0000-4000-8000-000000000000", f"machine-{at:05}", "down" if down else "ready",
        datacenter=f"dc{at % 4 + 1}", pool="batch" if random.random() < 0.08 else "default", node_class=random.choice(("", "big", "quiet")),
        cpu_mhz=cpu, memory_mb=memory, disk_mb=random.choice((50_000, 200_000, 1_000_000)), cores=tuple(range(cpu // 1000)),
        drivers=random.choice(DRIVERS), attributes=tuple(sorted(attributes.items())),
        meta=(("rack", f"rack-{at % 40}"), ("simulacra_rank", str(random.choice((10, 20, 40)))), ("simulacra_zone", f"zone-{zone:02}")),
        devices=(GPU,) if random.random() < 0.06 else (),
        volumes=(HostVolume("media", read_only=random.random() < 0.3),) if random.random() < 0.2 else (),
        networks=(HostNetwork("default", ipv4, (22,)), HostNetwork("default", ipv6, (22,)), HostNetwork("overlay", ipv6)),
        network_modes=("bridge", "host"), macs=(f"aa:00:00:{at >> 16 & 255:02x}:{at >> 8 & 255:02x}:{at & 255:02x}",),
        address=f"{ipv4}:4646", version="1.11.3", changed_s=NOW_S - 90_000,
    )  # fmt: skip


def _machine(node: Node, at: int) -> Machine:
    idle = 5.0 + at % 37 * 3
    return Machine(
        node.name, dict(node.meta)["simulacra_zone"], server=at < 3, never_sleeps=at < 3,
        watts=Watts(idle, idle * 3, 1.0), wake=WakeLan(node.macs[0]),
    )  # fmt: skip


def _allocation(at: int, job: Job, node: Node, random: Random, least: tuple[int, ...]) -> Allocation:
    group = job.groups[0]
    ports = tuple((random.choice(node.networks[:2]).address, random.randrange(20_000, 32_000)) for _ in group.ports)
    return Allocation(
        f"{at:08x}-1111-4111-8111-000000000000", job.id, group.name, node.id,
        cpu_mhz=max(least[0], group.cpu_mhz), memory_mb=max(least[1], group.memory_mb),
        disk_mb=group.disk_mb, ports=ports, leaving=random.random() < 0.01,
    )  # fmt: skip


def _job(name: str, random: Random, small: bool) -> Job:
    """One of a great many: what it asks for is drawn anew for each, feature by feature."""
    most = 400 if small else 2000
    count = random.choice((1, 1, 2, 3, 3, 4, 6, 8))
    group = Group(
        "main", count, cpu_mhz=random.randrange(50, most), memory_mb=random.randrange(32, most * 2), disk_mb=random.choice((0, 300, 2000)),
        cores=random.choice((1, 2)) if not small and random.random() < 0.04 else 0,
        drivers=random.choice((("docker",), ("exec",), ("docker", "exec"), ("qemu",))), constraints=_constraints(random),
        distincts=_distincts(random), affinities=_affinities(random), spreads=_spreads(random), ports=_ports(random, small),
        devices=(DeviceAsk("gpu", 1, _gpu_constraints(random)),) if not small and random.random() < 0.02 else (),
        volumes=(VolumeAsk("media", read_only=random.random() < 0.5),) if random.random() < 0.04 else (),
    )  # fmt: skip
    datacenters = random.choice((("*",), ("*",), ("dc1", "dc2"), ("dc*",)))
    pool = "all" if random.random() < 0.1 else "default"
    kind = "batch" if random.random() < 0.2 else "service"
    return Job(name, type="batch" if kind == "batch" else "service", priority=random.choice((30, 50, 50, 70)),
               datacenters=datacenters, node_pool=pool, groups=(group,))  # fmt: skip


def _constraints(random: Random) -> tuple[Constraint, ...]:
    choices = (
        Constraint("${attr.kernel.name}", "=", "linux"),
        Constraint("${attr.cpu.arch}", "=", random.choice(("amd64", "arm64"))),
        Constraint("${attr.kernel.version}", "version", f">= {random.choice(('5.0', '6.1', '6.6'))}"),
        Constraint("${attr.nomad.version}", "semver", f">= 1.{random.randrange(8, 12)}.0"),
        Constraint("${attr.os.name}", "regexp", random.choice(("^(debian|ubuntu)$", "u", "^a?"))),
        Constraint("${attr.os.signals}", "set_contains", random.choice(("SIGHUP,SIGTERM", "SIGUSR1"))),
        Constraint("${attr.platform.gpu}", random.choice(("is_set", "is_not_set")), ""),
        Constraint("${attr.cpu.numcores}", ">=", str(random.choice((2, 4, 8, 16)))),
        Constraint("${meta.simulacra_rank}", ">=", str(random.choice((10, 20, 40)))),
        Constraint("${meta.simulacra_zone}", random.choice(("=", "!=")), f"zone-{random.randrange(ZONES):02}"),
        Constraint("${node.class}", "!=", random.choice(("big", "quiet"))),
        Constraint("${meta.rack}", "set_contains_any", ",".join(f"rack-{random.randrange(40)}" for _ in range(10))),
        Constraint("${node.unique.name}", "regexp", f"[{random.randrange(5)}-9]$"),
    )
    return tuple(random.sample(choices, random.choice((0, 1, 1, 2, 2, 3))))


def _distincts(random: Random) -> tuple[Distinct, ...]:
    drawn = random.random()
    if drawn < 0.15:
        return (Distinct("", whole_job=random.random() < 0.5),)
    if drawn < 0.25:
        return (Distinct(random.choice(("${meta.simulacra_zone}", "${meta.rack}")), allowed=random.choice((1, 2))),)
    return ()


def _affinities(random: Random) -> tuple[Affinity, ...]:
    if random.random() > 0.25:
        return ()
    return (
        Affinity("${meta.simulacra_rank}", random.choice((">", "<")), "15", random.choice((50, 100))),
        Affinity("${attr.cpu.arch}", "=", "arm64", random.choice((-50, 25))),
    )


def _spreads(random: Random) -> tuple[Spread, ...]:
    drawn = random.random()
    if drawn < 0.2:
        return (Spread(random.choice(("${meta.simulacra_zone}", "${node.datacenter}", "${meta.rack}")), 100),)
    if drawn < 0.28:
        return (Spread("${node.datacenter}", 70, (SpreadTarget("dc1", 60), SpreadTarget("dc2", 20))), Spread("${meta.rack}", 30))
    return ()


def _ports(random: Random, small: bool) -> tuple[PortAsk, ...]:
    network = random.choice(("default", "default", "overlay"))
    dynamic = tuple(PortAsk(f"dynamic-{at}", host_network=network) for at in range(random.choice((0, 0, 1, 1, 2))))
    if small or random.random() > 0.12:
        return dynamic
    return (PortAsk("static", random.choice((80, 443, 8080, 8443, random.randrange(1024, 20_000))), network), *dynamic)


def _gpu_constraints(random: Random) -> tuple[Constraint, ...]:
    return (Constraint("${device.attr.memory}", ">=", f"{random.choice((4, 8))} GiB"),) if random.random() < 0.5 else ()
