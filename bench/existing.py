"""How long `simulacra render` takes for services that have a jobspec already: whole processes, cold, unchanged, with one changed."""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services import write_grid
from timing import in_turns, process, table

SET = Path(__file__).resolve().parent.parent / "tests" / "contract" / "existing"
KINDS = """
    consul-native frigate from-a-pack gitea grafana home-assistant ingress-gateway jellyfin kafka many-ports minecraft minio node-exporter
    postgres prometheus restic-backup traefik transparent-api vaultwarden vector
"""
"""Jobspecs in the manner of real ones, 60 to 120 lines each, that need no values for their variables."""
ASKED = ("", '  tier = "server"\n', '  tier        = "hypervisor"\n  description = "One of many"\n')
SERVICES_A_FILE = 50
LABEL = re.compile(r'^job "[^"]*"', re.MULTILINE)


def jobspec(number: int) -> tuple[str, str]:
    """The name of the service of that number, and its jobspec."""
    kinds = KINDS.split()
    kind = kinds[number % len(kinds)]
    name = f"{kind}-{number:05d}"
    text = (SET / f"{kind}.nomad.hcl").read_text(encoding="utf-8")
    return name, LABEL.sub(f'job "{name}"', text, count=1)


def definition(number: int, name: str) -> str:
    """What the grid asks for beside it."""
    return f'service "{name}" {{\n  jobspec = "../../jobs/{name}.nomad.hcl"\n{ASKED[number % len(ASKED)]}}}\n'


def write_jobspecs(folder: Path, count: int) -> tuple[Path, ...]:
    """Write the grid's definitions and that many jobspecs in a folder beside them; returns the jobspecs."""
    write_grid(folder / "grid", ())
    (folder / "jobs").mkdir()
    definitions: list[str] = []
    for number in range(count):
        name, text = jobspec(number)
        (folder / "jobs" / f"{name}.nomad.hcl").write_text(text, encoding="utf-8")
        definitions.append(definition(number, name))
    for first in range(0, count, SERVICES_A_FILE):
        text = "\n".join(definitions[first : first + SERVICES_A_FILE])
        (folder / "grid" / "services" / f"{first // SERVICES_A_FILE:03d}.hcl").write_text(text, encoding="utf-8")
    return tuple(sorted((folder / "jobs").iterdir()))


def whole_processes(folder: Path, jobspecs: Sequence[Path], runs: int) -> dict[str, list[float]]:
    """`simulacra render` cold, with nothing changed, and with one jobspec changed."""
    cache, rendered = folder / "cache", folder / "jobspecs"
    env = {**os.environ, "SIMULACRA_CACHE_DIR": str(cache)}
    command: list[str | Path] = [Path(sys.executable).with_name("simulacra"), "--grid", folder / "grid", "render", "--out", rendered]
    changed, versions = jobspecs[len(jobspecs) // 2], itertools.count()
    original = changed.read_text(encoding="utf-8")

    def forget() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(rendered, ignore_errors=True)

    def change() -> None:
        changed.write_text(f"{original}# version {next(versions)}\n", encoding="utf-8")

    contestants = {
        "cold: no cache, no jobspecs": process(command, env, forget),
        "nothing changed": process(command, env),
        "one jobspec changed": process(command, env, change),
    }
    return in_turns(contestants, runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--services", type=int, default=1000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simulacra-bench-") as made:
        jobspecs = write_jobspecs(Path(made), chosen.services)
        lines = sum(path.read_text(encoding="utf-8").count("\n") for path in jobspecs)
        seconds = whole_processes(Path(made), jobspecs, chosen.runs)
    print(f"{len(jobspecs)} jobspecs of {len(KINDS.split())} kinds, {lines} lines, {chosen.runs} runs each\n")
    print("simulacra render, whole processes")
    print(table(seconds, against="nothing changed"))


if __name__ == "__main__":
    main()
