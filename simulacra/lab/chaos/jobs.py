"""The work of a schedule as jobs, and bringing them to Nomad, which may not answer just now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from simulacra.faults import Fault
from simulacra.gateways.nomad_faults import Conflict
from simulacra.hcl.quote import quote
from simulacra.lab.chaos.schedule import Schedule, Work
from simulacra.lab.chaos.seen import Asked, Heard
from simulacra.lab.chaos.site import Site
from simulacra.lab.chaos.watching import hear
from simulacra.model.grid import Grid
from simulacra.model.service import Driver, Resources, Service
from simulacra.model.verbatim import Verbatim
from simulacra.render import render_job

NAMESPACE = "default"
_CPU_MHZ = 100
_LINGERS_S = 20.0
"""So long after the last fault services stay at most: in the end the grid is to come to rest."""


def service_of(work: Work) -> Service:
    """What its definition would say, if it had one."""
    words = ["-m", "simulacra.lab.chaos.unit", *([f"{work.takes_s:g}"] if work.shape == "batch" else [])]
    config = f'command = "python3"\nargs    = [{", ".join(map(quote, words))}]\n'
    return Service(
        work.name,
        type=work.shape,
        count=work.count,
        zones=(work.zone,) if work.zone is not None else None,
        driver=Driver("raw_exec", Verbatim(config)),
        resources=Resources(cpu=_CPU_MHZ, memory=work.memory_mb),
    )


def stops_s(schedule: Schedule, work: Work) -> float | None:
    """When it isn't wanted any more; None for batch work, which ends by itself."""
    return min(work.at_s + work.takes_s, schedule.lasts_s + _LINGERS_S) if work.shape == "service" else None


@dataclass(frozen=True, slots=True)
class Round:
    """What came of it: the jobs that Nomad has taken so far, what it said (None: nothing), and what it refused."""

    asked: tuple[Asked, ...]
    heard: Heard | None
    trouble: str = ""


@dataclass
class Desk:
    """Brings jobs when they are due, again until Nomad has taken them, and stops them. For one thread."""

    site: Site
    grid: Grid
    schedule: Schedule
    began_s: float
    asked: dict[str, Asked] = field(default_factory=dict)

    def round(self, now_s: float) -> Round:
        """One go at all that is due, and a look at Nomad."""
        try:
            for work in self._due(now_s):
                self._bring(work, now_s)
            for work in self._unwanted(now_s):
                self.site.nomad.stop(work.name, NAMESPACE)
                self.asked[work.name] = replace(self.asked[work.name], stopped_s=now_s)
            return Round(tuple(self.asked.values()), hear(self.site, now_s))
        except Fault as fault:
            return Round(tuple(self.asked.values()), None, str(fault))

    def _due(self, now_s: float) -> Iterable[Work]:
        return (it for it in self.schedule.works if it.name not in self.asked and self.began_s + it.at_s <= now_s)

    def _unwanted(self, now_s: float) -> Iterable[Work]:
        for work in self.schedule.works:
            stop_s, asked = stops_s(self.schedule, work), self.asked.get(work.name)
            if stop_s is not None and asked is not None and asked.stopped_s is None and self.began_s + stop_s <= now_s:
                yield work

    def _bring(self, work: Work, now_s: float) -> None:
        text = render_job(self.grid, service_of(work))
        job = self.site.nomad.parse(text, f"the job {work.name}")
        with contextlib.suppress(Conflict):  # it was taken, and the answer lost: nobody else brings jobs of that name
            self.site.nomad.register(job, text, 0, preserve_counts=False)
        self.asked[work.name] = Asked(work.name, work.shape, work.count, now_s, memory_mb=work.memory_mb)
