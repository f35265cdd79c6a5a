"""``simulacra plan`` and ``simulacra run``: definitions to jobs on Nomad."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import DIFFERENT, grid_folder, load_grid, say_error, say_patience
from simulacra.faults import Refusal, Unreachable, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from simulacra.act.progress import Verdict, Watched
    from simulacra.act.submit import JobStep, JobText, Submission, Submitted
    from simulacra.gateways.nomad import Nomad
    from simulacra.model.grid import Grid
    from simulacra.model.service import Service

PATIENCE_S = 900.0
Services = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SERVICE]...", help="Only these services.", show_default=False, autocompletion=completion.services),
]
Adopt = Annotated[bool, typer.Option("--adopt", help="Take over jobs of the same name that this grid didn't make.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(plan)
    app.command()(run)


def plan(context: typer.Context, services: Services = None, adopt: Adopt = False) -> None:
    """Show what `run` would change on Nomad; exit 1 if anything differs."""
    from dataclasses import replace

    from simulacra.cli.hidden_values import hidden_values
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_submission import show_plan
    from simulacra.gateways.nomad import connect

    grid = load_grid(context)
    nomad = connect(grid, tell=say_patience)
    submission = _look(context, grid, nomad, services, adopt)
    if services:
        submission = replace(submission, stops=())
    show_plan(stdout(), submission, _would_wait(grid, nomad, submission), hidden_values(os.environ))
    if submission.different:
        raise typer.Exit(DIFFERENT)


def run(
    context: typer.Context,
    services: Services = None,
    prune: Annotated[bool, typer.Option("--prune", help="Stop this grid's jobs that are no longer defined.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be done.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Don't wait for the deployments.")] = False,
    adopt: Adopt = False,
) -> None:
    """Submit the jobs that changed, and wait until they run or it is clear what they wait for."""
    from simulacra.act.submit import prune as stop_leftovers
    from simulacra.act.submit import submit
    from simulacra.cli.show_lines import say, stdout
    from simulacra.cli.show_submission import summary
    from simulacra.gateways.nomad import connect

    grid, console = load_grid(context), stdout()
    nomad = connect(grid, tell=say_patience)
    submission = _look(context, grid, nomad, services, adopt)
    if submission.refused:
        raise Refusal("\n".join(f"{step.wanted.service}: {step.reason}" for step in submission.refused) + "\nnothing was submitted")
    if dry_run:
        _dry(console, submission, prune)
        return
    done = submit(submission, nomad)
    for it in done:
        _say_submitted(console, it)
    if prune:
        for stop in stop_leftovers(submission, nomad):
            say(console, f"stopped {stop.job}: {stop.reason}")
    elif submission.stops:
        say(console, f"left over, --prune stops them: {', '.join(stop.job for stop in submission.stops)}")
    say(console, summary(submission, done=True, pruned=prune))
    failed = any(it.registered is None for it in done)
    if not detach:
        failed = _wait(console, grid, nomad, done) or failed
    if failed:
        raise typer.Exit(DIFFERENT)


def _look(context: typer.Context, grid: Grid, nomad: Nomad, names: Sequence[str] | None, adopt: bool) -> Submission:
    from simulacra.act.submit import look, wanted_jobs
    from simulacra.render.origins import origins
    from simulacra.render.templates import users_templates

    templates = users_templates(grid_folder(context))
    chosen = frozenset(names) if names else None
    specs = jobspecs(grid, grid_folder(context), templates)
    known = {spec.service for spec in specs}
    for name in sorted(chosen or ()):
        if name not in known:
            raise Usage(_unknown(grid, name))
    wanted = wanted_jobs(specs, nomad, nomad.settings.namespace, origins(grid, templates))
    return look(grid, wanted, chosen, nomad, adopt)


def jobspecs(grid: Grid, folder: Path, templates: Path | None) -> list[JobText]:
    """What is to run: the services, and the jobs that the grid runs for itself. Raises `Refusal` with every jobspec that the ``nomad``
    program doesn't take.
    """
    from simulacra.act.places import at_their_places
    from simulacra.act.submit import JobText
    from simulacra.definitions.folder import carried, source_files
    from simulacra.render.extra_jobs import extra_jobs
    from simulacra.render.origins import origins

    own = extra_jobs(grid, templates, carried(grid, source_files(folder)))
    services, refused = [], []
    for service in grid.services:
        try:
            services.append(_jobspec(grid, service, folder, templates))
        except Refusal as refusal:
            placed = at_their_places(str(refusal), service.name, service.source, origins(grid, templates))
            refused += [f"{source}: {said}" for source, said in placed]
    if refused:
        raise Refusal("\n".join(refused))
    return services + [JobText(name.partition(".")[0], text) for name, text in own.items()]


def _jobspec(grid: Grid, service: Service, folder: Path, templates: Path | None) -> JobText:
    from simulacra.act.submit import JobText
    from simulacra.render import render_job

    text, spec = render_job(grid, service, templates), service.jobspec
    if spec is None:
        return JobText(service.name, text, service.source)
    from simulacra.definitions.folder import path_of
    from simulacra.gateways.nomad_program import parse_beside
    from simulacra.render.existing import reads_files
    from simulacra.render.values import values_of

    values = values_of(spec)
    what = f"the jobspec of service {service.name}"
    job = parse_beside(text, path_of(folder, spec.file).parent, what, values) if reads_files(spec) else None
    return JobText(service.name, text, service.source, values, job)


def _unknown(grid: Grid, name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [service.name for service in grid.services], 1)
    hint = f"did you mean {near[0]}?" if near else f"the grid's services are {', '.join(it.name for it in grid.services) or 'none'}"
    return f"grid {grid.name} has no service {name}; {hint}"


def _would_wait(grid: Grid, nomad: Nomad, submission: Submission) -> dict[str, str]:
    from simulacra.observe.answers import ask
    from simulacra.observe.machines import see_machines
    from simulacra.observe.services import zones_of_allocations
    from simulacra.observe.waiting import explain

    waiting = [step for step in submission.changes if step.planned is not None and step.planned.failures]
    if not waiting:
        return {}
    answers = ask(grid, nomad)
    machines, words = {it.name: it for it in see_machines(grid, answers)}, {}
    for step in waiting:
        service = grid.service(step.wanted.service)
        if service is not None and step.planned is not None:
            placed = zones_of_allocations([it for it in answers.allocations if it.job == step.wanted.id], machines)
            words[service.name] = explain(grid, service, tuple(machines.values()), placed, step.planned.failures)
    return words


def _dry(console: Console, submission: Submission, prune: bool) -> None:
    from simulacra.cli.show_lines import say
    from simulacra.cli.show_submission import summary

    for step in submission.changes:
        say(console, f"would {step.kind} {step.wanted.service}: {step.reason}")
    for stop in submission.stops if prune else ():
        say(console, f"would stop {stop.job}: {stop.reason}")
    say(console, f"{summary(submission, pruned=prune)}; nothing was changed")


def _say_submitted(console: Console, it: Submitted) -> None:
    from simulacra.cli.show_lines import say

    if it.registered is None:
        say_error(f"{it.step.wanted.service}: {it.refusal}")
        return
    launch = it.step.planned.next_launch if it.step.planned is not None and it.registered.evaluation is None else None
    say(console, f"submitted {it.step.wanted.service}" + (f": next launch at {launch}" if launch else ""))
    for line in it.registered.warnings.strip().splitlines():
        say(console, f"  {line}", "yellow")


def _wait(console: Console, grid: Grid, nomad: Nomad, done: Sequence[Submitted]) -> bool:
    """Wait for what was submitted and say what came of it; whether any failed."""
    import time

    from simulacra.act.progress import Watched, watch
    from simulacra.cli.show_submission import follow

    steps: dict[Watched, JobStep] = {}
    for it in done:
        if it.registered is not None and it.registered.evaluation is not None:
            wanted = it.step.wanted
            steps[Watched(wanted.id, wanted.namespace, it.registered.evaluation, it.registered.modify_index)] = it.step
    if not steps:
        return False
    try:
        last = follow(console, watch(tuple(steps), nomad, time.monotonic, time.sleep, PATIENCE_S))
    except KeyboardInterrupt:
        say_error("stopped waiting: the jobs are submitted and go on; `simulacra status` shows them")
        raise typer.Exit(130) from None
    except Unreachable:
        say_error("stopped waiting: the jobs are submitted, but nobody says how they fare")
        raise
    return _conclude(console, grid, nomad, [(steps[job], verdict) for job, verdict in last])


def _of_gate(grid: Grid, nomad: Nomad, name: str) -> str:
    """Why a service with ``needs`` isn't online; without the journal, if that may not be read."""
    from simulacra.gateways.journal import Journal
    from simulacra.observe.services import gate_words

    try:
        gates = Journal(nomad).gates()
    except Refusal:
        gates = ()
    return gate_words(grid, next((it for it in gates if it.service == name), None))


