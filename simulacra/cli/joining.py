"""``simulacra init`` and ``simulacra client-config``: the way into a grid."""

from __future__ import annotations

from collections.abc import Sized
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import grid_folder, load_grid, say_error, say_patience
from simulacra.faults import Usage

if TYPE_CHECKING:
    from simulacra.gateways.nomad import Nomad
    from simulacra.observe.live import Live


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(init)
    app.command("client-config")(client_config)


def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where to; default: the folder of --grid.", show_default=False)
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The grid's name; default: the name of the folder it lies in.", show_default=False)
    ] = None,
    from_nomad: Annotated[
        bool,
        typer.Option(
            "--from-nomad",
            help="Write zones and machines from the live nodes of the Nomad at NOMAD_ADDR, and its address; jobs are left alone.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write the first definitions of a grid, in observe mode: nothing is ever switched off until you say so."""
    from simulacra.cli.scaffold import grid_name, refuse_to_overwrite, texts, write

    target = folder if folder is not None else grid_folder(context)
    if folder is not None and folder.parts[:1] in (("http:",), ("https:",)):
        meant = str(folder).replace(":/", "://", 1)  # as a path it has a slash less
        raise Usage(f"{meant} is an address, and no folder: set NOMAD_ADDR to it, and say `simulacra init --from-nomad`")
    if name is not None and name != grid_name(name):
        raise Usage(f"--name {name!r}: a grid's name has lower case letters, digits and dashes, as {grid_name(name)!r}")
    called = name or grid_name(_home(target).name)
    found, address, region = None, None, None
    if from_nomad:
        if not force:  # before anybody is asked
            refuse_to_overwrite(target)
        from simulacra.gateways.nomad import connect
        from simulacra.gateways.nomad_settings import DEFAULT_ADDRESS

        nomad = connect(tell=say_patience)
        found = _live(nomad)
        address = nomad.settings.address if nomad.settings.address != DEFAULT_ADDRESS else None
        region = nomad.settings.region
    files = write(target, texts(called, found, address, region=region), force)
    typer.echo(f"grid {called} in {target}: {', '.join(file.name for file in files)}")
    if found is not None:
        typer.echo(f"{_count(found.machines, 'machine')} in {_count(found.zones, 'zone')}; Nomad's jobs are left as they are")
        for skipped, why in found.skipped:
            typer.echo(f"left out {skipped}: {why}")
    command = "simulacra" if target == Path("grid") else f"simulacra --grid {target}"
    todo = "doctor` says what the machines still need" if found is not None else "validate` checks them"
    typer.echo(f"next: edit them; `{command} {todo}")


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _home(target: Path) -> Path:
    """The folder that the grid is named after: not the ``grid`` folder itself."""
    whole = target.resolve()
    return whole.parent if whole.name == "grid" else whole


def _live(nomad: Nomad) -> Live:
    from simulacra.observe.live import live

    nodes = nomad.nodes()
    details = {node.id: nomad.node_detail(node) for node in nodes if node.status == "ready"}
    return live(nodes, details, nomad.members())


def client_config(
    context: typer.Context,
    machine: Annotated[str, typer.Argument(metavar="MACHINE", help="A machine of the grid.", autocompletion=completion.machines)],
) -> None:
    """Print the configuration of a machine's Nomad agent, to be put into /etc/nomad.d on it."""
    from difflib import get_close_matches

    from simulacra.render.client_config import client_config as render
    from simulacra.render.client_config import known_servers
    from simulacra.render.templates import users_templates

    grid = load_grid(context, values=False)
    found = grid.machine(machine)
    if found is None:
        near = get_close_matches(machine, [it.name for it in grid.machines], 1)
        hint = f"did you mean {near[0]}?" if near else "add a machine block for it, or see `simulacra init --from-nomad`"
        raise Usage(f"grid {grid.name} has no machine {machine}; {hint}")
    if not known_servers(grid) and not found.server:
        say_error(
            "no Nomad server is known, so this agent joins none: write `servers` into the grid's `nomad` block, "
            "or `address` into the machines with `server = true`"
        )
    typer.echo(render(grid, found, templates=users_templates(grid_folder(context))), nl=False)
