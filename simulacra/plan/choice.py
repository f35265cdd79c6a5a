"""A choice over a set of sleepers in the making: what they cost together, and what they would carry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, field
from itertools import groupby

from simulacra.plan.board import Board
from simulacra.plan.demand import Ask, Put, put
from simulacra.plan.known import Cost
from simulacra.plan.renting import Limit, within

PLACEMENTS_AT_MOST = 3000
PASSES_AT_LEAST = 3
"""So many placements are tried out for one choice, or so many for each ask; what was found until then counts."""

Key = tuple[float, float, int, float, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Option:
    """A sleeper. ``needs`` are the others that must be on before it; ``quiet``: only for what is urgent. ``price`` is an hour's rent,
    ``limit`` what the whole of its cloud's servers must keep; a machine of one's own has neither.
    """

    name: str
    watts: float
    boot_s: float = 0.0
    quiet: bool = False
    needs: frozenset[str] = frozenset()
    cpu_mhz: int = 0
    memory_mb: int = 0
    price: float = 0.0
    limit: Limit | None = None

    @property
    def cost(self) -> Cost:
        return self.price, self.watts


@dataclass(frozen=True, slots=True)
class Choice:
    """``names`` are to be woken; ``placed`` is what goes where, ``left`` what none of them takes; ``board`` has it placed."""

    board: Board
    names: tuple[str, ...] = ()
    placed: tuple[Put, ...] = ()
    left: tuple[Ask, ...] = ()

    @property
    def carrying(self) -> frozenset[str]:
        return frozenset(name for _, went in self.placed for name in went)


@dataclass(frozen=True, slots=True)
class Least:
    """What a set of sleepers must have together, cores that are reserved aside; and of each of ``able`` one must be in it."""

    cpu_mhz: int
    memory_mb: int
    able: tuple[frozenset[str], ...] = ()

    def held_by(self, options: Collection[Option]) -> bool:
        """As far as sums tell: saves trying out what can't be."""
        names = {it.name for it in options}
        return (
            sum(it.memory_mb for it in options) >= self.memory_mb
            and sum(it.cpu_mhz for it in options) >= self.cpu_mhz
            and not any(able.isdisjoint(names) for able in self.able)
        )


@dataclass(slots=True)
class Search:
    """One choice in the making; ``tried`` counts the placements that were tried out."""

    board: Board
    asks: tuple[Ask, ...]
    options: dict[str, Option]
    able: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    tried: int = 0
    limited: bool = False

    def spent(self, more: int) -> bool:
        return self.tried + more > max(PLACEMENTS_AT_MOST, PASSES_AT_LEAST * len(self.asks))

    def score(self, choice: Choice) -> tuple[int, ...]:
        """How many instances are placed, the highest priority first."""
        counts = dict.fromkeys(sorted({-ask.job.priority for ask in self.asks}), 0)
        for ask, went in choice.placed:
            counts[-ask.job.priority] += len(went)
        return tuple(counts.values())

    def least(self, target: tuple[int, ...]) -> Least:
        """What must be there at least so that as much can be placed as that score says: the smallest of each priority, and no further
        down than where some are left.
        """
        sizes: dict[int, list[tuple[int, int]]] = {}
        for ask in self.asks:
            sizes.setdefault(-ask.job.priority, []).extend([(ask.group.cpu_mhz, ask.group.memory_mb)] * ask.count)
        cpu_mhz = memory_mb = 0
        for (_, those), many in zip(sorted(sizes.items()), target, strict=True):
            cpu_mhz += sum(sorted(mhz for mhz, _ in those)[:many])
            memory_mb += sum(sorted(mb for _, mb in those)[:many])
            if many < len(those):
                return Least(cpu_mhz, memory_mb)
        return Least(cpu_mhz, memory_mb, tuple(self.able.values()))

    def _spare(self, target: tuple[int, ...]) -> int | None:
        """How many instances may be left where that score is to be reached; None where it depends on which."""
        missing = sum(ask.count for ask in self.asks) - sum(target)
        return missing if len(target) == 1 or not missing else None

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """With what must be on before them."""
        return frozenset(names).union(*(self.options[name].needs for name in names))

    def key(self, names: Iterable[str]) -> Key:
        """Less rent, then fewer watts, then fewer machines, then the quicker, then by name."""
        chosen = sorted(names)
        options = [self.options[name] for name in chosen]
        price, watts = round(sum(it.price for it in options), 6), round(sum(it.watts for it in options), 6)
        return price, watts, len(chosen), max((it.boot_s for it in options), default=0.0), tuple(chosen)

    def allowed(self, names: Iterable[str]) -> bool:
        """Whether no cloud would have more servers, or cost more, than it may."""
        return not self.limited or within(self.options[name].limit for name in names)

    def evaluate(self, names: Set[str], target: tuple[int, ...] = ()) -> Choice:
        """Place all asks onto these sleepers; one that is quiet takes what is urgent, and others where it is woken for that anyway.

        ``target`` is a score: where it can't be reached any more the answer needn't be complete.
        """
        self.tried += len(self.asks)
        spare = self._spare(target)
        trial = self.board.fork()
        loud = {name for name in names if not self.options[name].quiet}
        placed: list[Put] = []
        left: list[Ask] = []
        for urgent, some in groupby(self.asks, key=lambda ask: ask.urgent and len(loud) < len(names)):
            went, rest = put(trial, tuple(some), sorted(names if urgent else loud), spare if len(loud) == len(names) else None)
            placed, left = [*placed, *went], [*left, *rest]
        woken = loud | self.closure({name for _, went in placed for name in went})
        if left and len(woken) > len(loud):
            went, rest = put(trial, left, sorted(woken))
            placed, left = [*placed, *went], [*rest]
        return Choice(trial, tuple(sorted(woken)), tuple(placed), tuple(left))


def used(search: Search, choice: Choice) -> Choice:
    """Only those that carry something, with what they need."""
    return Choice(choice.board, tuple(sorted(search.closure(choice.carrying))), choice.placed, choice.left)
