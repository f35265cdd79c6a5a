"""Slow cables, and such as lose frames: by the kernel's netem where it has it, else by a process of ours that each frame goes through."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from simulacra.faults import Fault
from simulacra.lab import delayer, state
from simulacra.lab.network import Command, run_ip
from simulacra.lab.places import Place, places
from simulacra.lab.processes import Process, alive, end, enter, spawn
from simulacra.lab.programs import Programs, find_tc
from simulacra.lab.state import Delay, LabState

LONGEST_MS = 10000.0
_PATIENCE_S = 10.0
_FRAMES_AT_MOST = 10000


@dataclass(frozen=True, slots=True)
class Wanted:
    """How long each frame takes, each way: ``jitter_ms`` more or less; and how many of a hundred are lost."""

    delay_ms: float
    jitter_ms: float = 0.0
    loss_percent: float = 0.0

    def __bool__(self) -> bool:
        """Whether the cable is to be worse than it was made."""
        return self.delay_ms > 0 or self.loss_percent > 0


def slow_down(programs: Programs, found: LabState, place: Place, wanted: Wanted) -> LabState:
    """Let the place's cable take so long, each way (0: as fast as it was made); the state, saved, that says so. Raises `Fault`."""
    found = _speed_up(programs, found, place)
    if wanted:
        port = json.loads(run_ip(programs.ip, ("-n", place.namespace, "-json", "link", "show", "dev", place.port)))[0]
        slow = Delay(place.title, wanted.delay_ms, wanted.jitter_ms, str(port["master"]), loss_percent=wanted.loss_percent)
        found = _with(found, slow)  # before it is done, so that a start that is interrupted can be undone
        try:
            if not _by_kernel(place, wanted):
                found = _with(found, replace(slow, process=_by_process(programs, found.name, place, slow)))
        except Fault:
            _speed_up(programs, found, place)
            raise
    return found


def delay_to(found: LabState, machine: str) -> float:
    """The milliseconds that the cables to a machine take, one way, from outside: its own, its zone's, those of uplinks before it."""
    slow = {delay.place: delay.delay_ms for delay in found.delays}
    return sum(slow.get(place.title, 0.0) for place in places(found) if machine in place.machines)


def netem_commands(place: Place, wanted: Wanted) -> Iterator[Command]:
    """The arguments of `tc`: at both ends of the cable, since each holds back what leaves there."""
    for namespace, port in place.ends:
        times = (f"{wanted.delay_ms:g}ms", f"{wanted.jitter_ms:g}ms")
        loss = ("loss", f"{wanted.loss_percent:g}%") if wanted.loss_percent else ()
        yield ("-n", namespace, "qdisc", "replace", "dev", port, "root", "netem", "limit", str(_FRAMES_AT_MOST), "delay", *times, *loss)


def put_between(place: Place, tap: str, bridge: str) -> tuple[Command, Command]:
    """The arguments of `ip`, before and after the process makes its card, which takes the port's place in the bridge.

    What comes out of the port is for nobody but the process, so nothing here answers it.
    """
    free = ("-n", place.namespace, "link", "set", "dev", place.port, "nomaster", "arp", "off", "addrgenmode", "none")
    return free, ("-n", place.namespace, "link", "set", "dev", tap, "addrgenmode", "none", "master", bridge, "up")


def put_back(place: Place, bridge: str) -> Command:
    """The port in its bridge again."""
    return ("-n", place.namespace, "link", "set", "dev", place.port, "master", bridge, "arp", "on")


def _speed_up(programs: Programs, found: LabState, place: Place) -> LabState:
    slow = next((delay for delay in found.delays if delay.place == place.title), None)
    if slow is None:
        return found
    tc = find_tc()
    if slow.process is not None:
        end(slow.process)
    elif tc is not None:
        for namespace, port in place.ends:
            subprocess.run([tc, "-n", namespace, "qdisc", "del", "dev", port, "root"], capture_output=True, check=False)
    run_ip(programs.ip, put_back(place, slow.bridge))
    found = replace(found, delays=tuple(delay for delay in found.delays if delay != slow))
    state.save(found)
    return found


def _with(found: LabState, slow: Delay) -> LabState:
    """The state, saved, in which this place is as slow as that."""
    found = replace(found, delays=(*(delay for delay in found.delays if delay.place != slow.place), slow))
    state.save(found)
    return found


def _by_kernel(place: Place, wanted: Wanted) -> bool:
    """Whether netem does it; raises `Fault` where it is there, and doesn't."""
    tc = find_tc()
    for command in netem_commands(place, wanted) if tc else ():
        done = subprocess.run([str(tc), *command], capture_output=True, text=True, check=False)
        if done.returncode and "kind is unknown" in done.stderr:
            return False
        if done.returncode:
            raise Fault(f"lab: `tc {' '.join(command)}` failed: {done.stderr.strip()}")
    return tc is not None


def _by_process(programs: Programs, lab: str, place: Place, slow: Delay) -> Process:
    tap = f"{place.port}s"
    log = state.lab_folder(lab) / f"delay-{place.kind}-{place.name}.log"
    log.unlink(missing_ok=True)
    before, after = put_between(place, tap, slow.bridge)
    run_ip(programs.ip, before)
    how = (slow.delay_ms, slow.jitter_ms, slow.loss_percent)
    command = [sys.executable, "-I", str(delayer.__file__), place.port, tap, *(f"{it:g}" for it in how)]
    process = spawn(enter(programs.nsenter, place.namespace, command), log)
    try:
        _wait_until_ready(process, log)
        run_ip(programs.ip, after)
    except Fault:
        end(process)
        raise
    return process


def _wait_until_ready(process: Process, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while "ready" not in log.read_text(errors="replace").split():
        if not alive(process) or time.monotonic() > until:
            lines = log.read_text(errors="replace").splitlines() or ["it said nothing"]
            raise Fault(f"lab: the kernel has no netem, and the process that would hold frames back didn't start: {lines[-1].strip()}")
        time.sleep(0.02)
