"""How long it takes from a blocked evaluation to the magic packet on the wire, in a lab with the real Nomad and Nomad Autoscaler.

A machine that is unplugged hears packets and doesn't come; each round a job that only it can run is submitted, the first packet that
reaches its network card is waited for, and then everything is put back. Needs root. Prints the distribution, and the goal beside it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_lab import BenchLab, bench_lab

from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import connect
from simulacra.lab.processes import enter
from simulacra.lab.programs import find_programs
from simulacra.model.journal import Record

GRID = Path(__file__).resolve().parents[1] / "tests" / "e2e" / "power_grid"
SLEEPER, MAC, INTERVAL_S = "small", "52:54:00:b0:00:11", 2.0
EARS = """
import socket, sys, time
ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
mark = b"\\xff" * 6 + bytes.fromhex(sys.argv[1].replace(":", "")) * 16
while True:
    if mark in ear.recv(4096):
        print(time.time(), flush=True)
"""
JOB = {
    "ID": "bench",
    "Type": "service",
    "Datacenters": ["*"],
    "TaskGroups": [
        {
            "Name": "bench",
            "Count": 1,
            "Constraints": [{"LTarget": "${node.unique.name}", "Operand": "=", "RTarget": SLEEPER}],
            "Tasks": [
                {"Name": "bench", "Driver": "raw_exec", "Config": {"command": "/bin/true"}, "Resources": {"CPU": 50, "MemoryMB": 16}}
            ],
        }
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    with _lab() as lab, _ears(lab) as packets:
        seconds = [_round(lab, packets) for _ in _counted(rounds)]
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    met = "met" if p99 <= INTERVAL_S + 1 else "missed"
    print(f"{'rounds':>8} {'median':>8} {'p99':>8} {'slowest':>8}   goal: p99 within one interval ({INTERVAL_S:.0f} s) and 1 s")
    print(f"{rounds:>8} {statistics.median(ordered):>6.2f} s {p99:>6.2f} s {ordered[-1]:>6.2f} s   {met}")


def _counted(rounds: int) -> Iterator[int]:
    for index in range(rounds):
        print(f"\r{index + 1} of {rounds}", end="", file=sys.stderr, flush=True)
        yield index
    print(file=sys.stderr)


def _round(lab: BenchLab, packets: subprocess.Popen[str]) -> float:
    """Seconds from the blocked evaluation's creation (Nomad's own time) to the first packet on the sleeper's card."""
    begun = time.time()
    lab.nomad("jobs", {"Job": JOB})
    heard = _first_after(packets, begun)
    blocked = [it for it in lab.nomad("job/bench/evaluations") if it["Status"] == "blocked"]
    created = max(it["CreateTime"] for it in blocked) / 1e9
    lab.nomad("job/bench?purge=true", method="DELETE")
    _put_back(lab)
    return float(heard - created)


def _first_after(packets: subprocess.Popen[str], begun: float) -> float:
    assert packets.stdout is not None
    while True:
        heard = float(packets.stdout.readline())
        if heard >= begun:
            return heard


def _put_back(lab: BenchLab) -> None:
    """Asleep again, as if it had never been tried; the autoscaler may be writing at the same moment."""
    journal = Journal(connect(environment={"NOMAD_ADDR": lab.nomad_addr}))
    while True:
        record = next(it for it in journal.records() if it.machine == SLEEPER)
        try:
            journal.write(
                Record(SLEEPER, "asleep", time.time(), "measured", "bench", drained=True, remembered=record.remembered, index=record.index)
            )
            break
        except Exception as conflict:  # noqa: BLE001 - whatever it was, the next try tells
            print(conflict, file=sys.stderr)
    time.sleep(INTERVAL_S)  # the autoscaler must see that nothing waits


@contextmanager
def _ears(lab: BenchLab) -> Iterator[subprocess.Popen[str]]:
    """On the sleeper's own card: `lab exec` runs nothing on a machine that is asleep."""
    command = enter(find_programs().nsenter, lab.resident(SLEEPER).namespace, [sys.executable, "-c", EARS, MAC])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
        try:
            yield listening
        finally:
            listening.terminate()


@contextmanager
def _lab() -> Iterator[BenchLab]:
    with bench_lab(GRID) as lab:
        lab.simulacra("run")
        lab.on_lab("unplug", SLEEPER)
        lab.on_lab("autoscaler")
        while lab.powers()[SLEEPER] != "asleep":
            time.sleep(2)
        yield lab


if __name__ == "__main__":
    main()
