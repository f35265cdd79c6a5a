"""For how long a machine without work stays on before it is put to sleep.

To stay on costs watts, to sleep costs the next job a boot. The chance that the machine is needed within the next moment is judged by how
often it was needed lately. What staying on saves is one job's waiting, and only if every machine that the job takes is on: machines that
work takes together share it. The figures were chosen by simulating real and generated workloads (docs/simulations.md); the shape is the
break-even rule of ski rental, with the rate as it is known.
"""

from __future__ import annotations

from math import sqrt

from simulacra.model.journal import Record
from simulacra.model.settings import Power

NEEDED_WITHIN_S = 3 * 3600.0
USUALLY = 4
"""A machine that was needed so often within that time rests for just as long as `Power.sleep_after_s` says."""
LEAST, MOST = 0.25, 6.0
"""It is never less than that share of it, nor more."""
REMEMBERED = int(USUALLY * MOST)
"""More often than that makes no difference."""


def needed_lately(record: Record, now_s: float) -> tuple[float, ...]:
    """When it was needed, of that time, at most `REMEMBERED`."""
    return tuple(at for at in record.needed_s if 0 <= now_s - at < NEEDED_WITHIN_S)[-REMEMBERED:]


def rests_s(power: Power, record: Record, now_s: float) -> float:
    """In seconds."""
    often = len(needed_lately(record, now_s)) / USUALLY
    return power.sleep_after_s * min(MOST, max(LEAST, often)) / sqrt(max(1, record.together))
