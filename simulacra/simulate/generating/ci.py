"""The weeks of a grid that builds and tests what a team pushes, of 10 to 20 machines with 4 to 8 cores and 16 GiB each.

Pushes come in office hours mostly, with a dip at noon, some in the evening and few at weekends. Each brings a burst of 3 to 40 jobs within
seconds: a matrix of builds and tests. At night the whole is built, every night. Stages that wait for each other aren't modelled: all jobs
of a push are there at once.

Pushes are a Poisson process whose rate changes with the hour, as sessions of people on a network are (Paxson and Floyd, "Wide-Area
Traffic: The Failure of Poisson Modeling", IEEE/ACM Transactions on Networking 3(3), 1995); the jobs then come in bursts, which is what
makes planning hard. Most run times are lognormal (Feitelson, "Workload Modeling for Computer Systems Performance Evaluation", Cambridge
University Press, 2015); a small share is drawn from a Pareto law with an exponent near 1, as the life times of processes have it
(Harchol-Balter and Downey, "Exploiting Process Lifetime Distributions for Dynamic Load Balancing", ACM Transactions on Computer Systems
15(3), 1997): what has run for long will go on for long. The figures themselves are assumed, not measured: they are all here.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from simulacra.simulate.generating.draws import Activity, Lognormal, Shape, Tail, Timer, Window, generated
from simulacra.simulate.trace import Trace

_MINUTE_S, _HOUR_S = 60.0, 3600.0

_PUSHES = Activity(
    name="push",
    weekday=(
        Window(8.0, 9.0, mean=2.0),
        Window(9.0, 12.0, mean=16.0),
        Window(12.0, 13.0, mean=2.0),
        Window(13.0, 17.0, mean=19.0),
        Window(17.0, 19.0, mean=4.0),
        Window(19.0, 23.0, mean=2.0),
    ),
    weekend=(Window(10.0, 20.0, mean=3.0),),
    jobs=Lognormal(7.0, 0.7, least=3, most=40),
    gap_s=2.0,
    run_s=Lognormal(5 * _MINUTE_S, 1.0, least=10.0, most=2 * _HOUR_S),
    shapes=(
        Shape(5, cpu_cores=1.0, memory_mb=1536.0),
        Shape(4, cpu_cores=2.0, memory_mb=3072.0),
        Shape(1, cpu_cores=4.0, memory_mb=8192.0),
    ),
    tail=Tail(0.02, from_s=20 * _MINUTE_S, alpha=1.1, most_s=6 * _HOUR_S),
)
_NIGHTLY = Activity(
    name="nightly",
    weekday=(Timer(2.0),),
    weekend=(Timer(2.0),),
    jobs=Lognormal(16.0, 0.0, least=1, most=200),
    gap_s=5.0,
    run_s=Lognormal(25 * _MINUTE_S, 0.5, least=5 * _MINUTE_S, most=3 * _HOUR_S),
    shapes=(Shape(1, cpu_cores=2.0, memory_mb=4096.0), Shape(1, cpu_cores=4.0, memory_mb=8192.0)),
)
CI = (_PUSHES, _NIGHTLY)
"""What a team of about a dozen does: some 330 jobs a day, weekends among them."""


def ci_weeks(days: int, seed: int, scale: float = 1.0, load: Sequence[Activity] = CI) -> Trace:
    """So many days from a Monday on. ``scale`` 2 has twice the pushes: about 20,000 jobs in 30 days, for 50 machines.

    The same arguments give the same trace.
    """
    return generated(f"ci-{days}d-{seed}", load, days, Random(seed), scale)
