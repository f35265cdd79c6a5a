"""``simulacra lab``: a whole grid on one machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulacra.cli import chaos, completion, lab_cloud, lab_device
from simulacra.cli.context import grid_folder, interruptible, load_grid, print_json, say_error
from simulacra.cli.durations import seconds_of

if TYPE_CHECKING:
    from simulacra.lab.state import LabState

app = typer.Typer(help="A whole grid on one machine: a real overlay and real Nomad agents in network namespaces.", no_args_is_help=True)

app.add_typer(lab_cloud.app, name="cloud")

Name = Annotated[str, typer.Option("--name", help="The lab's name, where there is more than one.", autocompletion=completion.labs)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("up")
def up_(
    context: typer.Context,
    name: Name = "lab",
    asleep: Annotated[
        str,
        typer.Option(
            "--asleep",
            metavar="MACHINE,…",
            help="These are asleep, and Nomad hasn't seen them yet; all: those that can be woken. Devices that a packet wakes, too.",
            autocompletion=completion.several_machines,
        ),
    ] = "",
    boot_time: Annotated[str, typer.Option("--boot-time", metavar="TIME", help="What a boot takes.")] = "2s",
    autoscaler: Annotated[bool, typer.Option("--autoscaler", help="Start the Nomad Autoscaler too.")] = False,
    consul: Annotated[bool, typer.Option("--consul", help="Start a Consul agent on each machine too.")] = False,
    secure: Annotated[
        bool, typer.Option("--secure", help="With access control and mutual TLS; a browser then needs a certificate for Nomad's UI.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start the grid's machines here, and wait until they are ready."""
    from simulacra.gateways.cloud_settings import STAND_IN
    from simulacra.lab.access import OPERATOR, environment, environment_file
    from simulacra.lab.build import Wishes
    from simulacra.lab.lab import start_autoscaler, up

    grid = load_grid(context)
    boot_time_s = seconds_of("--boot-time", boot_time)
    with interruptible(), _progress(quiet=as_json) as say:
        found = up(grid, name, say, Wishes(boot_time_s, tuple(filter(None, asleep.split(","))), consul, secure))
        if autoscaler:
            say(f"autoscaler: its log is {start_autoscaler(name, grid, grid_folder(context))}")
    operators = environment_file(name, OPERATOR) if secure else None
    if as_json:
        plain = {"name": name, "nomad_addr": found.nomad_addr, "ui": f"{found.nomad_addr}/ui/", "consul_addr": found.consul_addr}
        plain["environment"] = str(operators) if operators is not None else None
        print_json({**plain, "cloud_stand_in": environment(found, OPERATOR)[STAND_IN] if found.sites else None})
        return
    option = "" if name == "lab" else f" --name {name}"
    folder = grid_folder(context)
    simulacra = "simulacra" if str(folder) == "grid" else f"simulacra --grid {folder}"
    one = next(resident for resident in found.residents if resident.server)
    print(f"\nThe lab {name} is up: {found.nomad_addr}/ui/\n")
    print(f"  . {operators}" if operators is not None else f"  export NOMAD_ADDR={found.nomad_addr}")
    if found.sites and operators is None:
        print(f"  export {STAND_IN}={environment(found, OPERATOR)[STAND_IN]}")
    if found.consul_addr:
        print(f"  export CONSUL_HTTP_ADDR={found.consul_addr}")
    print(f"  {simulacra} lab status{option}\n  {simulacra} lab exec{option} {one.name} -- nomad node status")
    print(f"  {simulacra} lab cut{option} {one.zone}\n  {simulacra} lab heal{option} {one.zone}\n  {simulacra} lab down{option}")


@app.command("down")
def down_(name: Name = "lab") -> None:
    """End the lab and remove all of it; also what a broken start has left."""
    from simulacra.lab.lab import down

    print(f"The lab {name} is gone." if down(name) else f"There is no lab {name}.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The labs on this machine."""
    from simulacra.lab.lab import labs

    found = labs()
    if as_json:
        print_json([_listed(name, lab) for name, lab in found])
        return
    for name, lab in found:
        print(f"{name}  {lab.nomad_addr}" if lab else f"{name}  not up: `simulacra lab down --name {name}` removes what is left")


def _listed(name: str, lab: LabState | None) -> dict[str, object]:
    addresses = {"nomad_addr": lab.nomad_addr, "consul_addr": lab.consul_addr} if lab else {"nomad_addr": None, "consul_addr": None}
    return {"name": name, **addresses, "up": lab is not None}


@app.command("status")
def status_(name: Name = "lab", as_json: AsJson = False) -> None:
    """The lab's machines: zone, overlay address, on or asleep, agent, cut off or not; and its devices."""
    from dataclasses import asdict

    from simulacra.lab.lab import device_status, status

    seen, devices = status(name), device_status(name)
    if as_json:
        print_json({"machines": [asdict(one) for one in seen], "devices": [asdict(one) for one in devices]})
        return
    if not any(one.agent for one in seen):
        say_error("no Nomad server answers just now; after a cut they elect a leader anew: ask again in a moment")
    rows = [("MACHINE", "ZONE", "ADDRESS", "POWER", "NOMAD", "CABLE", "RENTED" if any(one.rented for one in seen) else "")]
    rows += [
        (
            *(one.name, one.zone, one.address or "-", one.power),
            *((one.agent or "-") + (", server" if one.server else ""), _cable(one.cut, one.delay_ms), one.rented or ""),
        )
        for one in seen
    ]
    _print_table(rows)
    if devices:
        print()
        _print_table(lab_device.table(devices))


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cable(cut: bool, delay_ms: float) -> str:
    return "cut" if cut else f"{delay_ms:g} ms" if delay_ms else ""


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def exec_(
    machine: Annotated[str, typer.Argument(help="The machine's name.", autocompletion=completion.lab_machines)],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="What to run there.")],
    name: Name = "lab",
) -> None:
    """Run a command on one of the lab's machines; NOMAD_ADDR leads to its agent."""
    from simulacra.lab.lab import run_inside

    raise typer.Exit(run_inside(name, machine, command[1:] if command[:1] == ["--"] else command))


