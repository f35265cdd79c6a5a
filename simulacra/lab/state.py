"""What a lab leaves behind in its folder: its state as JSON, a folder a machine with logs, configuration and data."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from simulacra.faults import Refusal, Usage
from simulacra.lab.cloud_books import Rented, Site, load_books, read_site
from simulacra.lab.devices.device import Device, read_device
from simulacra.lab.devices.device import load_power as load_device_power
from simulacra.lab.layout import server_namespace, server_port
from simulacra.lab.power import MachinePower, Switch, load_power
from simulacra.lab.processes import Process, read_process

Phase = Literal["starting", "up"]

ALLOCATIONS = "a"
"""A machine's folder of allocations: a short name, since the paths of the sockets in it are."""

_SOCKET_PATH = 107
_SOCKET = f"/{ALLOCATIONS}/{'0' * 36}/node/secrets/api.sock"
"""The longest path that a Unix socket can have (source: unix(7)), and where Nomad has the one through which a task reports."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A machine of a lab: where it lives, and its processes (None: not started). ``port`` is the far end of its cable.

    Once the lab has a keeper, ``power`` is what it says, and the processes are those that it started. ``rented``: the size and the cloud
    of a server, None for a machine of one's own.
    """

    name: str
    zone: str
    namespace: str
    server: bool
    address: str
    port: str = ""
    overlay: Process | None = None
    agent: Process | None = None
    server_agent: Process | None = None
    power: MachinePower | None = None
    rented: str | None = None


@dataclass(frozen=True, slots=True)
class Router:
    """A zone's router; ``port`` is the far end of the zone's cable, ``peer`` where its overlay node is called.

    ``devices`` is the process that serves the zone's devices, None where it has none.
    """

    zone: str
    namespace: str
    port: str
    wan: str
    overlay: Process | None = None
    devices: Process | None = None


@dataclass(frozen=True, slots=True)
class Cable:
    """An uplink's own cable, and the zones that it takes away; ``near`` is its end at the uplink's switch, ``port`` the other one."""

    uplink: str
    port: str
    zones: tuple[str, ...]
    near: str = ""


@dataclass(frozen=True, slots=True)
class Delay:
    """A cable that was made bad, by its place's title: how long frames take each way, more or less ``jitter_ms``, and how many are lost.

    ``process`` holds them back, and has the port's place in ``bridge``; None where the kernel does it.
    """

    place: str
    delay_ms: float
    jitter_ms: float
    bridge: str
    process: Process | None = None
    loss_percent: float = 0.0


@dataclass(frozen=True, slots=True)
class LabState:
    """``consul`` is the program that the machines' Consul agents run, None where there are none.

    ``sites`` are the grid's clouds, and ``cloud`` the process that runs their ``servers``, which are never written here.
    ``devices`` stand for the grid's peripherals, each with the power that its keeper has written.
    ``secure``: Nomad asks for certificates and tokens, see `simulacra.lab.certificates` and `simulacra.lab.access`.
    """

    name: str
    grid: str
    phase: Phase
    wan_namespace: str
    interface: str
    residents: tuple[Resident, ...]
    routers: tuple[Router, ...]
    cables: tuple[Cable, ...]
    nomad_port: int | None = None
    forward: Process | None = None
    keeper: Process | None = None
    autoscaler: Process | None = None
    boot_time_s: float = 2.0
    delays: tuple[Delay, ...] = ()
    consul: str | None = None
    consul_port: int | None = None
    consul_forward: Process | None = None
    secure: bool = False
    sites: tuple[Site, ...] = ()
    cloud: Process | None = None
    servers: tuple[Resident, ...] = ()
    devices: tuple[Device, ...] = ()

    @property
    def scheme(self) -> str:
        """How Nomad's agents are spoken to."""
        return "https" if self.secure else "http"

    @property
    def nomad_addr(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.nomad_port}"

    @property
    def consul_addr(self) -> str | None:
        """None in a lab without Consul."""
        return f"http://127.0.0.1:{self.consul_port}" if self.consul_port else None

    @property
    def machines(self) -> tuple[Resident, ...]:
        """All that there are: residents, then servers."""
        return (*self.residents, *self.servers)

    def machine(self, name: str) -> Resident | None:
        """Of several servers of one name, the oldest."""
        return next((one for one in self.machines if one.name == name), None)

    def resident(self, name: str) -> Resident | None:
        return next((resident for resident in self.residents if resident.name == name), None)

    def device(self, name: str) -> Device | None:
        """By the name of any of its peripherals."""
        return next((it for it in self.devices if name in it.names), None)

    def with_resident(self, changed: Resident) -> LabState:
        return replace(self, residents=tuple(changed if one.name == changed.name else one for one in self.residents))


def labs_folder() -> Path:
    """``$XDG_STATE_HOME/simulacra/labs``, else ``/var/lib/simulacra/labs``.

    Not in /run or a home: Nomad's exec driver makes hard links to the system's files, which only works on their file system.
    """
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) / "simulacra" if home else Path("/var/lib/simulacra")) / "labs"


