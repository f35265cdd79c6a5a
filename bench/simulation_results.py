"""What was simulated, kept as JSON, so that a page can be made anew of it without simulating again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from simulacra.simulate.outcome import Bound, Outcome, Simulation, Waiting

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """``slug`` begins the names of its files. ``about``: the workload in a sentence; ``machines``: what it ran on, in words. ``took_s``: so
    long all of it was simulated, on so many ``cpus``.
    """

    slug: str
    title: str
    about: str
    machines: str
    simulation: Simulation
    took_s: int
    cpus: int


def as_text(result: Result) -> str:
    """As JSON, without what only pictures show."""
    simulation = result.simulation
    slim = replace(
        simulation,
        demand=(),
        outcomes=tuple(map(_slim, simulation.outcomes)),
        idle_timeouts=tuple((seconds, _slim(it)) for seconds, it in simulation.idle_timeouts),
    )
    return json.dumps(asdict(replace(result, simulation=slim)), indent=1, ensure_ascii=False) + "\n"


def read(file: Path) -> Result:
    """What `as_text` made."""
    plain = json.loads(file.read_text())
    return Result(**{**plain, "simulation": _simulation(plain["simulation"])})


def _slim(outcome: Outcome) -> Outcome:
    return replace(outcome, on=(), switched=())


def _simulation(plain: Plain) -> Simulation:
    return Simulation(
        **{
            **plain,
            "outcomes": tuple(map(_outcome, plain["outcomes"])),
            "bound": Bound(**plain["bound"]),
            "demand": (),
            "idle_timeouts": tuple((seconds, _outcome(it)) for seconds, it in plain["idle_timeouts"]),
            "conditions": tuple((name, value) for name, value in plain["conditions"]),
        }
    )


def _outcome(plain: Plain) -> Outcome:
    refused = tuple((reason, count) for reason, count in plain["refused"])
    return Outcome(**{**plain, "wait": Waiting(**plain["wait"]), "switched": (), "refused": refused, "on": ()})
