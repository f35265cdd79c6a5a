"""All that can be said against a grid's definitions: by themselves, by the machines that they define, and by a Nomad."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulacra.cli.context import DIFFERENT, DONE, UNREACHABLE, WRONG, say_patience
from simulacra.definitions import cache
from simulacra.faults import Fault, Refusal, Unreachable, Usage
from simulacra.model.problem import Problem
from simulacra.model.words import numbered

if TYPE_CHECKING:
    from simulacra.act.submit import JobText
    from simulacra.model.grid import Grid


_PLACED = re.compile(r"([^:]+\.(?:hcl|j2)):([0-9]+)[:,] (.+)")
"""Of a message that begins with its place."""


@dataclass(frozen=True, slots=True)
class Findings:
    """``problems`` are in the order of their places, with files as one can open them from here.

    ``counted`` says in words what is defined, empty where that can't be read; ``notes`` are lines about what was asked of Nomad.
    """

    problems: tuple[Problem, ...]
    counted: str = ""
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        return sum(it.level == "error" for it in self.problems)

    def conclusion(self) -> tuple[str, ...]:
        """Lines for people: whether the definitions are sound, and what became of asking Nomad."""
        warnings = len(self.problems) - self.errors
        if self.errors:
            return self.notes
        return (f"{self.counted}" + (f"; {numbered(warnings, 'warning')}" if warnings else ""), *self.notes)

    def strictly(self) -> Findings:
        """Warnings count as errors."""
        return replace(self, problems=tuple(replace(it, level="error") for it in self.problems))

    def exit_code(self) -> int:
        """Definitions that are broken weigh most, then a Nomad that doesn't answer, then one that refuses."""
        rules = {it.rule for it in self.problems if it.level == "error"}
        if any(not rule.startswith("nomad-") for rule in rules):
            return WRONG
        if "nomad-unreachable" in rules:
            return UNREACHABLE
        return DIFFERENT if rules else DONE


def examine(folder: Path, ask_nomad: bool = False) -> Findings:
    """The definitions of a folder, and the jobs they make as a Nomad judges them, if that is to be asked."""
    from simulacra.definitions import load
    from simulacra.definitions.problems import BrokenDefinitions

    try:
        grid = load(folder, environment=os.environ)
    except BrokenDefinitions as broken:
        return Findings(broken.problems)
    except Usage as fault:
        return Findings(_unusable(fault))
    judged, notes = _asked(folder, grid) if ask_nomad else ((), ())
    return Findings(_from_here(folder, (*_prospects(folder, grid), *judged)), _counted(grid), notes)


def _unusable(fault: Fault) -> tuple[Problem, ...]:
    return tuple(_of_line(line) for line in str(fault).splitlines())


def _of_line(line: str) -> Problem:
    """A message for people that may begin with its place."""
    found = _PLACED.fullmatch(line)
    return Problem(found[1], int(found[2]), found[3], "unreadable") if found else Problem("", 0, line, "unreadable")


def _from_here(folder: Path, problems: Collection[Problem]) -> tuple[Problem, ...]:
    from simulacra.definitions.folder import opened

    everywhere = {it for it in problems if not it.file}
    return tuple(sorted({*everywhere, *opened(folder, set(problems) - everywhere)}))


def _prospects(folder: Path, grid: Grid) -> tuple[Problem, ...]:
    """What the defined machines can never give; remembered for as long as nothing is defined otherwise."""
    from simulacra.cli.rendering import digest_of_templates
    from simulacra.render.templates import users_templates

    templates = users_templates(folder)
    looks = digest_of_templates(templates) if templates is not None else ""
    place, key = cache.cache_file(folder, "prospects"), cache.digest(f"{grid!r}{looks}".encode())
    kept = cache.read_cache(place)
    if kept.get("key") == key:
        return tuple(Problem(*it) for it in kept["problems"])
    from simulacra.observe.workload import job_of
    from simulacra.plan.hopeless import hopeless
    from simulacra.render.expected_job import expected_job

    jobs, unusable = [], list[Problem]()
    for service in grid.services:
        try:
            jobs.append((service, job_of(expected_job(grid, service, templates), grid.name)))
        except Usage as fault:
            unusable += _unusable(fault)
    found = (*unusable, *hopeless(grid, jobs))
    cache.write_cache(place, {"key": key, "problems": [astuple(it) for it in found]})
    return found


def _asked(folder: Path, grid: Grid) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    from simulacra.act.trial import try_out
    from simulacra.gateways.nomad import connect
    from simulacra.render.origins import origins
    from simulacra.render.templates import users_templates

    try:
        specs = _jobspecs(folder, grid)
        nomad = connect(grid, tell=say_patience)
        nomad.leader()  # it must be there, though there were no job to ask it about
        trial = try_out(specs, nomad, origins(grid, users_templates(folder)))
    except Unreachable as fault:
        return (Problem("", 0, str(fault), "nomad-unreachable"),), ()
    except Refusal as fault:
        return tuple(replace(_of_line(line), rule="nomad-parse") for line in str(fault).splitlines()), ()
    except Usage as fault:
        return _unusable(fault), ()
    refused = any(it.level == "error" for it in trial.problems)
    taken = () if refused else (f"Nomad at {nomad.settings.address} takes every job: {len(specs)}",)
    left_out = tuple(f"not {step}, for the token doesn't allow it: {numbered(many, 'job')}" for step, many in trial.untried)
    return trial.problems, (*taken, *left_out)


def _jobspecs(folder: Path, grid: Grid) -> list[JobText]:
    """Those that the grid runs for itself stand at its own block."""
    from simulacra.cli.nomad_jobs import jobspecs
    from simulacra.render.templates import users_templates

    specs = jobspecs(grid, folder, users_templates(folder))
    return [spec if spec.source.line else replace(spec, source=grid.source) for spec in specs]


def _counted(grid: Grid) -> str:
    services = [it for it in grid.services if not it.proxies]
    kinds = ((grid.machines, "machine"), (grid.zones, "zone"), (grid.tiers, "tier"), (grid.clouds, "cloud"), (services, "service"))
    named = (*kinds, (grid.peripherals, "peripheral"))
    told = ", ".join(numbered(len(found), what) for found, what in named if found)
    return f"grid {grid.name} is sound: {told or 'nothing defined yet'}"
