"""What the proxy of a peripheral costs, in a lab with the real HAProxy and Nomad; with `--many`, what many devices under one proxy take.

The device is asked through its proxy from another zone, beside the same server program on the machine that serves it, asked over the same
overlay without a proxy, and beside the device itself on its LAN. Needs root. Prints the tables, and the goals beside them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from device_lab import ASKS, FIRST, JOB, SERVES, DeviceLab, Used, device_lab, eventually, said_by
from timing import in_turns

DEVICE = "192.168.4.10"
WEB, PLAIN, BACK = FIRST, FIRST + 1, FIRST + 2
ITS_WEB, ITS_BACK = FIRST + 10, FIRST + 11
RESTS_S = 30.0
ONE = f"""
peripheral "thing" {{
  zone    = "attic"
  address = "{DEVICE}"

  port "web" {{
    number   = 80
    protocol = "http"
    listen   = {WEB}
  }}

  port "plain" {{
    number = 80
    listen = {PLAIN}
  }}

  port "back" {{
    number = 7
    listen = {BACK}
  }}
}}
"""
OF_MANY = """
peripheral "thing-%d" {
  zone    = "attic"
  address = "%s"

  port "web" {
    number   = 80
    protocol = "http"
    listen   = %d
  }
}
"""
Contestants = Mapping[str, Callable[[], float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2000, help="small requests on one connection")
    parser.add_argument("--many", type=int, metavar="DEVICES", help="instead: so many devices in one zone")
    chosen = parser.parse_args()
    print(f"load {_load()} when it began")
    if chosen.many:
        many(chosen.many)
    else:
        one(chosen.runs, chosen.megabytes, chosen.rounds)
    print(f"load {_load()} when it ended")


def one(runs: int, megabytes: int, rounds: int) -> None:
    with device_lab(ONE) as lab:
        lab.simulacra("run", "--detach")
        itself = lab.start(SERVES, "serve", address := lab.address(SERVES), ITS_WEB, ITS_BACK)
        try:
            eventually(lambda: all(_serves(lab, port) for port in (WEB, PLAIN, ITS_WEB)))
            amounts = in_turns(_amounts(lab, address, megabytes * 1_000_000), runs)
            answers = in_turns(_answers(lab, address, rounds), runs)
        finally:
            itself.terminate()
            itself.wait()
    _print_amounts(amounts, megabytes)
    _print_answers(answers)


def _serves(lab: DeviceLab, port: int) -> bool:
    return bool(lab.asks(ASKS, "each", lab.address(SERVES), port, 1)[0])


def _amounts(lab: DeviceLab, address: str, size: int) -> Contestants:
    return {
        "without a proxy": lambda: lab.asks(ASKS, "bytes", address, ITS_WEB, size),
        "by the proxy, http": lambda: lab.asks(ASKS, "bytes", address, WEB, size),
        "by the proxy, tcp": lambda: lab.asks(ASKS, "bytes", address, PLAIN, size),
        "the device, on its LAN": lambda: lab.asks(SERVES, "bytes", DEVICE, 80, size),
    }


def _answers(lab: DeviceLab, address: str, rounds: int) -> Contestants:
    return {
        "http, without a proxy": lambda: lab.asks(ASKS, "http", address, ITS_WEB, rounds),
        "http, by the proxy": lambda: lab.asks(ASKS, "http", address, WEB, rounds),
        "http, on its LAN": lambda: lab.asks(SERVES, "http", DEVICE, 80, rounds),
        "tcp, without a proxy": lambda: lab.asks(ASKS, "echo", address, ITS_BACK, rounds),
        "tcp, by the proxy": lambda: lab.asks(ASKS, "echo", address, BACK, rounds),
        "tcp, on its LAN": lambda: lab.asks(SERVES, "echo", DEVICE, 7, rounds),
    }


def _print_amounts(seconds: Mapping[str, Sequence[float]], megabytes: int) -> None:
    print(f"\n{megabytes} MB each time      median MB/s   slowest  fastest   of that without a proxy (goal: at least 0.8)")
    bare = statistics.median(seconds["without a proxy"])
    for name, its in seconds.items():
        median = statistics.median(its)
        print(f"{name:24} {megabytes / median:9.1f} {megabytes / max(its):9.1f} {megabytes / min(its):8.1f}   {bare / median:.2f}")


def _print_answers(seconds: Mapping[str, Sequence[float]]) -> None:
    print("\nto an answer               median   fastest  slowest   more than without a proxy (goal: below 1 ms)")
    for name, its in seconds.items():
        bare = statistics.median(seconds[f"{name.partition(',')[0]}, without a proxy"])
        cells = [f"{it * 1000:.3f}" for it in (statistics.median(its), min(its), max(its))]
        print(f"{name:22} {cells[0]:>7} ms {cells[1]:>9} {cells[2]:>8}   {(statistics.median(its) - bare) * 1000:+.3f} ms")


def many(count: int) -> None:
    """All in one zone, under one proxy: what it takes to bring them up, to have them, and to change one."""
    with device_lab(_devices(count)) as lab:
        rows = {"definitions read, jobspecs rendered": _took(lambda: lab.simulacra("render"))}
        begun = time.monotonic()
        lab.simulacra("run", "--detach")
        rows["`simulacra run` until its jobs are taken"] = time.monotonic() - begun
        eventually(lab.healthy)
        rows["... until the proxy is healthy"] = time.monotonic() - begun
        address = lab.address(SERVES)
        eventually(lambda: lab.asks(ASKS, "each", address, FIRST, count)[0] == count)
        rows["... until all devices are answered through it"] = time.monotonic() - begun
        eventually(lambda: _listed_well(lab) == count)
        rows["... until Nomad's checks have all of them well"] = time.monotonic() - begun
        answered, rows["all of them asked once, 16 at a time"] = lab.asks(ASKS, "each", address, FIRST, count)
        idle = _at_rest(lab)
        rows["one definition changed, until that is served"], rows["... another was meanwhile without service for"] = _changed(lab, count)
        after = lab.used()
        asked = lab.nomad(f"job/{JOB}")["TaskGroups"][0]["Tasks"][0]["Resources"]["MemoryMB"]
    _print_many(count, answered, rows)
    _print_used(idle, after, asked)


def _devices(count: int, *, moved: bool = False) -> str:
    """``moved``: the last one is where the first is."""
    places = [f"192.168.{4 + index // 200}.{10 + index % 200}" for index in range(count)]
    if moved:
        places[-1] = places[0]
    return "".join(OF_MANY % (index, place, FIRST + index) for index, place in enumerate(places))


def _took(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def _listed_well(lab: DeviceLab) -> int:
    """How many of the proxy's checks succeed."""
    newest = max(lab.nomad(f"job/{JOB}/allocations"), key=lambda it: it["CreateIndex"])
    checks = lab.nomad(f"client/allocation/{newest['ID']}/checks")
    return sum(it["Status"] == "success" for it in checks.values())


