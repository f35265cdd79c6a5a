"""The proxies through which peripherals are on the overlay: which there are, where each runs, on which ports it listens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from simulacra.model.grid import Grid
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.service import Service

FIRST_PORT, PORTS = 10_000, 10_000
"""Where ports on the overlay are chosen from: below those that Nomad and Linux hand out by themselves."""
LONGEST = 40
"""Characters of a job's name that the names of its machines may take."""
MISSES = "simulacra_misses_"
"""What the key of a node's label begins with, by which it is known not to reach a proxy's devices; the proxy's name follows."""
MISSED = f"${{meta.{MISSES}"
"""What a constraint on such a label begins with."""
CONTAINERS = ("docker", "podman")
"""Drivers of tasks that bring their programs along."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One job for all peripherals of a place that have as many replicas. ``machines`` are empty where any in ``zone`` will do."""

    name: str
    zone: str | None
    machines: tuple[str, ...]
    replicas: int
    peripherals: tuple[Peripheral, ...]

    @property
    def label(self) -> str:
        """The key of the label that a machine has which misses some of its devices."""
        return misses_label(self.name)

    @property
    def programs(self) -> tuple[str, ...]:
        """What it is made of, and a machine must have: the second only for udp, the third only for what the first can't do."""
        found = {
            "haproxy": True,
            "nginx": any(port.protocol == "udp" for it in self.peripherals for port in it.ports),
            "python3": any(it.beyond_haproxy for it in self.peripherals),
        }
        return tuple(name for name, wanted in found.items() if wanted)

    def may_run_on(self, machine: str, zone: str | None) -> bool:
        """Whether its devices are within reach of a machine of that name in that zone, as the definitions have it."""
        return machine in self.machines if self.machines else zone is not None and zone == self.zone


def proxies_of(grid: Grid) -> tuple[Proxy, ...]:
    """By name; peripherals without ports have none."""
    found = []
    served = sorted((it for it in grid.peripherals if it.ports), key=_place)
    for (name, zone, machines, replicas), its in groupby(served, key=_place):
        found.append(Proxy(name, zone or None, machines, replicas, tuple(sorted(its, key=lambda it: it.name))))
    return tuple(found)


def stands_in(grid: Grid, peripheral: Peripheral) -> str | None:
    """The zone in which its device is: its own, else that of the first of its machines."""
    zones = {machine.name: machine.zone for machine in grid.machines}
    return peripheral.zone or next((zones[name] for name in peripheral.machines if name in zones), None)


def proxy_name(peripheral: Peripheral) -> str:
    """The name of the job that serves it: its place's, with the number of replicas where there are several."""
    several = f"-{peripheral.replicas}" if peripheral.replicas > 1 else ""
    if not peripheral.machines:
        return f"proxy-{peripheral.zone}{several}"
    on = "-".join(sorted(peripheral.machines))
    plain = re.sub(r"[^a-z0-9]", "-", on.lower())
    if len(plain) > LONGEST or plain != on:
        plain = f"{plain[:LONGEST]}-{sha256(on.encode()).hexdigest()[:6]}"
    return f"proxy-on-{plain}{several}"


def _place(peripheral: Peripheral) -> tuple[str, str, tuple[str, ...], int]:
    zone = "" if peripheral.machines else peripheral.zone or ""
    return proxy_name(peripheral), zone, tuple(sorted(peripheral.machines)), peripheral.replicas


def proxy_service(proxy: Proxy) -> Service:
    """The proxy as a service of the grid: it is placed, moved and explained like any other."""
    names = ", ".join(it.name for it in proxy.peripherals[:5]) + (" and more" if len(proxy.peripherals) > 5 else "")
    return Service(
        name=proxy.name,
        count=proxy.replicas,
        zones=(proxy.zone,) if proxy.zone is not None else None,
        moves="any",
        run_twice=True,
        description=f"Brings what can't join the grid onto the overlay: {names}.",
        proxies=tuple(it.name for it in proxy.peripherals),
        source=proxy.peripherals[0].source,
    )


def listens_on(peripheral: Peripheral, port: PeripheralPort) -> int:
    """The port on the overlay: the definition's, else one that only depends on the names."""
    return port.listen if port.listen is not None else _of_name(f"{peripheral.name}/{port.name}")


def health_port(proxy: str) -> int:
    """Where the proxy tells how its devices are: ``http://ADDRESS:PORT/NAME`` is 200 while that one is well, else 503."""
    return _of_name(proxy)


def _of_name(name: str) -> int:
    return FIRST_PORT + int.from_bytes(sha256(name.encode()).digest()[:4], "big") % PORTS


def misses_label(proxy: str) -> str:
    return MISSES + proxy.replace("-", "_")


def of_label(key: str) -> str:
    """The name of the proxy that such a label is about, or a constraint on it."""
    return key.removeprefix("${meta.").partition("}")[0].removeprefix(MISSES).replace("_", "-")


def grants_path(job: str) -> str:
    """The Nomad variable with the addresses that may use the proxy's devices: the job may read it by its own identity."""
    return f"nomad/jobs/{job}"


def grant_key(peripheral: str) -> str:
    """The variable's item for a device, as Nomad's templates can name it; a peripheral's name has no underscore, so no two share one."""
    return "for_" + peripheral.replace("-", "_")
