"""Which servers are rented beside which of one's own machines, against all that might have been: no bound is ever broken, and as much is
placed as any allowed set places, for the least rent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import job

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Job
from simulacra.plan.board import Board
from simulacra.plan.budget import NOTHING_DUE, Bill
from simulacra.plan.choice import Choice, Option, Search
from simulacra.plan.demand import Ask
from simulacra.plan.renting import Limit, within
from simulacra.plan.search import choose

MEMORY = (1000, 2000, 4000, 8000)


@dataclass(frozen=True)
class Case:
    """Sleepers and what waits, on a board of them all."""

    options: tuple[Option, ...]
    asks: tuple[Ask, ...]
    nodes: tuple[Node, ...]

    @property
    def board(self) -> Board:
        return Board.of(self.nodes, (), tuple(ask.job for ask in self.asks), Scheduler())

    def rented(self, names: tuple[str, ...]) -> list[Limit]:
        return [it.limit for it in self.options if it.name in names and it.limit is not None]


def node(name: str, memory_mb: int, drivers: tuple[str, ...] = ("exec",)) -> Node:
    attributes = {"kernel.name": "linux"} | {f"driver.{driver}": "1" for driver in drivers}
    return Node(
        f"id-{name}", name, cpu_mhz=4 * memory_mb, memory_mb=memory_mb, disk_mb=100_000, cores=(0, 1), drivers=drivers,
        attributes=tuple(sorted(attributes.items())), networks=(HostNetwork("default", name),),
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn, slots_at_most: int = 3, clouds_at_most: int = 2) -> Case:
    options: list[Option] = []
    nodes: list[Node] = []
    for number in range(draw(st.integers(0, 3))):
        name, memory = f"own{number}", draw(st.sampled_from(MEMORY[1:]))
        after = bool(options) and draw(st.booleans())
        needs = frozenset({options[-1].name}) | options[-1].needs if after else frozenset[str]()
        nodes.append(node(name, memory, draw(st.sampled_from([("exec",), ("exec", "gpu")]))))
        options.append(Option(name, draw(st.sampled_from([10, 35, 60])), 30, draw(st.booleans()), needs, 4 * memory, memory))
    for cloud in range(draw(st.integers(1, clouds_at_most))):
        room, left = draw(st.integers(1, slots_at_most)), draw(st.none() | st.integers(0, 20))
        for size in range(draw(st.integers(1, 2))):
            memory, cents = draw(st.sampled_from(MEMORY)), draw(st.integers(1, 9))
            for slot in range(room if left is None or cents <= left else 0):
                name = f"c{cloud}-{size}-{slot}"
                limit = Limit(f"c{cloud}", room, _bill(cents), _bill(left) if left is not None else None)
                nodes.append(node(name, memory))
                options.append(Option(name, 0, 180, False, frozenset(), 4 * memory, memory, cents / 100, limit))
    asks = [draw(ask(number)) for number in range(draw(st.integers(1, 5)))]
    return Case(tuple(options), tuple(sorted(asks, key=lambda it: (-it.job.priority, it.job.id))), tuple(nodes))


def _bill(cents: int) -> Bill:
    return Bill(Decimal(cents) / 100, Decimal(cents) / 200)


@st.composite
def ask(draw: st.DrawFn, number: int) -> Ask:
    count, memory = draw(st.integers(1, 3)), draw(st.sampled_from([500, 900, 1500, 1900, 3500, 7000]))
    drivers = draw(st.sampled_from([("exec",), ("exec",), ("exec",), ("gpu",)]))
    it: Job = job(f"j{number}", memory, 100, count, priority=draw(st.sampled_from([20, 50, 80])), drivers=drivers)
    return Ask(it, it.groups[0], count, urgent=draw(st.booleans()))


def placed(case: Case, choice: Choice) -> tuple[int, ...]:
    """How many instances, the highest priority first."""
    counts = dict.fromkeys(sorted({-it.job.priority for it in case.asks}), 0)
    for it, went in choice.placed:
        counts[-it.job.priority] += len(went)
    return tuple(counts.values())


def price(case: Case, choice: Choice) -> float:
    return round(sum(it.price for it in case.options if it.name in choice.names), 6)


def search_of(case: Case) -> Search:
    """What waits in the order in which it is placed."""
    able = {it.key: frozenset(case.board.able(it.job, it.group)) for it in case.asks}
    names = frozenset(it.name for it in case.options)
    asks = [it for it in case.asks if able[it.key] & names]
    asks.sort(key=lambda it: (-it.job.priority, len(able[it.key] & names), -it.group.memory_mb, -it.group.cpu_mhz, it.key))
    return Search(case.board, tuple(asks), {it.name: it for it in case.options}, able, limited=True)


def all_that_might_be(case: Case) -> list[Choice]:
    """What is placed by each set of those that hold anything that is allowed, and to which nothing more can be added."""
    search = search_of(case)
    names = frozenset(search.options) & frozenset[str]().union(*search.able.values())
    whole = [frozenset(some) for count in range(len(names) + 1) for some in combinations(sorted(names), count)]
    allowed = {some for some in whole if search.closure(some) == some and search.allowed(some)}
    return [search.evaluate(some) for some in allowed if not any(some < search.closure((*some, more)) in allowed for more in names)]


@settings(max_examples=150)
@given(cases())
def test_as_much_is_placed_as_any_allowed_set_places(case: Case) -> None:
    chosen = choose(case.board, case.asks, case.options)
    assert within(case.rented(chosen.names))
    assert placed(case, chosen) >= max(placed(case, it) for it in all_that_might_be(case))
    assert {name for _, went in chosen.placed for name in went} <= set(chosen.names)
    assert sum(len(went) for _, went in chosen.placed) + sum(it.count for it in chosen.left) == sum(it.count for it in case.asks)


@settings(max_examples=150)
@given(cases())
def test_nothing_is_rented_for_what_less_rent_places_too(case: Case) -> None:
    """Without any one of the servers, less would be placed: else it was for nothing."""
    chosen, search = choose(case.board, case.asks, case.options), search_of(case)
    for name in chosen.names:
        if search.options[name].limit is not None:
            assert placed(case, search.evaluate(frozenset(chosen.names) - {name})) < placed(case, chosen), (name, chosen.names)


@settings(max_examples=100)
@given(cases())
def test_ones_own_machines_come_before_any_rent(case: Case) -> None:
    """What they place alone costs no rent."""
    own = tuple(it for it in case.options if it.limit is None)
    alone = choose(case.board, case.asks, own)
    if not alone.left:
        assert price(case, choose(case.board, case.asks, case.options)) == 0


def test_what_ones_own_hold_alone_is_placed_also_beside_more_servers_than_can_be_tried_out() -> None:
    """A machine with quiet hours is woken for urgent work alone, and what isn't urgent may then go there too."""
    asks = [
        Ask(it, it.groups[0], 1, urgent=it.id == "urgent")
        for it in (job("urgent", 500, 100, 1, priority=20, drivers=("exec",)), job("other", 500, 100, 1, priority=20, drivers=("gpu",)))
    ]
    own = [Option("own0", 10, 30, True, frozenset(), 16000, 4000), Option("own1", 10, 30, False, frozenset(), 8000, 2000)]
    nodes = [node("own0", 4000, ("exec", "gpu")), node("own1", 2000)]
    for cloud, room, sizes in ((0, 3, 2), (1, 2, 1), (2, 4, 2)):
        for size in range(sizes):
            limit = Limit(f"c{cloud}", room, _bill(size + 1), None)
            names = [f"c{cloud}-{size}-{slot}" for slot in range(room)]
            nodes += [node(name, 1000) for name in names]
            own += [Option(name, 0, 180, False, frozenset(), 4000, 1000, (size + 1) / 100, limit) for name in names]
    case = Case(tuple(own), tuple(asks), tuple(nodes))
    chosen = choose(case.board, case.asks, case.options)
    assert (chosen.names, placed(case, chosen), chosen.left) == (("own0",), (2,), ())


@settings(max_examples=40)
@given(cases(slots_at_most=9, clouds_at_most=3))
def test_no_bound_is_broken_where_there_are_many_either(case: Case) -> None:
    chosen = choose(case.board, case.asks, case.options)
    limits = case.rented(chosen.names)
    for cloud in {it.cloud for it in limits}:
        of_it = [it for it in limits if it.cloud == cloud]
        assert len(of_it) <= of_it[0].room
        assert sum((it.cost for it in of_it), NOTHING_DUE).fits(of_it[0].left)
    assert placed(case, chosen) >= placed(case, choose(case.board, case.asks, [it for it in case.options if it.limit is None]))
