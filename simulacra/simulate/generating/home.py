"""The days of a home's grid, of 10 to 20 machines with 4 to 8 cores and 16 GiB each.

Four kinds of work: people turn films and recordings into other formats in the evening, a few at a time; they build and test what they
write in the afternoon and evening, and at weekends from the morning on; every machine is backed up at night; and programs look after
feeds, mail and photos each hour of the day. From about three to seven o'clock there is nothing.

What people start comes by a Poisson process of a rate that changes with the hour: so do the sessions of people on a network (Paxson and
Floyd, "Wide-Area Traffic: The Failure of Poisson Modeling", IEEE/ACM Transactions on Networking 3(3), 1995), while what one session
brings comes in a burst. Run times are lognormal: short ones are many, and a few are much longer, as in most logs of batch work
(Feitelson, "Workload Modeling for Computer Systems Performance Evaluation", Cambridge University Press, 2015). The figures themselves are
assumed, not measured: they are all here.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from simulacra.simulate.generating.draws import Activity, Lognormal, Shape, Timer, Window, generated
from simulacra.simulate.trace import Trace

_MINUTE_S, _HOUR_S = 60.0, 3600.0

_TRANSCODES = Activity(
    name="transcode",
    weekday=(Window(18.0, 23.0, mean=3.0),),
    weekend=(Window(10.0, 18.0, mean=2.0), Window(18.0, 23.5, mean=4.0)),
    jobs=Lognormal(2.0, 0.7, least=1, most=8),
    gap_s=30.0,
    run_s=Lognormal(40 * _MINUTE_S, 0.6, least=5 * _MINUTE_S, most=4 * _HOUR_S),
    shapes=(Shape(1, cpu_cores=4.0, memory_mb=3072.0),),
)
_BUILDS = Activity(
    name="build",
    weekday=(Window(13.0, 17.0, mean=2.0), Window(17.0, 23.0, mean=4.0)),
    weekend=(Window(10.0, 23.0, mean=8.0),),
    jobs=Lognormal(3.0, 0.7, least=1, most=12),
    gap_s=8 * _MINUTE_S,  # it fails, somebody mends it, and it is built again
    run_s=Lognormal(5 * _MINUTE_S, 1.0, least=20.0, most=2 * _HOUR_S),
    shapes=(
        Shape(1, cpu_cores=1.0, memory_mb=1024.0),
        Shape(2, cpu_cores=2.0, memory_mb=3072.0),
        Shape(2, cpu_cores=4.0, memory_mb=6144.0),
    ),
)
_BACKUPS = Activity(
    name="backup",
    weekday=(Timer(1.5),),
    weekend=(Timer(1.5),),
    jobs=Lognormal(12.0, 0.0, least=1, most=40),
    gap_s=2 * _MINUTE_S,
    run_s=Lognormal(10 * _MINUTE_S, 0.7, least=_MINUTE_S, most=_HOUR_S),
    shapes=(Shape(1, cpu_cores=1.0, memory_mb=512.0),),
)
_CHORES = Activity(
    name="chore",
    weekday=tuple(Timer(hour + 0.1) for hour in range(7, 24)),
    weekend=tuple(Timer(hour + 0.1) for hour in range(7, 24)),
    jobs=Lognormal(3.0, 0.0, least=1, most=40),
    gap_s=20.0,
    run_s=Lognormal(40.0, 0.8, least=5.0, most=10 * _MINUTE_S),
    shapes=(Shape(1, cpu_cores=0.5, memory_mb=256.0),),
)
HOME = (_TRANSCODES, _BUILDS, _BACKUPS, _CHORES)
"""What a home does: some 95 jobs a day, half of them small chores."""


def home_days(days: int, seed: int, scale: float = 1.0, load: Sequence[Activity] = HOME) -> Trace:
    """So many days from a Monday on; ``scale`` 2 is a home that does twice as much. The same arguments give the same trace."""
    return generated(f"home-{days}d-{seed}", load, days, Random(seed), scale)
