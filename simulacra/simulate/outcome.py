"""What a simulation answers: energy, money, waiting and switching under each policy, and what full knowledge would allow."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.costs import Money

Steps = tuple[tuple[float, float], ...]
"""A number over time: from each second of the trace on it is the value beside it, until the next."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Seconds from a job's submission until all of it ran, over the jobs that began."""

    mean: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy's. ``kwh`` is all that one's own machines drew, ``idle_kwh`` what of it was drawn by machines that were on without work.

    ``machine_hours`` are hours on, booting and shutting down included, rented servers' among them. ``cost`` is electricity and rent
    together, ``rent`` the rent alone. ``transitions``: how often a machine was woken or put to sleep, ``switched``
    each machine's share of them, by name. ``finished`` jobs came to their end; ``refused``: why some could never run, each reason with how
    many. ``on`` counts the machines that are on, booting or shutting down.
    """

    policy: str
    kwh: float
    machine_hours: float
    cost: Money
    wait: Waiting
    transitions: int
    finished: int
    idle_kwh: float = 0.0
    rent: Money = ()
    switched: tuple[tuple[str, int], ...] = ()
    refused: tuple[tuple[str, int], ...] = ()
    on: Steps = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """What no schedule can go below that lets no job wait longer than a machine takes to boot."""

    kwh: float
    machine_hours: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """All policies over one trace. ``demand`` is the work that was there if nothing had waited, in machines' worth of cores.

    ``idle_timeouts`` are further outcomes of idle-timeout, by their seconds: how energy and waiting trade off there.
    """

    trace: str
    jobs: int
    days: float
    machines: int
    outcomes: tuple[Outcome, ...]
    bound: Bound
    demand: Steps = ()
    idle_timeouts: tuple[tuple[float, Outcome], ...] = ()
    seed: int = 0
    conditions: tuple[tuple[str, str], ...] = ()
    """What it was simulated under, in words: name and value, as the table and the page print them."""

    def outcome(self, policy: str) -> Outcome:
        return next(it for it in self.outcomes if it.policy == policy)
