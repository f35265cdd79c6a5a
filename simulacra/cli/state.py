"""``simulacra status`` and ``simulacra doctor``: how the grid is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from simulacra.cli.context import DIFFERENT, Json, load_grid, print_json, say_error, say_patience
from simulacra.faults import Refusal

if TYPE_CHECKING:
    from simulacra.gateways.nomad import Nomad
    from simulacra.model.grid import Grid
    from simulacra.model.snapshot import Snapshot
    from simulacra.observe.doctor import Finding


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(status)
    app.command()(doctor)


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show machines by zone and tier, and services with where they run."""
    import time

    from simulacra.cli.rented import cloud_plain, readable_ledgers, rented
    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import connect
    from simulacra.model.rented import with_slots
    from simulacra.observe.answers import ask
    from simulacra.observe.services import grid_status, without_empty_slots

    plain = load_grid(context, values=False)
    nomad = connect(plain, tell=say_patience)
    journal = Journal(nomad)
    ledgers = readable_ledgers(plain, journal.ledgers)
    grid = with_slots(plain, ledgers)
    answers = ask(grid, nomad, journal.records, journal.gates)
    seen = without_empty_slots(grid, grid_status(grid, answers))
    if answers.unread:
        say_error(f"machines and services are as Nomad sees them, without the grid's journal: {answers.unread}")
    if as_json:
        from simulacra.cli.show_status import as_plain

        print_json(as_plain(seen) | {"clouds": [cloud_plain(it) for it in rented(grid, ledgers, time.time())]})
        return
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_status import show_status

    show_status(stdout(), grid, seen, rented(grid, ledgers, time.time()))


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Examine Nomad and the machines; say what to do about what ails; exit 1 if there is a problem."""
    import time
    from dataclasses import asdict

    from simulacra.gateways.nomad import connect
    from simulacra.observe.doctor import examine, findings

    grid = load_grid(context, values=False)
    nomad = connect(grid, tell=say_patience)
    agent = nomad.agent()
    found = (*findings(grid, nomad.settings.address, examine(nomad, agent, time.time())), *_of_switching(grid, nomad))
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        from simulacra.cli.show_lines import stdout
        from simulacra.cli.show_status import show_findings

        show_findings(stdout(), found)
    if any(finding.level == "problem" for finding in found):
        raise typer.Exit(DIFFERENT)


def _of_switching(grid: Grid, nomad: Nomad) -> tuple[Finding, ...]:
    """What ails waking and sleeping; one finding where the journal may not be read."""
    import time

    from simulacra.gateways.journal import Journal
    from simulacra.observe.doctor import Finding
    from simulacra.observe.snapshot import Observer
    from simulacra.observe.switching_findings import switching_findings

    journal = Journal(nomad)
    try:
        seen = Observer(grid, nomad, journal).look(time.time())
        leader = journal.leader(seen.now_s)
    except Refusal as refusal:
        todo = "a token that may read and list the variables simulacra/* and nomad/jobs/simulacra-node/* sees more"
        return (Finding("advice", "journal", str(refusal), todo),)
    from simulacra.observe.cloud_findings import cloud_findings

    clouds = cloud_findings(grid, journal.ledgers(), seen.now_s)
    broken = tuple(Finding("problem", "journal", words, "it is written anew by whoever leads") for words in journal.broken())
    return (*switching_findings(grid, seen, leader), *clouds, *_of_cuts(grid, seen), *broken)


def _of_cuts(grid: Grid, seen: Snapshot) -> tuple[Finding, ...]:
    """Whether a single cut takes Nomad's leader away."""
    from simulacra.observe.server_findings import server_findings
    from simulacra.plan.cuts import single_cuts, zones_of_machines
    from simulacra.plan.servers import seats

    zones = zones_of_machines(grid, seen)
    cuts = single_cuts(grid, zones)
    if not cuts:
        return ()
    advice = seats(grid, cuts, zones, seen.servers, max(seen.voters, len(seen.servers)))
    return server_findings(advice, consul=grid.consul is not None)
