"""What simulacra aims at in a simulation, and whether it gets there."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.simulate.outcome import Outcome, Simulation
from simulacra.simulate.telling import OURS, percent, saving, span

LEAST_OF_BOUND = 0.85
"""So much of what the bound would save."""
TELLS_S = 0.05
"""What is less isn't told as a difference of waiting."""


@dataclass(frozen=True, slots=True)
class Goal:
    """``met``: whether; ``told``: by how much, in words."""

    name: str
    met: bool
    told: str


def goals(simulation: Simulation) -> tuple[Goal, Goal]:
    """The share of the saving that the bound allows, and that no idle timeout is better in both."""
    return _saves(simulation), _beats_all(simulation)


def _saves(simulation: Simulation) -> Goal:
    share = saving(simulation, simulation.outcome(OURS).kwh).of_bound
    met = share is not None and share >= LEAST_OF_BOUND
    return Goal(f"saves {LEAST_OF_BOUND:.0%} of what the bound allows", met, f"{percent(share)} of it")


def _beats_all(simulation: Simulation) -> Goal:
    ours, tried = simulation.outcome(OURS), simulation.idle_timeouts
    better = [(seconds, it) for seconds, it in tried if it.kwh < ours.kwh and it.wait.mean <= ours.wait.mean]
    name = "no idle timeout takes less energy at no more waiting"
    if not better:
        least, most = tried[0][0], tried[-1][0]
        return Goal(name, True, f"none of {len(tried)} from {least:,.0f} s to {most:,.0f} s")
    told = "; ".join(_by_how_much(seconds, it, ours) for seconds, it in better)
    return Goal(name, False, f"{len(better)} of {len(tried)} do: {told}")


def _by_how_much(seconds: float, it: Outcome, ours: Outcome) -> str:
    less, sooner = ours.kwh - it.kwh, ours.wait.mean - it.wait.mean
    waits = f"{span(sooner)} less of waiting" if sooner >= TELLS_S else "the same waiting"
    return f"{seconds:,.0f} s with {less:,.2f} kWh ({less / ours.kwh:.1%}) less and {waits}"
