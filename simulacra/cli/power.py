"""``simulacra wake``, ``sleep`` and ``hold``: what people want done with single machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import DIFFERENT, print_json, say_error, steered
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulacra.cli.following import Outcome
    from simulacra.cli.switching import Insistence, Switching
    from simulacra.model.grid import Grid
    from simulacra.model.plan import ActionKind

Machines = Annotated[list[str], typer.Argument(metavar="MACHINE...", help="Their names.", autocompletion=completion.machines)]
Machine = Annotated[str, typer.Argument(metavar="MACHINE", help="Its name.", autocompletion=completion.machines)]
Detach = Annotated[bool, typer.Option("--detach", help="Don't wait; whoever leads the grid carries it on.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Do it though the grid only observes.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(wake)
    app.command()(sleep)
    app.command()(hold)


def wake(
    context: typer.Context,
    machines: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MACHINE]...", help="Their names.", show_default=False, autocompletion=completion.machines),
    ] = None,
    for_: Annotated[str, typer.Option("--for", metavar="DURATION", help="Keep them on for so long; 0s: as the plan wants.")] = "1h",
    test: Annotated[bool, typer.Option("--test", help="Put each to sleep and wake it, and say how long that took.")] = False,
    detach: Detach = False,
    force: Annotated[bool, typer.Option("--force", help="Try it though nobody there seems able to send the packet.")] = False,
    anyway: Anyway = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --test: as JSON.")] = False,
) -> None:
    """Wake machines, and wait until they are on; `--test` tries out that they can be woken."""
    from simulacra.cli.durations import seconds_of
    from simulacra.cli.show_power import on_already
    from simulacra.cli.switching import Insistence

    hold_s = seconds_of("--for", for_)
    if as_json and not test:
        raise Usage("--json goes with --test; `simulacra status --json` shows how machines are")
    if test:
        if detach:
            raise Usage("a test waits for what comes of it: leave --detach out")
        _test(context, machines or [], Insistence(anyway=anyway), as_json)
        return
    if not machines:
        raise Usage("wake takes the machines' names; `simulacra wake --test` alone tries out all that can be")
    insistence = Insistence(force, anyway)
    with _switching(context, machines, insistence, _can(machines, insistence, "wake")) as switching:
        waking = switching.wake(machines, hold_s)
        seen = switching.steering.look(fresh=False)
        for name in sorted(set(machines) - set(waking)):
            print(on_already(seen.grid, name, seen.records.get(name), seen.snapshot.now_s))
        _conclude(waking, detach, lambda: switching.woken(waking))


def sleep(
    context: typer.Context,
    machines: Machines,
    detach: Detach = False,
    force: Annotated[bool, typer.Option("--force", help="Do it though work there has no other place.")] = False,
    anyway: Anyway = False,
) -> None:
    """Empty machines and put them to sleep, and wait until they are."""
    from simulacra.cli.switching import Insistence

    insistence = Insistence(force, anyway)
    with _switching(context, machines, insistence, _can(machines, insistence, "sleep")) as switching:
        going = switching.sleep(machines)
        for name in sorted(set(machines) - set(going)):
            print(f"{name} is off already")
        _conclude(going, detach, lambda: switching.put_to_sleep(going))


def hold(
    context: typer.Context,
    machine: Machine,
    for_: Annotated[str | None, typer.Option("--for", metavar="DURATION", help="For so long, as 4h or 90m.", show_default=False)] = None,
    release: Annotated[bool, typer.Option("--release", help="Let the plan switch it again.")] = False,
) -> None:
    """Have a machine left as it is for a while: neither woken nor put to sleep."""
    from simulacra.cli.durations import local, seconds_of
    from simulacra.cli.switching import Insistence, holdable, told_by_definitions

    if (for_ is None) != release:
        raise Usage("hold takes either --for DURATION, as in --for 4h, or --release")
    seconds = seconds_of("--for", for_) if for_ is not None else 0.0

    def check(grid: Grid) -> None:
        for found in told_by_definitions(grid, [machine]):
            holdable(found)

    with _switching(context, [machine], Insistence(), check) as switching:
        seen = switching.steering.look()
        now_s = seen.snapshot.now_s
        record = switching.hold(machine, now_s + seconds if seconds else 0.0)
        until = f"is left as it is until {local(seen.grid, record.held_until_s, now_s)}" if seconds else "isn't held any more"
        print(f"{machine} {until}")


def _test(context: typer.Context, names: Sequence[str], insistence: Insistence, as_json: bool) -> None:
    from dataclasses import asdict, replace

    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_power import show_trials
    from simulacra.cli.switching import Insistence
    from simulacra.cli.wake_trial import candidates, try_out

    check = _can(names, Insistence(anyway=True), "wake", "sleep")  # that the grid only observes each trial tells
    with _switching(context, names, insistence, check, quiet=as_json) as switching:
        chosen: Sequence[str] = sorted(set(names))
        if not names:
            chosen, left = candidates(switching.steering.look())
            for name, why in left:
                say_error(f"{name} is left out: {why}")
        for name in chosen:
            switching.checked(name)
        trials = list(try_out(replace(switching, why="tried out with `simulacra wake --test`"), chosen))
    if as_json:
        print_json([asdict(trial) for trial in trials])
    elif trials:
        show_trials(stdout(), trials)
    else:
        print("there is no machine to try out now")
    if any(trial.failed is not None for trial in trials):
        raise typer.Exit(DIFFERENT)


def _can(names: Sequence[str], insistence: Insistence, *actions: ActionKind) -> Callable[[Grid], None]:
    """What the definitions alone have against it."""
    from simulacra.cli.switching import acting, switchable, told_by_definitions

    def check(grid: Grid) -> None:
        for machine in told_by_definitions(grid, names):
            for action in actions:
                switchable(grid, machine, action)
        acting(grid, insistence)

    return check


def _conclude(names: Sequence[str], detach: bool, follow: Callable[[], tuple[Outcome, ...]]) -> None:
    """Wait for the machines and say what came of each; exit 1 where one isn't as it was wanted."""
    from simulacra.cli.show_power import verdict

    if detach:
        for name in names:
            print(f"{name}: begun; the autoscaler carries it on where it runs, and `simulacra log --machine {name}` shows how")
        return
    outcomes = follow()
    for outcome in outcomes:
        print(verdict(outcome))
    if not all(outcome.reached for outcome in outcomes):
        raise typer.Exit(DIFFERENT)


@contextmanager
def _switching(
    context: typer.Context, names: Sequence[str], insistence: Insistence, check: Callable[[Grid], None], quiet: bool = False
) -> Iterator[Switching]:
    """Steering with its progress on standard output (on standard error where that is JSON); let go of in the end. ``check`` as for
    `steered`.
    """
    import sys
    import time

    from simulacra.cli.following import Clock
    from simulacra.cli.show_power import about, transition
    from simulacra.cli.switching import Switching

    def told(line: str) -> None:
        print(line, file=sys.stderr if quiet else sys.stdout, flush=True)

    def tell(line: str) -> None:
        if about(line, names):
            told(f"         {line}")

    with steered(context, tell, check) as steering:
        clock = Clock(time.monotonic, time.sleep)
        yield Switching(steering, clock, lambda took, machine, record: told(transition(took, machine, record)), insistence)