def lab_folder(lab: str) -> Path:
    return labs_folder() / lab


def machine_folder(lab: str, machine: str) -> Path:
    return lab_folder(lab) / machine


def check_paths(lab: str, machines: Iterable[str]) -> None:
    """Raises `Usage` where a socket's path below a machine's folder would be longer than sockets' paths can be."""
    longest = max(machines, key=len, default="")
    over = len(f"{machine_folder(lab, longest)}{_SOCKET}") - _SOCKET_PATH
    if over > 0:
        raise Usage(
            f"lab {lab}: the paths of sockets on {longest} would be {over} characters too long: take a shorter --name (or XDG_STATE_HOME)"
        )


def server_folder(lab: str, number: int) -> Path:
    """A server's of the lab's cloud: a short name, since the paths of sockets below it are limited, and one that no machine has."""
    return lab_folder(lab) / f"_{number}"


def folder_of(lab: str, one: Resident) -> Path:
    """A machine's or a server's."""
    return machine_folder(lab, one.name) if one.rented is None else server_folder(lab, int(one.namespace.rpartition(".")[2]))


def router_folder(lab: str, zone: str) -> Path:
    """A name that no machine has."""
    return lab_folder(lab) / f"zone:{zone}"


def device_folder(lab: str, device: str) -> Path:
    """A name that no machine has."""
    return lab_folder(lab) / f"device:{device}"


def save(state: LabState) -> None:
    """Write it in one step: a reader sees the old or the new state. The machines' power is their keeper's to write."""
    folder = lab_folder(state.name)
    draft = folder / ".state.json.new"
    devices = tuple(replace(one, power=None) for one in state.devices)
    kept = replace(state, residents=tuple(replace(one, power=None) for one in state.residents), servers=(), devices=devices)
    draft.write_text(json.dumps(asdict(kept), indent=2) + "\n")
    draft.replace(folder / "state.json")


def load_state(lab: str) -> LabState | None:
    """The lab's state; None where there is none, or none that can be read."""
    try:
        found = json.loads((lab_folder(lab) / "state.json").read_text())
        state = LabState(
            **found
            | {
                "residents": tuple(Resident(**one | _processes(one, "overlay", "agent", "server_agent")) for one in found["residents"]),
                "routers": tuple(Router(**one | _processes(one, "overlay", "devices")) for one in found["routers"]),
                "cables": tuple(Cable(**one | {"zones": tuple(one["zones"])}) for one in found["cables"]),
                "delays": tuple(Delay(**one | _processes(one, "process")) for one in found["delays"]),
                "sites": tuple(read_site(one) for one in found["sites"]),
                "servers": (),
                "devices": tuple(read_device(one) for one in found.get("devices", ())),
            }
            | _processes(found, "forward", "keeper", "autoscaler", "consul_forward", "cloud")
        )
        servers = tuple(_as_server(lab, one) for one in load_books(lab_folder(lab)).servers)
    except (FileNotFoundError, json.JSONDecodeError, TypeError, KeyError):
        return None
    devices = tuple(replace(one, power=load_device_power(device_folder(lab, one.name))) for one in state.devices)
    return replace(state, residents=tuple(_as_kept(lab, one) for one in state.residents), servers=servers, devices=devices)


def _as_kept(lab: str, one: Resident) -> Resident:
    power = load_power(machine_folder(lab, one.name))
    if power is None:
        return one
    return replace(one, overlay=power.overlay, agent=power.agent, server_agent=power.server_agent, power=power)


def _as_server(lab: str, one: Rented) -> Resident:
    """As a machine of the lab: it is on once it runs, whether or not its agent does."""
    power = load_power(server_folder(lab, one.number)) or MachinePower("booting", one.created_s, "")
    switch: Switch = {"booting": "booting", "stopping": "sleeping"}.get(one.stage, "on")  # type: ignore[assignment]
    namespace, port = server_namespace(lab, one.number), server_port(one.number)
    size = f"{one.size} of {one.cloud}"
    return Resident(
        one.name, one.zone, namespace, False, one.overlay, port, power.overlay, power.agent, None, replace(power, switch=switch), size
    )


def _processes(found: dict[str, Any], *keys: str) -> dict[str, Process | None]:
    return {key: read_process(found.get(key)) for key in keys}


def known_labs() -> tuple[str, ...]:
    """The labs that have a folder."""
    folder = labs_folder()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir())) if folder.is_dir() else ()


def forget(lab: str) -> None:
    """Remove the lab's folder."""
    shutil.rmtree(lab_folder(lab), ignore_errors=True)


@contextmanager
def held(lab: str) -> Iterator[None]:
    """Nobody else builds or removes the lab meanwhile; raises `Refusal`.

    The lock is a name among the abstract sockets: the kernel frees it when this process ends, however it ends, and nothing is left.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lock:
        try:
            lock.bind(f"\0simulacra-lab-{lab}")
        except OSError:
            raise Refusal(f"lab {lab}: another `simulacra lab` is building or removing it; wait for it, or end it") from None
        yield
