"""What people do to the machines of a lab: press the button, pull the plug, sit down; and asking the lab's keeper for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from simulacra.faults import Fault, Refusal, Usage
from simulacra.lab import state
from simulacra.lab.ask import ask
from simulacra.lab.keeper import keeper_command
from simulacra.lab.layout import Layout
from simulacra.lab.processes import Process, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState

_PATIENCE_S = 20.0
ALL = "all"


def start_keeper(programs: Programs, found: LabState) -> Process:
    """Start the process that keeps the power of the lab, whose state is saved, and wait until it answers; raises `Fault`."""
    folder = state.lab_folder(found.name)
    here = clean_environment(PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    command = enter(programs.nsenter, found.wan_namespace, keeper_command(found.name))
    keeper = spawn(command, folder / "keeper.log", environment=here)
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            ask(folder, ["hello"])
        except OSError:
            time.sleep(0.05)
        else:
            return keeper
    raise Fault(f"lab {found.name}: the keeper of its power did not start in {_PATIENCE_S:.0f} s; see {folder / 'keeper.log'}")


def tell_keeper(found: LabState, words: Sequence[str]) -> str:
    """What the keeper says when it has done that to the machine, the second word; raises `Usage` (no such machine) or `Refusal`."""
    if found.resident(words[1]) is None:
        raise Usage(f"lab {found.name}: no machine {words[1]}; there are {', '.join(one.name for one in found.residents)}")
    try:
        done, said = ask(state.lab_folder(found.name), words)
    except OSError:
        help_ = f"`simulacra lab down --name {found.name}` removes it, `simulacra lab up --name {found.name}` starts another"
        raise Refusal(f"lab {found.name}: the keeper of its power has ended, so no machine can be switched; {help_}") from None
    if not done:
        raise Refusal(f"lab {found.name}: {said}")
    return said


def to_sleep(layout: Layout, named: Sequence[str]) -> tuple[str, ...]:
    """The machines meant by these names, in their order; raises `Usage`.

    ``all`` means those that a packet wakes and that need not stay on; a machine with one of the lab's servers stays on.
    """
    if tuple(named) == (ALL,):
        return tuple(
            seat.machine.name for seat in layout.seats if seat.mac is not None and not seat.server and not seat.machine.never_sleeps
        )
    seats = {seat.machine.name: seat for seat in layout.seats}
    unknown = sorted(set(named) - seats.keys())
    if unknown:
        raise Usage(f"lab {layout.lab}: no machine {', '.join(unknown)}; there are {', '.join(seats)}")
    servers = sorted(name for name in named if seats[name].server)
    if servers:
        raise Usage(f"lab {layout.lab}: {', '.join(servers)} can't start asleep: the lab's Nomad servers run there")
    return tuple(named)


def put_to_sleep(found: LabState, names: Sequence[str]) -> None:
    """Power them off, and wait until they are; raises `Fault`."""
    for name in names:
        tell_keeper(found, ["poweroff", name])
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        seen = state.load_state(found.name)
        if seen is not None and all(one.name not in names or (one.power and one.power.switch == "asleep") for one in seen.residents):
            return
        time.sleep(0.1)
    raise Fault(f"lab {found.name}: {', '.join(names)} did not go to sleep in {_PATIENCE_S:.0f} s; see keeper.log")
