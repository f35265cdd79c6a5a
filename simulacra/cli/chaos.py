"""``simulacra lab chaos``: a lab of its own, faults by a seed, and what must hold all the same."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import DIFFERENT, interruptible, print_json
from simulacra.faults import Fault, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import Nomad
    from simulacra.lab.chaos.run import Run
    from simulacra.lab.chaos.schedule import Schedule
    from simulacra.lab.state import LabState
    from simulacra.model.grid import Grid

    Say = Callable[[str], None]

_PATIENCE_S, _READY_WITHIN_S = 3.0, 120.0
_BOOT_TIME_S = 3.0


def chaos(
    seed: Annotated[int, typer.Option("--seed", help="What happens when: the same seed, the same faults and the same work.")] = 1,
    minutes: Annotated[float, typer.Option("--minutes", min=0.5, max=24 * 60, help="How long faults strike; then it comes to rest.")] = 5.0,
    name: Annotated[str, typer.Option("--name", help="The lab's name.", autocompletion=completion.labs)] = "chaos",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would happen when.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab as it is in the end, to look into it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and the story on standard error.")] = False,
) -> None:
    """Let faults loose on a lab of its own that works, and check what must hold; exit 1 if anything of that was broken."""
    from simulacra.cli.show_chaos import schedule_json, show_schedule, show_summary, summary_json
    from simulacra.definitions import load
    from simulacra.lab.chaos.kinds import ground_of
    from simulacra.lab.chaos.schedule import schedule_of
    from simulacra.lab.chaos.summary import summarize
    from simulacra.lab.layout import choose_servers
    from simulacra.lab.programs import require_root

    grid = load(grid_folder())
    schedule = schedule_of(seed, minutes, ground_of(grid, choose_servers(grid)))
    if dry_run:
        print_json(schedule_json(schedule)) if as_json else show_schedule(schedule, sys.stdout)
        return
    require_root()
    story = sys.stderr if as_json else sys.stdout
    show_schedule(schedule, story)

    def say(text: str) -> None:
        print(text, file=story, flush=True)

    with interruptible():
        run = _in_a_lab(grid, name, schedule, say, keep)
    summary = summarize(run.seen, seed, run.broken)
    print_json(summary_json(summary, run.seen)) if as_json else show_summary(summary, sys.stdout)
    if summary.breaches:
        raise typer.Exit(DIFFERENT)


def grid_folder() -> Path:
    """The definitions of the grid that chaos is let loose on."""
    from simulacra.lab import chaos

    return Path(chaos.__file__).parent / "grid"


def _in_a_lab(grid: Grid, name: str, schedule: Schedule, say: Say, keep: bool) -> Run:
    """Bring the lab up, let it happen, and remove the lab, whatever came of it."""
    from simulacra.lab.build import Wishes
    from simulacra.lab.lab import down, labs, up

    if name in (known for known, _ in labs()):
        raise Refusal(f"there is a lab {name} already: end it with `simulacra lab down --name {name}`, or take another --name")
    _let_tasks_find_programs()
    kept = False
    try:
        found = up(grid, name, say, Wishes(boot_time_s=_BOOT_TIME_S))
        run = _let_loose(grid, found, schedule, say)
        kept = keep
    finally:
        if not kept:
            down(name)
    if keep:
        say(f"the lab is still there: {found.nomad_addr}/ui/; end it with `simulacra lab down --name {name}`")
    return run


def _let_tasks_find_programs() -> None:
    """The grid's own autoscaler runs as a job, and the work by this installation: both are found on the PATH of the lab's agents."""
    from simulacra.lab.programs import find_autoscaler

    folders = (str(Path(sys.executable).parent), str(Path(find_autoscaler()).parent), os.environ.get("PATH", os.defpath))
    os.environ["PATH"] = os.pathsep.join(folders)


def _let_loose(grid: Grid, found: LabState, schedule: Schedule, say: Say) -> Run:
    from dataclasses import replace

    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import Nomad
    from simulacra.gateways.nomad_settings import settings_from
    from simulacra.lab import access
    from simulacra.lab.chaos.kinds import ground_of
    from simulacra.lab.chaos.run import Run
    from simulacra.lab.chaos.seen import Asked
    from simulacra.lab.chaos.site import Site

    settings = replace(settings_from(access.environment(found, access.OPERATOR), grid.nomad), patience_s=_PATIENCE_S)
    nomad = Nomad(settings)
    journal = Journal(nomad)
    _submit(grid, nomad, say)
    _wait_until_steered(grid, journal)
    began_s = time.time()
    say("somebody steers: it begins")
    standing = tuple(Asked(it.name, "service", len(grid.zones), began_s) for it in grid.services)
    ground = ground_of(grid, tuple(it.name for it in found.residents if it.server))
    run = Run(
        Site(found, ground, nomad, journal), grid, schedule, lambda at_s, text: say(f"{at_s - began_s:7.1f} s  {text}"), began_s, standing
    )
    run.run()
    return run


def _submit(grid: Grid, nomad: Nomad, say: Say) -> None:
    """The grid's services and its own jobs, as `simulacra run` does it; raises `Refusal`."""
    from simulacra.act.submit import look, submit, wanted_jobs
    from simulacra.cli.nomad_jobs import jobspecs

    wanted = wanted_jobs(jobspecs(grid, grid_folder(), None), nomad, nomad.settings.namespace)
    submission = look(grid, wanted, None, nomad, adopt=False)
    done = submit(submission, nomad)
    refused = [f"{it.wanted.service}: {it.reason}" for it in submission.refused]
    refused += [f"{it.step.wanted.service}: {it.refusal}" for it in done if it.registered is None]
    if refused:
        raise Refusal("\n".join(refused))
    say(f"submitted {', '.join(it.step.wanted.service for it in done)}")


def _wait_until_steered(grid: Grid, journal: Journal) -> None:
    """Until there is a record of each machine that can be switched, so whoever steers has looked; raises `Fault`."""
    switched = {it.name for it in grid.machines if it.wake is not None}
    until = time.monotonic() + _READY_WITHIN_S
    while not switched <= {it.machine for it in journal.records()}:
        if time.monotonic() > until:
            raise Fault(f"the lab's autoscaler has not steered within {_READY_WITHIN_S:.0f} s")
        time.sleep(1)


def register(app: typer.Typer) -> None:
    """Add this module's command to those of the lab."""
    app.command("chaos")(chaos)
