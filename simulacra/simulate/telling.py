"""A simulation in words: the cells of its tables and the sentence for the grid's owner, as the command line and the page show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulacra.model.costs import money_sum
from simulacra.model.words import numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.model.costs import Money
    from simulacra.simulate.outcome import Outcome, Simulation

OURS, ALWAYS_ON, BOUND = "simulacra", "always-on", "bound"
NOTHING = "-"
LEAST_DAYS = 1.0
"""Of less nothing is said about a year."""
_YEAR_DAYS = 365.0
_SAME_S, _SAME_KWH, _SAME_MONEY = 0.5, 0.5, 0.005
"""What differs by less isn't told as a difference."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it is read: a row has as many cells as there are heads, the first of them a name, the others amounts."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Saving:
    """Of energy, against machines that are always on: a share of what they draw, and of what the bound would leave of it at most."""

    share: float | None
    of_bound: float | None


def sheets(simulation: Simulation) -> tuple[Sheet, Sheet]:
    """What each policy draws and costs, with the bound below; then how long jobs wait and how often machines are switched.

    ``of bound``: what it saves as a share of what the bound would. ``switched``: transitions of all machines, ``a day each`` those per
    machine and day.
    """
    return _drawn(simulation), _waited(simulation)


def _drawn(simulation: Simulation) -> Sheet:
    rows = [_drawn_by(simulation, it) for it in simulation.outcomes]
    bound = simulation.bound
    saved = saving(simulation, bound.kwh)
    rows.append((BOUND, energy(bound.kwh), NOTHING, percent(saved.share), percent(saved.of_bound), NOTHING, hours(bound.machine_hours)))
    return Sheet(("policy", "kWh", "idle kWh", "saves", "of bound", "cost", "machine hours"), tuple(rows))


def _drawn_by(simulation: Simulation, outcome: Outcome) -> tuple[str, ...]:
    saved = saving(simulation, outcome.kwh)
    return (
        outcome.policy,
        energy(outcome.kwh),
        energy(outcome.idle_kwh),
        percent(saved.share),
        percent(saved.of_bound),
        money(outcome.cost),
        hours(outcome.machine_hours),
    )


def _waited(simulation: Simulation) -> Sheet:
    heads = ("policy", "mean wait", "p50", "p95", "p99", "switched", "a day each", "finished")
    return Sheet(heads, tuple(_waited_under(simulation, it) for it in simulation.outcomes))


def _waited_under(simulation: Simulation, outcome: Outcome) -> tuple[str, ...]:
    machine_days = simulation.machines * simulation.days
    wait = outcome.wait
    return (
        outcome.policy,
        *(span(it) for it in (wait.mean, wait.p50, wait.p95, wait.p99)),
        f"{outcome.transitions:,}",
        f"{outcome.transitions / machine_days:.1f}" if machine_days > 0 else NOTHING,
        f"{outcome.finished:,}",
    )


def found(simulation: Simulation, policy: str) -> Outcome | None:
    """That policy's outcome, where it was simulated."""
    return next((it for it in simulation.outcomes if it.policy == policy), None)


def saving(simulation: Simulation, kwh: float) -> Saving:
    """What so much energy saves; a share is None where there is nothing that it could be a share of."""
    always = found(simulation, ALWAYS_ON)
    if always is None:
        return Saving(None, None)
    most = always.kwh - simulation.bound.kwh
    saved = always.kwh - kwh
    return Saving(saved / always.kwh if always.kwh > 0 else None, saved / most if most > 0 else None)


def conditions(simulation: Simulation) -> str:
    """What it was simulated under, in one line."""
    return "; ".join(f"{name}: {value}" for name, value in simulation.conditions)


def refusals(simulation: Simulation) -> tuple[str, ...]:
    """A line for each reason why jobs could never run; the policies are named where it isn't so under all of them."""
    policies: dict[tuple[str, int], list[str]] = {}
    for outcome in simulation.outcomes:
        for refused in outcome.refused:
            policies.setdefault(refused, []).append(outcome.policy)
    lines = []
    for (reason, count), under in sorted(policies.items()):
        where = "" if len(under) == len(simulation.outcomes) else f" (under {', '.join(under)})"
        lines.append(f"{_jobs(count)} could never run: {reason}{where}")
    return tuple(lines)


