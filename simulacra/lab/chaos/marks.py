"""The marks that units of work leave (`simulacra.lab.chaos.unit`), read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Unit:
    """One run of an instance: a process, known by its pid and start time. Times are Unix seconds, None: not yet.

    ``told_s``: Nomad told it to stop. ``ended_s``: it did what it had to. ``gone_s``: it was seen to be gone without either; then it is
    what was lost. ``where`` is its address and port, empty where it doesn't answer.
    """

    machine: str
    job: str
    allocation: str
    pid: int
    started: int
    begun_s: float
    where: str = ""
    told_s: float | None = None
    ended_s: float | None = None
    gone_s: float | None = None

    @property
    def over_s(self) -> float | None:
        """When it was over, in whatever way; None while it runs."""
        return min((at_s for at_s in (self.ended_s, self.told_s, self.gone_s) if at_s is not None), default=None)

    @property
    def key(self) -> tuple[str, str, int]:
        return self.machine, self.allocation, self.pid


def read_marks(known: tuple[Unit, ...], machine: str, lines: Iterable[str]) -> tuple[Unit, ...]:
    """The units with what these lines of the machine's file tell, in the order in which they began. A line that isn't whole is left out."""
    units = {unit.key: unit for unit in known}
    for line in lines:
        told = _told(line)
        if told is None:
            continue
        key = (machine, str(told["allocation"]), int(told["pid"]))
        at_s = float(told["at_s"])
        match told["mark"]:
            case "begin":
                where = str(told["where"])
                units[key] = Unit(machine, str(told["job"]), key[1], key[2], int(told["started"]), at_s, where)
            case "told" if key in units:
                units[key] = replace(units[key], told_s=at_s, gone_s=None)
            case "end" if key in units:
                units[key] = replace(units[key], ended_s=at_s, gone_s=None)
    return tuple(sorted(units.values(), key=lambda it: (it.begun_s, *it.key)))


def mark_gone(units: tuple[Unit, ...], alive: Mapping[tuple[str, str, int], bool], at_s: float) -> tuple[Unit, ...]:
    """Those that aren't over and whose process has ended are gone. ``alive`` was looked at before the marks were read last: who has ended
    since has left its mark.
    """
    return tuple(replace(unit, gone_s=at_s) if unit.over_s is None and not alive.get(unit.key, True) else unit for unit in units)


def _told(line: str) -> Mapping[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
