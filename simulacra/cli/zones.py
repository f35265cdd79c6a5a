"""``simulacra zones``, ``zones discover`` and ``discover``: who is where, and what the definitions could say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from simulacra.cli.context import Json, grid_folder, load_grid, print_json, say_error, say_patience
from simulacra.faults import Refusal, Unreachable, Usage

if TYPE_CHECKING:
    from simulacra.gateways.consul import Consul
    from simulacra.model.consul import ConsulNode
    from simulacra.model.coordinates import Coordinate
    from simulacra.model.grid import Grid
    from simulacra.model.snapshot import Snapshot
    from simulacra.observe.consul_machines import ZoneSigns
    from simulacra.plan.zone_proposal import Signs

FIRST_ZONE = "home"

app = typer.Typer(help="Show who is in which zone, and how far the zones are from each other.", invoke_without_command=True)


def register(main: typer.Typer) -> None:
    """Add this module's commands."""
    main.add_typer(app, name="zones")
    main.command()(discover)


@app.callback()
def zones(context: typer.Context, as_json: Json = False) -> None:
    """Show who is in which zone, how sure that is, and how far the zones are from each other."""
    if context.invoked_subcommand is not None:
        return
    from dataclasses import replace

    from simulacra.gateways.consul import connect_consul
    from simulacra.plan.zone_members import zones_seen

    grid = load_grid(context, values=False)
    snapshot = _nomads(grid)
    consul = connect_consul(grid, tell=say_patience)
    if consul is not None:
        snapshot = replace(snapshot, coordinates=_of_machines(consul, snapshot)[0])
    seen = zones_seen(grid, snapshot)
    if as_json:
        from simulacra.cli.show_zones import zones_plain

        print_json(zones_plain(seen))
        return
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_zones import show_zones

    show_zones(stdout(), seen)


@app.command("discover")
def discover_zones(context: typer.Context, as_json: Json = False) -> None:
    """Propose zone definitions: by network coordinates, else by the overlay's neighbours, else by subnets."""
    from simulacra.cli.proposals import zones_plain, zones_text
    from simulacra.gateways.consul import connect_consul
    from simulacra.plan.zone_proposal import propose

    grid = _grid_if_any(context)
    consul = connect_consul(grid, tell=say_patience)
    snapshot, missing = _nomads_if_there(grid, needed=consul is None)
    if missing:
        say_error(missing)
    coordinates, catalog = _of_machines(consul, snapshot) if consul is not None else ((), ())
    found = propose(grid, _signs(snapshot, coordinates, catalog))
    if as_json:
        print_json(zones_plain(found))
    else:
        typer.echo(zones_text(found), nl=False)


def discover(context: typer.Context, as_json: Json = False) -> None:
    """Propose definitions for machines that Consul knows: its catalog's, and the overlay neighbours that raptiformica keeps in it."""
    from simulacra.cli.proposals import machines_plain, machines_text
    from simulacra.gateways.consul import connect_consul
    from simulacra.observe.consul_machines import NEIGHBOURS
    from simulacra.observe.consul_machines import discover as find

    grid = _grid_if_any(context)
    consul = connect_consul(grid, tell=say_patience)
    if consul is None:
        raise Usage("no Consul is known: set CONSUL_HTTP_ADDR, or write consul { address } into the grid's definition")
    catalog, notes = consul.nodes(), []
    kept: tuple[tuple[str, str], ...] = ()
    try:
        kept = consul.kv(NEIGHBOURS)
    except Refusal as refusal:
        notes.append(f"The neighbours in Consul's keys are left out: {refusal}")
    snapshot, missing = _nomads_if_there(grid, needed=False)
    if missing:
        notes.append(f"Network cards aren't known: {missing}")
    coordinates, _ = _of_machines(consul, snapshot)
    found = find(grid, catalog, kept, snapshot, _zone_signs(grid, snapshot, coordinates, catalog))
    if as_json:
        print_json(machines_plain(found, notes))
    else:
        typer.echo(machines_text(found, notes), nl=False)


def _grid_if_any(context: typer.Context) -> Grid | None:
    """The grid; None where nothing is defined yet."""
    folder = grid_folder(context)
    return load_grid(context, values=False) if folder.is_dir() and any(folder.rglob("*.hcl")) else None


def _nomads(grid: Grid | None) -> Snapshot:
    import time

    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import connect
    from simulacra.model.grid import Grid
    from simulacra.observe.snapshot import Observer

    nomad = connect(grid, tell=say_patience)
    return Observer(grid or Grid("none"), nomad, Journal(nomad)).look(time.time())


def _nomads_if_there(grid: Grid | None, needed: bool) -> tuple[Snapshot, str]:
    """What Nomad knows; an empty snapshot, and why, where it isn't there (raises that where it is ``needed``) or tells too little."""
    import time

    from simulacra.model.snapshot import Snapshot

    try:
        return _nomads(grid), ""
    except (Unreachable, Refusal) as fault:
        if needed:
            raise
        return Snapshot(time.time()), str(fault)


def _of_machines(consul: Consul, snapshot: Snapshot) -> tuple[tuple[Coordinate, ...], tuple[ConsulNode, ...]]:
    """The machines' coordinates and Consul's nodes; none, and a line on standard error, where Consul doesn't tell."""
    from simulacra.observe.coordinates import of_machines

    try:
        catalog = consul.nodes()
        return of_machines(consul.coordinates(), catalog, snapshot.nodes), catalog
    except (Unreachable, Refusal) as fault:
        say_error(f"network coordinates are left out: {fault}")
        return (), ()


def _zone_signs(grid: Grid | None, snapshot: Snapshot, coordinates: tuple[Coordinate, ...], catalog: tuple[ConsulNode, ...]) -> ZoneSigns:
    """Where the grid has zones, the nearest of them; else what `zones discover` would propose."""
    from simulacra.observe.consul_machines import ZoneSigns
    from simulacra.plan.nearest import nearest
    from simulacra.plan.zone_proposal import propose

    if grid is None or not grid.zones:
        found = propose(grid, _signs(snapshot, coordinates, catalog))
        return ZoneSigns(FIRST_ZONE, {machine: zone.name for zone in found.zones for machine in zone.machines})
    defined = {machine.name: machine.zone for machine in grid.machines}
    members: dict[str, list[Coordinate]] = {}
    for it in coordinates:
        if it.machine in defined:
            members.setdefault(defined[it.machine], []).append(it)
    told = nearest(members, [it for it in coordinates if it.machine not in defined])
    return ZoneSigns(grid.zones[0].name, {name: it.zone for name, it in told.items() if it.zone is not None and it.confidence > 0.0})


def _signs(snapshot: Snapshot, coordinates: tuple[Coordinate, ...], catalog: tuple[ConsulNode, ...]) -> Signs:
    """Of the machines that are on, and of those that Consul has a coordinate of."""
    from simulacra.observe.coordinates import nomad_names
    from simulacra.plan.zone_proposal import Signs

    called, placed = nomad_names(catalog, snapshot.nodes), {it.machine for it in coordinates}
    theirs = {name: it.datacenter for it in catalog if (name := called.get(it.name, it.name)) in placed}
    ready = {node.name: node.datacenter for node in snapshot.nodes if node.status == "ready"}
    return Signs({**theirs, **ready}, snapshot.nodes, snapshot.reports, coordinates)
