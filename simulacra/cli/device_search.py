"""How `simulacra peripherals discover` goes: where is looked, what the machines there print, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from simulacra.cli.context import DIFFERENT, grid_folder, interruptible, load_grid, print_json, say_error, say_patience
from simulacra.faults import Refusal, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulacra.act.discovering import Answer
    from simulacra.gateways.nomad import Nomad
    from simulacra.model.found import LookAround
    from simulacra.model.grid import Grid
    from simulacra.observe.answers import Answers
    from simulacra.observe.found_devices import FoundDevices, Known

LEAST_S, MOST_S = 1.0, 600.0


def search(context: typer.Context, zones: Sequence[str], out: Path | None, listen: str, as_json: bool) -> None:
    """Run the jobs, and print or write what they found; exit 1 where a zone couldn't be looked through."""
    from simulacra.cli.device_proposals import devices_plain, devices_text
    from simulacra.cli.durations import seconds_of
    from simulacra.gateways.nomad import connect
    from simulacra.observe.answers import ask
    from simulacra.observe.found_devices import found_devices

    listen_s = seconds_of("--for", listen)
    if not LEAST_S <= listen_s <= MOST_S:
        raise Usage(f"--for takes 1s to 10m, not {listen}")
    if out is not None and out.exists():
        raise Usage(f"{out} is there already: --out writes a new file only")
    grid = load_grid(context, values=False)
    wanted = _wanted(grid, zones)
    nomad = connect(grid, tell=say_patience)
    answers = ask(grid, nomad)
    awake, notes = _awake(grid, answers, wanted)
    looked = _look(context, grid, awake, listen_s, nomad) if awake else ()
    looks, failed = _read(looked)
    for line in (*notes, *failed):
        say_error(line)
    found = found_devices(grid, looks, _known(grid, answers, nomad))
    _say(found, devices_text(found, [*notes, *failed]) if not as_json else "", devices_plain(found, [*notes, *failed]), out)
    if failed:
        raise typer.Exit(DIFFERENT)


def _say(found: FoundDevices, text: str, plain: dict[str, object], out: Path | None) -> None:
    import json

    whole = text or json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        if text:
            typer.echo(text, nl=False)
        else:
            print_json(plain)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(whole)
    except FileExistsError:
        raise Usage(f"{out} is there already: --out writes a new file only") from None
    except OSError as error:
        raise Usage(f"{out}: {error.strerror}: it can't be written") from error
    typer.echo(f"{out}: {len(found.devices)} proposed")


def _wanted(grid: Grid, zones: Sequence[str]) -> tuple[str, ...]:
    from simulacra.definitions.problems import did_you_mean

    known = tuple(zone.name for zone in grid.zones)
    for name in zones:
        if name not in known:
            raise Usage(f"grid {grid.name} has no zone {name}.{did_you_mean(name, known)}")
    return tuple(dict.fromkeys(zones)) or known


def _awake(grid: Grid, answers: Answers, zones: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The zones where a machine takes work now; and of each other one a line why it is left out."""
    from simulacra.model.words import listed
    from simulacra.observe.machines import see_machines

    machines = see_machines(grid, answers)
    awake, left = [], []
    for zone in zones:
        there = [it for it in machines if it.zone == zone]
        if any(it.takes_work for it in there):
            awake.append(zone)
        else:
            states = [f"{it.name} is {it.power}" for it in there if it.cloud is None]
            left.append(f"zone {zone} is left out: no machine takes work there{f' ({listed(states, 5)})' if states else ''}")
    return tuple(awake), tuple(left)


def _look(context: typer.Context, grid: Grid, zones: Sequence[str], listen_s: float, nomad: Nomad) -> tuple[Answer, ...]:
    import time

    from simulacra.act.discovering import Clock, look_around
    from simulacra.render.acl import namespace_of
    from simulacra.render.discover_job import render_discover_job
    from simulacra.render.templates import users_templates

    templates = users_templates(grid_folder(context))
    jobspecs = {zone: render_discover_job(grid, zone, listen_s, templates) for zone in zones}
    say_error(f"a machine of {'zone' if len(zones) == 1 else 'each of the zones'} {', '.join(zones)} looks around for {listen_s:g} s")
    namespace = nomad.settings.namespace or namespace_of(grid)
    with interruptible():
        return look_around(grid.name, jobspecs, namespace, listen_s, nomad, Clock(time.monotonic, time.sleep))


def _read(answers: Sequence[Answer]) -> tuple[Mapping[str, LookAround], list[str]]:
    """What was found by zone, and a line for each zone that couldn't be looked through."""
    from simulacra.gateways.found_json import look_around_from
    from simulacra.gateways.journal_json import Broken

    looks, failed = {}, []
    for it in answers:
        try:
            if it.failed is None:
                looks[it.zone] = look_around_from(it.text)
            else:
                failed.append(f"zone {it.zone}: {it.failed}")
        except Broken as broken:
            failed.append(f"zone {it.zone}: {broken}")
    return looks, failed


def _known(grid: Grid, answers: Answers, nomad: Nomad) -> Known:
    """The grid's own machines; without their reports, where these may not be read."""
    from simulacra.gateways.journal import Journal
    from simulacra.observe.found_devices import known_machines
    from simulacra.observe.machines import see_machines

    try:
        reports = Journal(nomad).reports()
    except Refusal:
        reports = ()
    macs = {mac for node in answers.nodes for mac in node.macs}
    return known_machines(grid, see_machines(grid, answers), macs, reports)
