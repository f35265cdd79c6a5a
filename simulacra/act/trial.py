"""Jobs as Nomad itself judges them, before anything is written: its parser, its checks, and a plan of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from simulacra.act.places import Origin, at_their_places
from simulacra.act.submit import JobText
from simulacra.faults import Denied, Refusal
from simulacra.gateways.nomad_values import JobJson, PlannedJob, ValidatedJob
from simulacra.model.jobspec import NO_VALUES, Values
from simulacra.model.problem import Level, Problem, Rule, problem


class Judge(Protocol):
    """What trying out needs of Nomad."""

    def parse(self, text: str, what: str, values: Values = NO_VALUES) -> JobJson: ...
    def validate(self, job: JobJson) -> ValidatedJob: ...
    def plan(self, job: JobJson) -> PlannedJob: ...


@dataclass(frozen=True, slots=True)
class Trial:
    """``untried`` says for each step that the token doesn't allow how many jobs it was left out for."""

    problems: tuple[Problem, ...]
    untried: tuple[tuple[str, int], ...] = ()


def try_out(jobspecs: Iterable[JobText], nomad: Judge, origin: Origin | None = None) -> Trial:
    """What Nomad says of every jobspec. Without the right to have them parsed nothing can be tried: that is a problem itself."""
    problems: list[Problem] = []
    untried: Counter[str] = Counter()
    for spec in jobspecs:
        try:
            job = spec.job if spec.job is not None else nomad.parse(spec.text, f"the jobspec of service {spec.service}", spec.values)
        except Denied as denied:
            return Trial((*problems, Problem("", 0, str(denied), "nomad-parse")))
        except Refusal as refusal:
            placed = at_their_places(str(refusal), spec.service, spec.source, origin)
            problems += (_said(replace(spec, source=source), said, "nomad-parse") for source, said in placed)
            continue
        problems += _judged(spec, job, nomad, untried)
    return Trial(tuple(problems), tuple(sorted(untried.items())))


def _judged(spec: JobText, job: JobJson, nomad: Judge, untried: Counter[str]) -> Iterator[Problem]:
    try:
        validated = nomad.validate(job)
    except Denied:
        untried["checked (capability read-job)"] += 1
    else:
        yield from (_said(spec, f"Nomad refuses the job: {error}", "nomad-validate") for error in validated.errors)
        yield from _warnings(spec, validated.warnings)
        if validated.errors:
            return
    try:
        nomad.plan(job)
    except Denied:
        untried["planned (capability submit-job)"] += 1
    except Refusal as refusal:
        yield _said(spec, str(refusal), "nomad-plan")


def _warnings(spec: JobText, text: str) -> Iterator[Problem]:
    """One for each that Nomad lists; its heading (``1 warning(s):``) says nothing more."""
    listed = [line.strip().removeprefix("* ") for line in text.splitlines() if line.strip().startswith("* ")]
    for line in listed or ([text] if text.strip() else []):
        yield _said(spec, f"Nomad warns: {line}", "nomad-warning", "warning")


def _said(spec: JobText, message: str, rule: Rule, level: Level = "error") -> Problem:
    return problem(spec.source, f'service "{spec.service}": {" ".join(message.split())}', rule, level)
