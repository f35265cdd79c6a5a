"""``simulacra explain``, ``scale`` and ``log``: what the plan wants, why, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import DIFFERENT, Json, expect_of_nomad, load_grid, print_json, say_patience, steered
from simulacra.faults import Refusal, Usage

if TYPE_CHECKING:
    from simulacra.model.grid import Grid
    from simulacra.model.plan import Plan
    from simulacra.observe.explained import Explanation, Scene
    from simulacra.observe.peripherals import SeenPeripheral
    from simulacra.steering import Steering

KINDS = ("machine", "service", "peripheral")
Count = Annotated[int | None, typer.Option("--count", min=0, metavar="N", help="For so many machines, instead of our own count.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(explain)
    app.command()(scale)
    app.command()(log)


def explain(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A machine, a service or a peripheral; machine:NAME, service:NAME or peripheral:NAME where it is several.",
            autocompletion=completion.explainable,
        ),
    ],
    as_json: Json = False,
) -> None:
    """Say why a machine, a service or a peripheral is as it is."""
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_power import explanation_as_plain, show_explanation

    scene, seen = _scene(context, name)
    found = explained(scene, name, seen)
    if as_json:
        print_json(explanation_as_plain(found))
    else:
        show_explanation(stdout(), found)


def scale(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done now, and why.")] = False,
    count: Count = None,
    detach: Annotated[bool, typer.Option("--detach", help="Don't wait; whoever leads the grid carries it on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: as JSON.")] = False,
) -> None:
    """Wake and put to sleep what the plan wants now, as the autoscaler would."""
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_power import plan_as_plain, show_plan

    if as_json and not dry_run:
        raise Usage("--json goes with --dry-run; `simulacra log --json` shows what was done")
    with steered(context, say_patience, (lambda _: None) if dry_run else _acting) as steering:
        if not dry_run:
            _carry_out(steering, count, detach)
            return
        plan = _planned(steering, count)
    if as_json:
        print_json(plan_as_plain(plan))
    else:
        show_plan(stdout(), plan)


def log(
    context: typer.Context,
    machine: Annotated[
        str | None,
        typer.Option("--machine", metavar="MACHINE", help="Only this machine's.", show_default=False, autocompletion=completion.machines),
    ] = None,
    newest: Annotated[int | None, typer.Option("-n", min=1, metavar="N", help="Only the newest so many.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Show each time a machine was woken or put to sleep, and why; newest last."""
    import time

    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_power import log_as_plain, show_log
    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import connect
    from simulacra.model.rented import with_slots

    grid = load_grid(context, values=False)
    if machine is not None:
        expect_of_nomad(grid, "machine", machine, (it.name for it in with_slots(grid, ()).machines))
    entries = Journal(connect(grid, tell=say_patience)).entries()
    known = {it.name for it in grid.machines} | {it.machine for it in entries}
    if machine is not None and machine not in known:
        from simulacra.definitions.problems import did_you_mean

        raise Usage(f"grid {grid.name} has no machine {machine}.{did_you_mean(machine, known)}")
    chosen = [it for it in entries if machine in (None, it.machine)]
    chosen = chosen[-newest:] if newest is not None else chosen
    if as_json:
        print_json(log_as_plain(chosen))
    else:
        show_log(stdout(), grid, chosen, time.time())


def explained(scene: Scene, wanted: str, seen: SeenPeripheral | None = None) -> Explanation:
    """The explanation of ``NAME``, ``machine:NAME``, ``service:NAME`` or ``peripheral:NAME``; ``seen`` is the peripheral of that name.

    Raises `Usage` where that is nothing, or several things.
    """
    from simulacra.definitions.problems import did_you_mean
    from simulacra.observe.explained import explain_machine, explain_service, names_of
    from simulacra.observe.explained_peripheral import explain_peripheral

    kind, name = _kind_and_name(wanted)
    may_be = {
        "machine": explain_machine(scene, name) if kind in ("", "machine") else None,
        "service": explain_service(scene, name) if kind in ("", "service") else None,
        "peripheral": explain_peripheral(scene, seen) if seen is not None and kind in ("", "peripheral") else None,
    }
    found = {kind: explanation for kind, explanation in may_be.items() if explanation is not None}
    if len(found) > 1:
        raise Usage(f"{name} is a {' and a '.join(found)}: ask for {' or '.join(f'{kind}:{name}' for kind in found)}")
    if not found:
        machines, services = names_of(scene)
        peripherals = tuple(it.name for it in scene.grid.peripherals)
        known = {"machine": machines, "service": services, "peripheral": peripherals}
        near = did_you_mean(name, known.get(kind, (*machines, *services, *peripherals)))
        raise Usage(f"grid {scene.grid.name} has no {_what(kind)} {name}.{near}")
    return next(iter(found.values()))