@app.command("autoscaler")
def autoscaler_(
    context: typer.Context,
    name: Name = "lab",
    stop: Annotated[bool, typer.Option("--stop", help="End it instead.")] = False,
) -> None:
    """Let the Nomad Autoscaler steer the lab, by the definitions of --grid."""
    from simulacra.lab.lab import start_autoscaler, stop_autoscaler

    if stop:
        stop_autoscaler(name)
        print(f"The autoscaler of the lab {name} has ended.")
    else:
        print(f"The autoscaler steers the lab {name}; its log: {start_autoscaler(name, load_grid(context), grid_folder(context))}")


chaos.register(app)
lab_device.register(app)
Machine = Annotated[str, typer.Argument(help="The machine's name.", autocompletion=completion.lab_machines)]


@app.command("press")
def press_(machine: Machine, name: Name = "lab") -> None:
    """Press a machine's power button: a sleeping one starts, one that is on powers off."""
    _switch(name, "press", machine)


@app.command("unplug")
def unplug_(machine: Machine, name: Name = "lab") -> None:
    """Let a machine not wake on its magic packet any more."""
    _switch(name, "unplug", machine)


@app.command("plug")
def plug_(machine: Machine, name: Name = "lab") -> None:
    """Let a machine wake on its magic packet again."""
    _switch(name, "plug", machine)


@app.command("slow")
def slow_(
    machine: Machine,
    by: Annotated[str, typer.Option("--by", metavar="TIME", help="How much longer its boots take from now on; 0s: as before.")] = "60s",
    name: Name = "lab",
) -> None:
    """Let a machine's boots take longer."""
    _switch(name, "slow", machine, f"{seconds_of('--by', by):g}")


@app.command("sit")
def sit_(machine: Machine, name: Name = "lab") -> None:
    """Let a person sit down at a machine: it says that it must not be put to sleep."""
    _switch(name, "sit", machine)


@app.command("leave")
def leave_(machine: Machine, name: Name = "lab") -> None:
    """Let the person at a machine leave."""
    _switch(name, "leave", machine)


def _switch(name: str, *words: str) -> None:
    from simulacra.lab.lab import switch

    print(f"{switch(name, *words)}.")


Place = Annotated[
    str,
    typer.Argument(
        metavar="PLACE",
        help="A zone, an uplink with all zones behind it, a machine or a device (machine:NAME, if it is a zone too).",
        autocompletion=completion.lab_places,
    ),
]


@app.command("cut")
def cut_(place: Place, name: Name = "lab") -> None:
    """Take away a place's cable: a zone's machines go on seeing each other, and nobody else; a machine sees nobody."""
    from simulacra.lab.lab import cut

    device = cut(name, place).kind == "device"
    missed = "" if device else " Nomad calls what is behind its cable disconnected or down after about a minute."
    print(f"{place} is cut off.{missed}")


@app.command("heal")
def heal_(place: Place, name: Name = "lab") -> None:
    """Put a place's cable back."""
    from simulacra.lab.lab import heal

    heal(name, place)
    print(f"{place} has its cable back.")


@app.command("delay")
def delay_(
    place: Place,
    time: Annotated[str, typer.Argument(metavar="TIME", help="How long it takes each way, such as 12ms; 0ms: as fast as at first.")],
    jitter: Annotated[str, typer.Option("--jitter", metavar="TIME", help="So much more or less, at random.")] = "0ms",
    loss: Annotated[float, typer.Option("--loss", metavar="PERCENT", help="So many of a hundred frames are lost, at random.")] = 0.0,
    name: Name = "lab",
) -> None:
    """Let a place's cable be slow, as a long one is."""
    from simulacra.lab.delays import Wanted
    from simulacra.lab.lab import delay

    wanted = Wanted(seconds_of("TIME", time) * 1000, seconds_of("--jitter", jitter) * 1000, loss)
    delay(name, place, wanted)
    varies = f", more or less {wanted.jitter_ms:g} ms" if wanted.jitter_ms else ""
    lost = f", and loses {loss:g} % of its frames" if loss else ""
    print(f"The cable of {place} takes {wanted.delay_ms:g} ms each way{varies}{lost}." if wanted else f"{place} has a fast cable again.")


@contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    """Says how far it is: beside a spinner on a terminal, a line each elsewhere, on standard error where the output is JSON."""
    import time

    begun = time.monotonic()

    def line(text: str) -> None:
        print(f"{time.monotonic() - begun:5.1f} s  {text}", file=sys.stderr if quiet else sys.stdout, flush=True)

    if quiet or not sys.stdout.isatty():
        yield line
        return
    from rich.console import Console

    console = Console(highlight=False)
    with console.status("starting") as spinner:

        def show(text: str) -> None:
            console.print(f"{time.monotonic() - begun:5.1f} s  {text}", markup=False)
            spinner.update(text)

        yield show
