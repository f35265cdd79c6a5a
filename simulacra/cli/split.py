"""``simulacra split``: what would be if a cable were cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import DIFFERENT, Json, expect_of_nomad, grid_folder, load_grid, say_patience
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from simulacra.model.grid import Grid
    from simulacra.model.snapshot import Snapshot
    from simulacra.model.split import Cut, Outcome, Seats


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(split)


def split(
    context: typer.Context,
    cut: Annotated[
        str,
        typer.Option(
            "--cut",
            metavar="ZONE,…",
            help="Cut these zones off together, instead of every single thing.",
            show_default=False,
            autocompletion=completion.several_zones,
        ),
    ] = "",
    defined: Annotated[
        bool,
        typer.Option("--defined", help="From the definitions alone, without a server: every machine is on, services stand where they fit."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what each half would still run if an uplink, a zone or a machine were cut off; exit 1 if that breaks a promise."""
    from simulacra.cli.show_split import as_text, show_split
    from simulacra.render.templates import users_templates

    grid = load_grid(context, values=defined)
    for zone in () if defined else _zones_in(cut):
        expect_of_nomad(grid, "zone", zone, (it.name for it in grid.zones))
    snapshot, note = defined_grid(grid, users_templates(grid_folder(context))) if defined else (_seen(grid), "")
    outcomes, advice = foretold(grid, snapshot, cut)
    if as_json:
        print(as_text(outcomes))
    else:
        from simulacra.cli.show_lines import stdout

        how = "as it is defined, with every machine on" if defined else "as it runs now"
        show_split(stdout(), f"grid {grid.name}, {how}{note}", outcomes, chosen=bool(cut))
        if advice is not None:
            from simulacra.cli.show_split import show_seats

            show_seats(stdout(), advice, consul=grid.consul is not None)
    if any(outcome.broken for outcome in outcomes):
        raise typer.Exit(DIFFERENT)


def foretold(grid: Grid, snapshot: Snapshot, cut: str = "") -> tuple[tuple[Outcome, ...], Seats | None]:
    """Every single cut and the advice on servers; or only the cut of these zones, and no advice."""
    from simulacra.plan.cuts import single_cuts, zones_of_machines
    from simulacra.plan.ground import ground_of
    from simulacra.plan.servers import seats
    from simulacra.plan.split import split as split_

    zones = zones_of_machines(grid, snapshot)
    if cut:
        chosen = cut_named(grid, cut, zones)
        return split_(ground_of(grid, snapshot), (chosen,)), None
    cuts = single_cuts(grid, zones)
    advice = seats(grid, cuts, zones, snapshot.servers, max(snapshot.voters, len(snapshot.servers)))
    return split_(ground_of(grid, snapshot), cuts), advice


def defined_grid(grid: Grid, templates: Path | None = None) -> tuple[Snapshot, str]:
    """The grid as defined, and what had to be assumed for it, in words; ``templates`` is the user's own folder of them."""
    from dataclasses import replace

    from simulacra.observe.workload import job_of
    from simulacra.plan.cuts import single_cuts, zones_of_machines
    from simulacra.plan.defined import defined_snapshot
    from simulacra.plan.servers import seats
    from simulacra.render.expected_job import expected_job

    jobs = [job_of(expected_job(grid, service, templates), grid.name) for service in grid.services]
    if any(machine.server for machine in grid.machines):
        return defined_snapshot(grid, jobs), ""
    zones = zones_of_machines(grid)
    cuts = single_cuts(grid, zones)
    advised = seats(grid, cuts, zones, (), 0).advised
    if not advised:  # none is said to stay on: any of them, then
        advised = seats(replace(grid, machines=tuple(replace(it, never_sleeps=True) for it in grid.machines)), cuts, zones, (), 0).advised
    told = f"; no machine has server = true, so as if Nomad's servers were on {', '.join(advised)}" if advised else ""
    return defined_snapshot(grid, jobs, advised), told


def cut_named(grid: Grid, written: str, zones: dict[str, str | None]) -> Cut:
    """``ZONE,ZONE``; raises `Usage` for what is no zone, or leaves nothing on one side."""
    from simulacra.definitions.problems import did_you_mean
    from simulacra.plan.cuts import cut_of_zones

    names = _zones_in(written)
    known = {zone.name for zone in grid.zones} | {zone for zone in zones.values() if zone is not None}
    for name in names:
        if name not in known:
            raise Usage(f"grid {grid.name} has no zone {name}.{did_you_mean(name, known)}")
    found = cut_of_zones(names, zones)
    _both_sides(written, found.behind, zones)
    return found


def _zones_in(written: str) -> list[str]:
    return [name.strip() for name in written.split(",") if name.strip()]


def _both_sides(written: str, behind: Collection[str], zones: Collection[str]) -> None:
    if not behind:
        raise Usage(f"--cut {written}: no machine is there: nothing would be cut off")
    if len(behind) == len(zones):
        raise Usage(f"--cut {written}: every machine is there: nothing would be on the other side")


def _seen(grid: Grid) -> Snapshot:
    import time

    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import connect
    from simulacra.observe.snapshot import Observer

    nomad = connect(grid, tell=say_patience)
    return Observer(grid, nomad, Journal(nomad)).look(time.time())
