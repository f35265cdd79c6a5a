"""Trying jobs out on a Nomad: what it says is told at the definition, and a right that lacks is no refusal of the job."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from fake_nomad import FakeNomad, jobspec

from simulacra.act.submit import JobText
from simulacra.act.trial import Trial, try_out
from simulacra.faults import Denied, Refusal
from simulacra.gateways.nomad_values import JobJson, PlannedJob, ValidatedJob
from simulacra.model.jobspec import NO_VALUES, Values
from simulacra.model.problem import Problem
from simulacra.model.source import Source

SPECS = (JobText("page", jobspec("page"), Source("grid/page.hcl", 3)), JobText("wiki", jobspec("wiki"), Source("grid/wiki.hcl", 1)))


@dataclass
class Judge:
    """A Nomad that denies some steps, and says of the job ``page`` what it is told to."""

    denied: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: str = ""
    unread: str = ""
    refusal: str = ""
    planned: list[str] = field(default_factory=list)

    def _allow(self, step: str) -> None:
        if step in self.denied:
            raise Denied(f"the token lacks the right to {step}")

    def parse(self, text: str, what: str, values: Values = NO_VALUES) -> JobJson:
        self._allow("parse")
        if self.unread and what.endswith(" page"):
            raise Refusal(self.unread)
        return FakeNomad().parse(text, what, values)

    def validate(self, job: JobJson) -> ValidatedJob:
        self._allow("validate")
        return ValidatedJob(self.errors, self.warnings) if job["ID"] == "page" else ValidatedJob((), "")

    def plan(self, job: JobJson) -> PlannedJob:
        self._allow("plan")
        self.planned.append(str(job["ID"]))
        if self.refusal and job["ID"] == "page":
            raise Refusal(self.refusal)
        return FakeNomad().plan(job)


def said(message: str, rule: str, level: str = "error") -> Problem:
    return Problem("grid/page.hcl", 3, f'service "page": {message}', rule, level)  # type: ignore[arg-type]


def refused(*errors: str) -> Trial:
    return Trial(tuple(said(f"Nomad refuses the job: {error}", "nomad-validate") for error in errors))


def warned(*lines: str) -> Trial:
    return Trial(tuple(said(f"Nomad warns: {line}", "nomad-warning", "warning") for line in lines))


def unread(*messages: str) -> Trial:
    return Trial(tuple(said(message, "nomad-parse") for message in messages))


BOTH = ["page", "wiki"]
NO_RIGHT = Trial((Problem("", 0, "the token lacks the right to parse", "nomad-parse"),))
UNPLANNED, UNCHECKED = ("planned (capability submit-job)", 2), ("checked (capability read-job)", 2)


@pytest.mark.parametrize(
    ("judge", "trial", "planned"),
    [
        (Judge(), Trial(()), BOTH),
        (Judge(errors=("one:\n\t* a", "two")), refused("one: * a", "two"), ["wiki"]),
        (Judge(warnings="2 warnings:\n\n* first\n* second"), warned("first", "second"), BOTH),
        (Judge(warnings="beware\n"), warned("beware"), BOTH),
        (Judge(unread="input.hcl:7,1-4: odd"), unread("jobspecs/page.nomad.hcl:7,1-4: odd"), ["wiki"]),
        (Judge(refusal="Nomad refuses: no such namespace"), Trial((said("Nomad refuses: no such namespace", "nomad-plan"),)), BOTH),
        (Judge(("plan",)), Trial((), (UNPLANNED,)), []),
        (Judge(("validate",)), Trial((), (UNCHECKED,)), BOTH),
        (Judge(("validate", "plan")), Trial((), (UNCHECKED, UNPLANNED)), []),
        (Judge(("parse", "validate", "plan")), NO_RIGHT, []),
    ],
)
def test_what_nomad_says_is_told_at_the_definition(judge: Judge, trial: Trial, planned: list[str]) -> None:
    assert (try_out(SPECS, judge), judge.planned) == (trial, planned)


def test_a_jobspec_that_is_not_parsed_keeps_nobody_back() -> None:
    judge = Judge()
    broken = JobText("page", 'job "page" {', Source("grid/page.hcl", 3))
    trial = try_out((broken, SPECS[1]), judge)
    (problem,) = trial.problems
    assert (problem.file, problem.line, problem.rule) == ("grid/page.hcl", 3, "nomad-parse")
    assert "Unclosed configuration block" in problem.message
    assert judge.planned == ["wiki"]


def test_what_was_parsed_elsewhere_is_not_parsed_again() -> None:
    judge = Judge(("parse",))
    spec = JobText("page", "unreadable here", job=FakeNomad().parse(jobspec("page")))
    assert (try_out((spec,), judge), judge.planned) == (Trial(()), ["page"])
