"""How long `simulacra render` takes for many services: as a whole process, and rendering itself beside a bare Jinja2 loop."""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from services import Written, services, write_grid
from timing import in_turns, process, table

from simulacra.definitions import load
from simulacra.render import render_job


def bare_values(service: Written) -> dict[str, Any]:
    """What the bare template works with: plain values, worked out beforehand."""
    tool, site, worker = (service.kind == kind for kind in ("tool", "site", "worker"))
    check = [("type", "http"), ("path", "/login"), ("interval", "10s")] if tool else [("type", "tcp"), ("interval", "15s")]
    image = f'image = "{service.image}"'
    config = {
        "tool": image,
        "site": f'{image}\n        args  = ["caddy", "file-server", "--root", "/srv/{service.name}"]',
        "worker": f'command = "/usr/bin/python3"\n        args    = ["-m", "worker", "--queue", "{service.name}"]',
    }
    return {
        "name": service.name,
        "file": service.file,
        "line": 2 if tool else 1,
        "type": "batch" if worker else "service",
        "description": f"Builds, number {service.number}" if tool else f"The service {service.name} of the grid bench.",
        "tier": {"name": "hypervisor", "rank": 40} if tool else None,
        "count": {"tool": 1, "site": 3, "worker": 2}[service.kind],
        "zones": ["attic", "cellar", "office"] if site else [],
        "run_twice": site,
        "ports": [] if worker else [{"name": "http", "to": service.port, "check": [*check, ("timeout", "2s")]}],
        "disk": service.disk if tool else None,
        "driver": "exec" if worker else "docker",
        "config": config[service.kind],
        "cpu": service.cpu,
        "memory": service.memory,
        "env": [("SITE", service.name)] if site else [],
    }


def in_process(work: Callable[[], object]) -> Callable[[], float]:
    """A contestant in this process: the seconds that its work takes."""

    def run() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return run


def whole_processes(folder: Path, written: tuple[Written, ...], runs: int) -> dict[str, list[float]]:
    """`simulacra render` cold, with nothing changed, and with one service's file changed."""
    cache, jobspecs = folder / "cache", folder / "jobspecs"
    env = {**os.environ, "SIMULACRA_CACHE_DIR": str(cache)}
    command: list[str | Path] = [Path(sys.executable).with_name("simulacra"), "--grid", folder / "grid", "render", "--out", jobspecs]
    changed, sizes = folder / "grid" / written[len(written) // 2].file, itertools.count(10_000)

    def forget() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(jobspecs, ignore_errors=True)

    def change() -> None:
        lines = changed.read_text(encoding="utf-8").splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith("    memory = "))
        lines[at] = f"    memory = {next(sizes)}\n"
        changed.write_text("".join(lines), encoding="utf-8")

    contestants = {
        "cold: no cache, no jobspecs": process(command, env, forget),
        "nothing changed": process(command, env),
        "one file changed": process(command, env, change),
    }
    return in_turns(contestants, runs)


def rendering_itself(folder: Path, written: tuple[Written, ...], runs: int) -> tuple[dict[str, list[float]], str]:
    """The loop over `render_job` and a bare Jinja2 loop, and whether both give the same text."""
    grid = load(folder / "grid")
    loader = FileSystemLoader(Path(__file__).parent)
    made = Environment(loader=loader, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    template = made.get_template("bare.nomad.hcl.j2")
    values = [bare_values(service) for service in sorted(written, key=lambda service: service.name)]

    def bare() -> list[str]:
        return [template.render(s=value) for value in values]

    def ours() -> list[str]:
        return [render_job(grid, service) for service in grid.services]

    differing = [service.name for service, one, other in zip(grid.services, ours(), bare(), strict=True) if one != other]
    same = f"{len(written) - len(differing)} of {len(written)} texts are the same" + (f"; {differing[0]} isn't" if differing else "")
    return in_turns({"bare Jinja2 loop": in_process(bare), "simulacra's rendering": in_process(ours)}, runs), same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--services", type=int, default=1000)
    chosen = parser.parse_args()
    written = services(chosen.services)
    with tempfile.TemporaryDirectory(prefix="simulacra-bench-") as made:
        folder = Path(made)
        write_grid(folder / "grid", written)
        loops, same = rendering_itself(folder, written, chosen.runs)
        processes = whole_processes(folder, written, chosen.runs)
    print(f"{chosen.services} services in {chosen.services} files, {chosen.runs} runs each\n")
    print("simulacra render, whole processes")
    print(table(processes, against="nothing changed"))
    print(f"\nrendering itself, in one process ({same})")
    print(table(loops, against="bare Jinja2 loop"))


if __name__ == "__main__":
    main()
