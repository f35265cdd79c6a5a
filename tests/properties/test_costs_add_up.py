"""What is counted adds up: services and nobody's to machines, short times to long ones, days to the month; and nothing counts twice,
whoever is killed between any two writes, whoever else believes he leads, whatever clocks do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from fake_steering import FakeVariables
from hypothesis import given, settings
from hypothesis import strategies as st

from simulacra.act.meter import Meter
from simulacra.act.tally import Stretch, Use, used
from simulacra.faults import Unreachable
from simulacra.gateways.accounts import Accounts
from simulacra.gateways.nomad_faults import Conflict
from simulacra.model.costs import Draw, Fee, Page, Sample
from simulacra.model.settings import Electricity
from simulacra.observe.costs import month_costs

EVENING = datetime(2026, 11, 29, 23, 30, tzinfo=UTC).timestamp()
LOOKS_EVERY_S, TAKES_OVER_S = 10.0, 60.0
SERVICES = ("", "blog", "web")

shares = st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).map(lambda them: [it / max(1.0, sum(them)) for it in them])


@st.composite
def draws(draw: st.DrawFn, name: str = "tower") -> Draw:
    parts = tuple((service, share) for service, share in zip(SERVICES, draw(shares), strict=True) if share > 0)
    watts = draw(st.none() | st.floats(0.0, 1000.0))
    fee = draw(st.none() | st.builds(Fee, st.floats(0.001, 10.0), st.sampled_from(("EUR", "USD"))))
    return Draw(name, draw(st.integers(0, 1)), watts, draw(st.floats(0.0, 100.0)), parts, fee)


several = st.tuples(draws("nas"), draws("tower"))


def flat(use: Use) -> dict[str, float]:
    """Every amount by a name of its own."""
    found = {"counted": use.counted_s}
    for it in use.machines.values():
        amounts = {"wh": it.wh, "own": it.own_wh, "on": it.on_s, "unknown": it.unknown_s, "spared": it.spared_wh}
        found |= {f"{it.machine} {what}": amount for what, amount in amounts.items()}
    for part in use.services.values():
        found |= {f"service {part.service} wh": part.wh}
        found |= {f"service {part.service} {currency}": amount for currency, amount in part.rent}
    return {key: amount for key, amount in found.items() if amount}


@given(several, st.floats(1.0, 1e5))
def test_services_and_what_is_nobodys_are_what_the_machines_draw(them: tuple[Draw, ...], lasts_s: float) -> None:
    use = used([Stretch(0.0, lasts_s, them)], 0.0, lasts_s)
    given_away = sum(it.wh for it in use.services.values())
    assert given_away + sum(it.own_wh for it in use.machines.values()) == pytest.approx(sum(it.wh for it in use.machines.values()))
    rent = sum(amount for it in use.services.values() for _, amount in it.rent)
    assert rent <= sum(it.fee.per_hour * lasts_s / 3600 for it in them if it.fee is not None) + 1e-9


@given(st.lists(st.tuples(several, st.floats(0.1, 1000.0)), min_size=1, max_size=6), st.floats(0.0, 1.0))
def test_a_time_in_two_parts_is_the_whole(states: list[tuple[tuple[Draw, ...], float]], where: float) -> None:
    stretches, at_s = [], 0.0
    for them, lasts_s in states:
        stretches.append(Stretch(at_s, at_s + lasts_s, them))
        at_s += lasts_s
    whole, first, second = used(stretches, 0.0, at_s), used(stretches, 0.0, at_s * where), used(stretches, at_s * where, at_s)
    parts = {key: flat(first).get(key, 0.0) + flat(second).get(key, 0.0) for key in flat(whole)}
    assert parts == pytest.approx(flat(whole), abs=1e-6)


@given(st.lists(st.tuples(several, st.integers(1, 90)), min_size=1, max_size=5))
@settings(max_examples=40)
def test_the_days_are_the_month_and_writing_often_changes_nothing(states: list[tuple[tuple[Draw, ...], int]]) -> None:
    often, seldom = (Grid(), Grid())
    for grid, each in ((often, True), (seldom, False)):
        agent = grid.comes()
        for them, looks in states:
            for _ in range(looks):
                agent.looks(Sample(them, tariff=Electricity(0.25, "EUR")), writes=each)
                grid.passes(60.0)
        agent.meter.write()
    for of_often, of_seldom in zip(often.pages(), seldom.pages(), strict=True):
        assert of_often.counted_s == pytest.approx(of_seldom.counted_s)
        for one, other in zip(of_often.machines, of_seldom.machines, strict=True):
            assert (one.wh, one.on_s) == pytest.approx((other.wh, other.on_s), abs=0.05)
    seen = month_costs("UTC", "2026-11", often.pages(), EVENING, often.now_s)
    assert seen.whole.total.hours == pytest.approx(sum(costs.total.hours for _, costs in seen.days))
    assert (seen.whole.total.kwh or 0) == pytest.approx(sum(costs.total.kwh or 0 for _, costs in seen.days))
    assert dict(seen.whole.total.electricity).get("EUR", 0.0) == pytest.approx((seen.whole.total.kwh or 0) * 0.25)


# whoever counts


class Killed(BaseException):
    """The process ends here."""


class Struck(FakeVariables):
    """``strikes`` says of a write by its number how it comes out."""

    def __init__(self, strikes: Mapping[int, str]) -> None:
        super().__init__()
        self.strikes, self.writes = strikes, 0

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        self.writes += 1
        match self.strikes.get(self.writes):
            case "killed before":
                raise Killed
            case "refused":
                raise Unreachable("Nomad can't be reached: connection refused")
            case "killed after":
                super().write_variable(path, items, expected_index)
                raise Killed
            case "lost":
                super().write_variable(path, items, expected_index)
                raise Unreachable("Nomad can't be reached: timed out")
            case "repeated":
                super().write_variable(path, items, expected_index)
                raise Conflict(f"{path}: somebody changed it meanwhile")
        return super().write_variable(path, items, expected_index)


@dataclass
class Grid:
    """The pages of a grid, and true time."""

    strikes: Mapping[int, str] = field(default_factory=dict)
    now_s: float = EVENING

    def __post_init__(self) -> None:
        self.variables = Struck(self.strikes)

    def comes(self) -> Agent:
        return Agent(self)

    def passes(self, seconds: float) -> None:
        self.now_s += seconds

    def pages(self) -> tuple[Page, ...]:
        accounts = Accounts(self.variables, lambda _: None)
        return (*accounts.month(2026, 11), *accounts.month(2026, 12))

    def counted_s(self) -> float:
        return sum(it.counted_s for it in self.pages())

    def on_s(self) -> float:
        return sum(row.on_s for it in self.pages() for row in it.machines)


class Agent:
    """A process that steers, by a clock of its own."""

    def __init__(self, grid: Grid) -> None:
        self.grid, self.off_s, self.born_s = grid, 0.0, grid.now_s
        self.meter = Meter(Accounts(grid.variables, lambda _: None), lambda _: None)

    def looks(self, sample: Sample, writes: bool = False) -> None:
        self.meter.note(sample, self.grid.now_s + self.off_s, self.grid.now_s - self.born_s)
        if writes or self.meter.is_due:
            self.meter.write()


ON = Sample((Draw("tower", 1, 100.0),))
kinds = st.sampled_from(("killed before", "killed after", "lost", "repeated", "refused"))


@given(st.dictionaries(st.integers(1, 20), kinds, max_size=4))
@settings(max_examples=300)
def test_every_second_counts_once_wherever_one_is_killed(strikes: dict[int, str]) -> None:
    grid = Grid(strikes)
    agent, began_s = grid.comes(), grid.now_s
    for _ in range(300):
        try:
            agent.looks(ON)
        except Killed:
            grid.passes(TAKES_OVER_S)
            agent = grid.comes()
            continue
        grid.passes(LOOKS_EVERY_S)
    grid.variables.strikes = {}
    agent.looks(ON)
    grid.passes(LOOKS_EVERY_S)
    agent.looks(ON)
    agent.meter.write()
    since_s = Accounts(grid.variables, lambda _: None).began_s()
    assert since_s is not None
    assert since_s - began_s <= len(strikes) * (TAKES_OVER_S + LOOKS_EVERY_S)
    assert grid.counted_s() == pytest.approx(grid.now_s - since_s, abs=0.1)
    assert grid.on_s() == pytest.approx(grid.now_s - since_s, abs=0.1)


MANY = Sample(tuple(Draw(f"{'a-long-name-' * 5}{number:04d}", 1, 100.0) for number in range(400)))


@given(st.dictionaries(st.integers(1, 15), kinds, max_size=3))
@settings(max_examples=25)
def test_every_second_counts_once_on_each_of_many_pages(strikes: dict[int, str]) -> None:
    grid = Grid(strikes)
    agent = grid.comes()
    for _ in range(60):
        try:
            agent.looks(MANY)
        except Killed:
            grid.passes(TAKES_OVER_S)
            agent = grid.comes()
            continue
        grid.passes(30.0)
    grid.variables.strikes = {}
    agent.looks(MANY)
    grid.passes(LOOKS_EVERY_S)
    agent.looks(MANY)
    agent.meter.write()
    since_s = Accounts(grid.variables, lambda _: None).began_s()
    assert since_s is not None
    assert len([it for it in grid.pages() if it.day == "2026-11-29"]) == 2
    on_s: dict[str, float] = {}
    for row in (row for it in grid.pages() for row in it.machines):
        on_s[row.machine] = on_s.get(row.machine, 0.0) + row.on_s
    assert len(on_s) == 400
    assert (min(on_s.values()), max(on_s.values())) == pytest.approx((grid.now_s - since_s,) * 2, abs=0.1)


deeds = st.one_of(
    st.tuples(st.just("look"), st.integers(0, 1)),
    st.tuples(st.just("write"), st.integers(0, 1)),
    st.tuples(st.just("is killed"), st.integers(0, 1)),
    st.tuples(st.just("passes"), st.sampled_from((1, 10, 60, 299, 599, 601, 4000))),
)


@given(st.lists(deeds, max_size=60), st.dictionaries(st.integers(1, 20), kinds, max_size=6))
@settings(max_examples=500)
def test_two_who_both_believe_they_lead_count_nothing_twice(story: list[tuple[str, int]], strikes: dict[int, str]) -> None:
    grid = told(story, strikes, {})
    assert grid.counted_s() <= grid.now_s - EVENING + 0.1
    assert grid.on_s() == pytest.approx(grid.counted_s(), abs=0.1)


jumps = st.tuples(st.sampled_from(("first jumps", "second jumps")), st.sampled_from((-4000, -700, -300, -5, 0, 5, 300, 700, 4000)))


@given(st.lists(deeds | jumps, max_size=60), st.sampled_from((0, 100, 500, 5000)))
@settings(max_examples=500)
def test_clocks_that_jump_invent_no_hours(story: list[tuple[str, int]], behind_s: int) -> None:
    """All that is counted lies between the earliest and the latest that any clock has shown."""
    shown = [0.0]
    grid = told(story, {}, {1: -float(behind_s)}, shown)
    assert grid.counted_s() <= grid.now_s - EVENING + max(shown) - min(*shown, -float(behind_s)) + 0.5 * len(story) + 0.1


@given(st.lists(deeds | jumps, max_size=60))
@settings(max_examples=500)
def test_one_whose_clock_jumps_counts_no_more_than_there_was(story: list[tuple[str, int]]) -> None:
    """As long as he lives: who comes after him knows his clock only by what he has written."""
    alone = [
        (what, which if what in ("passes", "first jumps") else 0) for what, which in story if what not in ("is killed", "second jumps")
    ]
    grid = told(alone, {}, {})
    assert grid.counted_s() <= grid.now_s - EVENING + 0.5 * len(alone) + 0.1


def told(story: list[tuple[str, int]], strikes: Mapping[int, str], off: Mapping[int, float], shown: list[float] | None = None) -> Grid:
    """The grid at the end of the story; ``off`` are the agents' clocks at the beginning, ``shown`` collects how far they were off."""
    grid = Grid(strikes)
    clocks = [off.get(0, 0.0), off.get(1, 0.0)]
    agents = [grid.comes(), grid.comes()]
    for what, which in story:
        try:
            match what:
                case "passes":
                    grid.passes(which)
                case "is killed":
                    agents[which] = grid.comes()
                case "first jumps" | "second jumps":
                    clocks[what == "second jumps"] += which
                case "look":
                    agents[which].off_s = clocks[which]
                    agents[which].looks(ON)
                case "write":
                    agents[which].meter.write()
        except Killed:
            agents[which] = grid.comes()
        if shown is not None:
            shown += clocks
    return grid