def _kind_and_name(wanted: str) -> tuple[str, str]:
    """``KIND:NAME``; the kind is empty where none is said."""
    kind, colon, name = wanted.partition(":")
    return (kind, name) if colon and kind in KINDS else ("", wanted)


def _what(kind: str) -> str:
    return kind or f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"


def _explainable(grid: Grid, wanted: str) -> None:
    """Raises a `Fault` for what the definitions don't have, unless Nomad can be asked for it; peripherals it knows none of its own."""
    from simulacra.definitions.problems import did_you_mean
    from simulacra.model.rented import with_slots

    kind, name = _kind_and_name(wanted)
    defined = {
        "machine": [it.name for it in with_slots(grid, ()).machines],
        "service": [it.name for it in grid.services],
        "peripheral": [it.name for it in grid.peripherals],
    }
    names = defined.get(kind, [it for names in defined.values() for it in names])
    if kind == "peripheral" and name not in names:
        raise Usage(f"grid {grid.name} has no peripheral {name}.{did_you_mean(name, names)}")
    expect_of_nomad(grid, _what(kind), name, names)


def _scene(context: typer.Context, wanted: str) -> tuple[Scene, SeenPeripheral | None]:
    """All that explanations come from; and the peripheral of that name, if there is one: only its machines know how it is."""
    from simulacra.gateways.nomad import connect
    from simulacra.observe.answers import ask
    from simulacra.observe.explained import Scene
    from simulacra.observe.peripherals import only, see_peripherals
    from simulacra.observe.services import grid_status

    peripheral = wanted.removeprefix("peripheral:")
    with steered(context, say_patience, lambda grid: _explainable(grid, wanted)) as steering:
        seen = steering.look()
    nomad = connect(seen.grid, tell=say_patience)
    answers = ask(seen.grid, nomad, lambda: seen.snapshot.records, lambda: seen.snapshot.gates)
    status = grid_status(seen.grid, answers)
    found = see_peripherals(only(seen.grid, peripheral), answers, status, nomad)
    return Scene(seen.grid, status, seen.snapshot, seen.plan), found[0] if found else None


def _planned(steering: Steering, count: int | None) -> Plan:
    from simulacra.plan.plan import plan_for

    seen = steering.look()
    return seen.plan if count is None else plan_for(seen.grid, seen.snapshot, count)


def _acting(grid: Grid) -> None:
    """Raises `Refusal` where the grid only observes."""
    if grid.mode != "act":
        where = f" at {grid.source}" if grid.source.line else ""
        mend = f'`simulacra scale --dry-run` shows what would be done; set mode = "act"{where} to have it done'
        raise Refusal(f"grid {grid.name} only observes: {mend}")


def _carry_out(steering: Steering, count: int | None, detach: bool) -> None:
    """Begin with the plan's actions, and wait for what comes of them; exit 1 where a machine isn't as wanted."""
    import time
    from dataclasses import replace

    from simulacra.cli.following import Clock
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_power import show_plan, transition, verdict
    from simulacra.cli.switching import Switching

    seen = steering.look()
    _acting(seen.grid)
    plan = _planned(steering, count)
    show_plan(stdout(), plan, acting=True)
    begun = steering.intend(replace(seen, plan=plan), plan.actions, "plan")
    if detach or not begun:
        return
    switching = Switching(
        steering, Clock(time.monotonic, time.sleep), lambda took, name, record: print(transition(took, name, record), flush=True)
    )
    outcomes = switching.woken([it.machine for it in begun if it.action == "wake"])
    outcomes += switching.put_to_sleep([it.machine for it in begun if it.action == "sleep"])
    for outcome in outcomes:
        print(verdict(outcome))
    if not all(outcome.reached for outcome in outcomes):
        raise typer.Exit(DIFFERENT)
