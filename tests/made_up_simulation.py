"""A simulation's answer with figures that can be checked by hand: ten days, four machines, three hours of work a day."""

from __future__ import annotations

from simulacra.model.costs import Money
from simulacra.simulate.outcome import Bound, Outcome, Simulation, Steps, Waiting

HOUR_S, DAY_S, DAYS = 3600.0, 86400.0, 10
DEMAND: Steps = tuple(
    step for day in range(DAYS) for step in ((day * DAY_S + 9 * HOUR_S, 1.0 + (day == 5)), (day * DAY_S + 12 * HOUR_S, 0.0))
)
"""From nine to twelve, one machine's worth; two on the sixth day."""


def EUR(amount: float) -> Money:
    return (("EUR", amount),)


ALWAYS = Outcome("always-on", 100.0, 960.0, EUR(30.0), Waiting(), 0, 40, 80.0, on=((0.0, 4.0),))
IDLE = Outcome("idle-timeout", 60.0, 500.0, EUR(18.0), Waiting(12.0, 0.0, 45.0, 95.0), 80, 40, 40.0, on=((0.0, 2.0),))
TARGET = Outcome(
    "target-value", 70.0, 600.0, EUR(21.0), Waiting(200.0, 100.0, 900.0, 7200.0), 60, 38, 50.0, refused=(("more memory than any", 2),),
    on=((0.0, 3.0),),
)  # fmt: skip
OURS = Outcome(
    "simulacra", 46.0, 400.0, EUR(13.8), Waiting(14.0, 0.0, 30.0, 60.0), 40, 40, 26.0, switched=(("tower", 40),), on=((0.0, 1.0),)
)

MADE_UP = Simulation(
    "made-up", 40, float(DAYS), 4, (ALWAYS, IDLE, TARGET, OURS), Bound(40.0, 350.0), DEMAND,
    ((60.0, IDLE), (3600.0, ALWAYS)), 7, (("machines", "4 of 8 cores"), ("boot", "30 s")),
)  # fmt: skip