def _conclude(console: Console, grid: Grid, nomad: Nomad, verdicts: Sequence[tuple[JobStep, Verdict]]) -> bool:
    from dataclasses import replace

    from simulacra.cli.show_lines import say
    from simulacra.cli.show_submission import show_verdict
    from simulacra.observe.answers import ask
    from simulacra.observe.machines import see_machines
    from simulacra.observe.services import zones_of_allocations
    from simulacra.observe.waiting import explain

    answers = ask(grid, nomad) if any(verdict.state == "waiting" for _, verdict in verdicts) else None
    machines = {it.name: it for it in see_machines(grid, answers)} if answers is not None else {}
    for step, verdict in verdicts:
        why, service = "", grid.service(step.wanted.service)
        if verdict.state == "waiting" and service is not None and answers is not None:
            placed = zones_of_allocations([it for it in answers.allocations if it.job == step.wanted.id], machines)
            why = explain(grid, service, tuple(machines.values()), placed, verdict.failures)
        if service is not None and service.needs is not None and verdict.state == "done" and not verdict.wanted:
            verdict, why = replace(verdict, state="waiting"), _of_gate(grid, nomad, service.name)
        show_verdict(console, step.wanted.service, verdict, why)
        if verdict.state == "going":
            say(console, f"  still going on after {PATIENCE_S / 60:.0f} minutes; `simulacra status` shows it", "yellow")
    return any(verdict.state in ("failed", "going") for _, verdict in verdicts)