def _at_rest(lab: DeviceLab) -> dict[str, Used]:
    """By program; CPU of one second, while nobody asks for a device."""
    before = lab.used()
    time.sleep(RESTS_S)
    after = lab.used()
    cpu = {name: (it.cpu_s - before[name].cpu_s) / RESTS_S if name in before else 0.0 for name, it in after.items()}
    return {name: Used(it.processes, it.memory_mb, cpu[name]) for name, it in after.items()}


def _changed(lab: DeviceLab, count: int) -> tuple[float, float]:
    """Seconds from `simulacra run` until the last device's port leads to the first device, and those that the second went without."""
    address = lab.address(SERVES)
    watching = lab.start(ASKS, "until", address, FIRST + count - 1, FIRST + 1, "hello from thing-0\n")
    (lab.grid / "devices.hcl").write_text(_devices(count, moved=True))
    begun = time.monotonic()
    lab.simulacra("run", "--detach")
    seen, without = said_by(watching)
    return seen - begun, without


def _print_many(count: int, answered: int, rows: Mapping[str, float]) -> None:
    print(f"\n{count} devices under one proxy; {answered} of them answered")
    for what, seconds in rows.items():
        print(f"{what:48} {seconds:7.2f} s")


def _print_used(idle: Mapping[str, Used], after: Mapping[str, Used], asked: int) -> None:
    print(f"\non {SERVES}                   processes    memory  CPU at rest   memory after the change")
    for name, it in idle.items():
        later = f"{after[name].memory_mb:6.1f} MB" if name in after else "-"
        print(f"{name:24} {it.processes:10} {it.memory_mb:6.1f} MB {it.cpu_s * 100:9.2f} %   {later}")
    print(f"the job asks Nomad for {asked} MB for its first task")


def _load() -> str:
    return " ".join(f"{it:.1f}" for it in os.getloadavg())


if __name__ == "__main__":
    main()