def _jobs(count: int) -> str:
    return f"{count:,} job{'s' if count != 1 else ''}"


def for_the_owner(simulation: Simulation) -> str:
    """What simulacra saves in a year against machines that are always on, and what that costs in waiting; empty where it can't be told."""
    ours, always = found(simulation, OURS), found(simulation, ALWAYS_ON)
    if ours is None or always is None or simulation.days < LEAST_DAYS:
        return ""
    years = simulation.days / _YEAR_DAYS
    amounts = [((always.kwh - ours.kwh) / years, "kWh", _SAME_KWH)]
    amounts += [(amount / years, currency, _SAME_MONEY) for currency, amount in excess(always.cost, ours.cost)]
    less = [_amount(it, unit) for it, unit, same in amounts if it >= same]
    more = [_amount(-it, unit) for it, unit, same in amounts if it <= -same]
    parts = [f"saves {' and '.join(less)} a year"] if less else []
    parts += [f"takes {' and '.join(more)} a year more"] if more else []
    saved = ", but ".join(parts) or "saves nothing"
    return f"At this rate simulacra {saved} against machines that are always on; {_waits_more(ours.wait.mean - always.wait.mean)}."


def _amount(amount: float, unit: str) -> str:
    return f"{amount:,.0f} {unit}"


def _waits_more(longer_s: float) -> str:
    if abs(longer_s) < _SAME_S:
        return "jobs wait no longer than there"
    return f"a job waits {span(abs(longer_s))} {'longer' if longer_s > 0 else 'less'} in the mean"


def difference(before: Simulation, after: Simulation) -> str:
    """What a change makes of simulacra's own figures, over the whole trace; empty where it wasn't simulated."""
    old, new = found(before, OURS), found(after, OURS)
    if old is None or new is None:
        return ""
    parts = [_change(new.finished - old.finished, numbered(abs(new.finished - old.finished), "finished job"), 1)]
    parts.append(_change(new.kwh - old.kwh, energy(abs(new.kwh - old.kwh)) + " kWh", 0.05))
    parts += [_change(amount, money(((currency, abs(amount)),)), _SAME_MONEY) for currency, amount in excess(new.cost, old.cost)]
    parts.append(_change(new.wait.mean - old.wait.mean, span(abs(new.wait.mean - old.wait.mean)) + " of waiting in the mean", 0.05))
    parts.append(_change(new.transitions - old.transitions, numbered(abs(new.transitions - old.transitions), "transition"), 1))
    told = ", ".join(it for it in parts if it)
    return f"simulacra, after against before: {told or 'no difference'}"


def _change(amount: float, words: str, same: float) -> str:
    return f"{words} {'more' if amount > 0 else 'less'}" if abs(amount) >= same else ""


def energy(kwh: float) -> str:
    """Kilowatt-hours, to a tenth where that tells something, and what is hardly anything to a tenth of a watt-hour."""
    if 0 < kwh < 0.1:
        return f"{kwh:.4f}"
    return f"{kwh:,.0f}" if kwh >= 10_000 else f"{kwh:,.1f}"


def hours(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.1f}"


def money(amounts: Money) -> str:
    return " + ".join(f"{amount:,.2f} {currency}" for currency, amount in amounts) or NOTHING


def excess(amounts: Money, others: Money) -> Money:
    """What the former are more than the latter, each currency for itself."""
    return money_sum(amounts, tuple((currency, -amount) for currency, amount in others))


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


_UNITS: Sequence[tuple[float, float, str, int]] = (
    (10.0, 1.0, "s", 1),
    (120.0, 1.0, "s", 0),
    (3600.0, 60.0, "min", 0),
    (2 * 86400.0, 3600.0, "h", 1),
)
"""Spans below the first are told in units of the second, with so many decimals."""


def span(seconds: float) -> str:
    """A span of time as people say it: ``0 s``, ``12 s``, ``3 min``, ``5.1 h``."""
    size, unit, decimals = next((it[1:] for it in _UNITS if seconds < it[0]), (86400.0, "days", 1))
    text = f"{seconds / size:.{decimals}f}"
    return f"{text.removesuffix('.0')} {unit}"
