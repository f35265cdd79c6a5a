"""A simulation as one HTML page: the sentence for the grid's owner, the tables, both pictures, the conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulacra.render.page import Page, Part, Picture, Table, render_page
from simulacra.simulate.svg import inline
from simulacra.simulate.telling import difference, for_the_owner, refusals, sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.simulate.outcome import Simulation

_MACHINES = (
    "How many machines each policy keeps on, as a line, before the work that was there, as an area. "
    "What lies between them is on without work, booting or shutting down."
)
_ENERGY = (
    "The energy that each policy takes against how long a job waits in the mean; the line joins idle-timeout's times. "
    "Below the dotted line no schedule goes in which no job waits longer than a machine boots."
)


@dataclass(frozen=True, slots=True)
class Pictured:
    """A simulation with its pictures, as SVG files have them; ``title`` tells it from the others of its page."""

    title: str
    simulation: Simulation
    machines: str
    energy: str


def page(shown: Sequence[Pictured]) -> str:
    """The page's HTML: one part each. Of two the second is the first one's grid after a change, and what it changes is told first."""
    first = shown[0].simulation
    lead = difference(first, shown[1].simulation) if len(shown) == 2 else ""
    return render_page(Page(f"{first.jobs:,} jobs of {first.trace} on {first.machines} machines", tuple(map(_part, shown)), lead))


def _part(shown: Pictured) -> Part:
    simulation = shown.simulation
    return Part(
        shown.title,
        for_the_owner(simulation),
        tuple(Table(it.heads, it.rows) for it in sheets(simulation)),
        refusals(simulation),
        (Picture(inline(shown.machines), _MACHINES), Picture(inline(shown.energy), _ENERGY)),
        simulation.conditions,
    )
