"""Which of the sleepers carry what waits at the fewest watts: a choice over the set, not machine by machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import combinations, groupby

from simulacra.plan.board import Board
from simulacra.plan.demand import Ask, Put, put

EXACT_AT_MOST = 12
"""With so many candidates or fewer every set is considered, the cheapest first."""
PLACEMENTS_AT_MOST = 3000
PASSES_AT_LEAST = 3
"""So many placements are tried out for one choice, or so many for each ask; what was found until then counts."""

Key = tuple[float, int, float, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Option:
    """A sleeper. ``needs`` are the others that must be on before it; ``quiet``: only for what is urgent."""

    name: str
    watts: float
    boot_s: float = 0.0
    quiet: bool = False
    needs: frozenset[str] = frozenset()
    cpu_mhz: int = 0
    memory_mb: int = 0


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


@dataclass(slots=True)
class Search:
    """One choice in the making; ``tried`` counts the placements that were tried out."""

    board: Board
    asks: tuple[Ask, ...]
    options: dict[str, Option]
    able: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    tried: int = 0

    def spent(self, more: int) -> bool:
        return self.tried + more > max(PLACEMENTS_AT_MOST, PASSES_AT_LEAST * len(self.asks))

    def score(self, choice: Choice) -> tuple[int, ...]:
        """How many instances are placed, the highest priority first."""
        counts = dict.fromkeys(sorted({-ask.job.priority for ask in self.asks}), 0)
        for ask, went in choice.placed:
            counts[-ask.job.priority] += len(went)
        return tuple(counts.values())

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """With what must be on before them."""
        return frozenset(names).union(*(self.options[name].needs for name in names))

    def key(self, names: Iterable[str]) -> Key:
        """Fewer watts, then fewer machines, then the quicker, then by name."""
        chosen = sorted(names)
        options = [self.options[name] for name in chosen]
        return round(sum(it.watts for it in options), 6), len(chosen), max((it.boot_s for it in options), default=0.0), tuple(chosen)

    def evaluate(self, names: Set[str]) -> Choice:
        """Place all asks onto these sleepers; one that is quiet takes what is urgent, and others where it is woken for that anyway."""
        self.tried += len(self.asks)
        trial = self.board.fork()
        loud = {name for name in names if not self.options[name].quiet}
        placed: list[Put] = []
        left: list[Ask] = []
        for urgent, some in groupby(self.asks, key=lambda ask: ask.urgent and len(loud) < len(names)):
            went, rest = put(trial, tuple(some), sorted(names if urgent else loud))
            placed, left = [*placed, *went], [*left, *rest]
        woken = loud | self.closure({name for _, went in placed for name in went})
        if left and len(woken) > len(loud):
            went, rest = put(trial, left, sorted(woken))
            placed, left = [*placed, *went], [*rest]
        return Choice(trial, tuple(sorted(woken)), tuple(placed), tuple(left))


def choose(board: Board, asks: Sequence[Ask], options: Sequence[Option]) -> Choice:
    """The cheapest set of sleepers that places as much as all of them would, higher priorities first. ``options``: with each also all those
    that it needs.

    Every set is considered where there are few options; else a good one is built and pruned. Bounded by what is tried out.
    """
    able = {ask.key: frozenset(board.able(ask.job, ask.group)) for ask in {it.key: it for it in asks}.values()}
    names = frozenset(option.name for option in options)
    holdable = [ask for ask in asks if able[ask.key] & names]
    nowhere = tuple(ask for ask in asks if not able[ask.key] & names)
    if not holdable:
        return Choice(board, left=nowhere)
    # what has the fewest places to go to comes first, then the biggest: else others take the only place that it has
    holdable.sort(key=lambda ask: (-ask.job.priority, len(able[ask.key] & names), -ask.group.memory_mb, -ask.group.cpu_mhz, ask.key))
    search = Search(board, tuple(holdable), {option.name: option for option in options}, able)
    names = search.closure(names & frozenset[str]().union(*able.values()))
    found = _grown(search, names)
    if found.left:
        found = max((_used(search, search.evaluate(names)), found), key=search.score)
    target = search.score(found)
    if any(target):
        found = _pruned(search, found, target)
        if len(names) <= EXACT_AT_MOST:
            found = _exact(search, names, target, found)
    found = _completed(search, found)
    return Choice(found.board, found.names, found.placed, (*found.left, *nowhere))


def _completed(search: Search, found: Choice) -> Choice:
    """With more sleepers for what is left, where one of them still has room for it: the packing that was found wasn't the best."""
    chosen = frozenset(found.names)
    others = [replace(it, needs=it.needs - chosen) for it in search.options.values() if it.name not in chosen]
    roomy = {it.name for it in others} & {name for ask in found.left for name in found.board.roomy(ask.job, ask.group)}
    if not found.names or not roomy:
        return found
    more = choose(found.board, found.left, others)
    return Choice(more.board, tuple(sorted(chosen.union(more.names))), (*found.placed, *more.placed), more.left)


def _used(search: Search, choice: Choice) -> Choice:
    return Choice(choice.board, tuple(sorted(search.closure(choice.carrying))), choice.placed, choice.left)


def _grown(search: Search, names: Set[str]) -> Choice:
    """Open sleepers until everything is placed, those first that give most room for what is left at the fewest watts."""
    trial, opened = search.board.fork(), set[str]()
    left: Sequence[Ask] = search.asks
    placed: list[Put] = []
    ample = 1.0
    while left and not search.spent(len(left)):
        chunk = _next(search, names - opened, left, ample)
        if not chunk:
            break
        opened |= search.closure(chunk)
        search.tried += len(left)
        went, left = put(trial, left, sorted(name for name in opened if not search.options[name].quiet))
        placed += went
        ample = ample if went else 4 * ample
    return _used(search, Choice(trial, tuple(sorted(opened)), tuple(placed), tuple(left)))


def _next(search: Search, names: Set[str], left: Sequence[Ask], ample: float) -> list[str]:
    """As many of the sleepers as could together hold what is left ``ample`` times, the cheapest for what they hold first."""
    useful = frozenset[str]().union(*(search.able[ask.key] for ask in left))
    cpu = max(1, sum(ask.count * ask.group.cpu_mhz for ask in left))
    memory = max(1, sum(ask.count * ask.group.memory_mb for ask in left))
    shares = []
    for name in names & useful:
        option = search.options[name]
        if not option.quiet:
            share = max(1e-6, min(1.0, option.cpu_mhz / cpu, option.memory_mb / memory))
            shares.append((search.key(search.closure((name,)))[0] / share, name, share))
    chunk, held = [], 0.0
    for _, name, share in sorted(shares):
        if held >= ample:
            break
        chunk.append(name)
        held += share
    return chunk


def _pruned(search: Search, found: Choice, target: tuple[int, ...]) -> Choice:
    """Without each machine that the others can do without, the dearest first; then with a cheaper one in its place."""
    for name in sorted(found.names, key=lambda it: (-search.options[it].watts, it)):
        if name not in found.names:
            continue
        others = frozenset(found.names) - {name}
        tries = [others, *(others | search.closure((cheaper,)) for cheaper in _cheaper(search, name, others))]
        for names in tries:
            if search.spent(len(search.asks)):
                return found
            if search.closure(names) != names or search.key(names) >= search.key(found.names):
                continue
            tried = _used(search, search.evaluate(names))
            if search.score(tried) >= target:
                found = tried
                break
    return found


def _cheaper(search: Search, name: str, others: Set[str]) -> list[str]:
    watts = search.options[name].watts
    options = [it for it in search.options.values() if it.watts < watts and it.name not in others]
    return [it.name for it in sorted(options, key=lambda it: (it.watts, it.name))[-4:]]


def _exact(search: Search, names: Set[str], target: tuple[int, ...], found: Choice) -> Choice:
    """The cheapest of all sets that reach the target, as far as what may be tried out allows."""
    limit = search.key(found.names)
    whole = sum(target) == sum(ask.count for ask in search.asks)
    for candidate in sorted(_subsets(names), key=search.key):
        if search.spent(len(search.asks)) or search.key(candidate) >= limit:
            return found
        if search.closure(candidate) != candidate or (whole and not _can(search, candidate)):
            continue
        tried = search.evaluate(candidate)
        if search.score(tried) >= target:
            return _used(search, tried)
    return found


def _subsets(names: Set[str]) -> Iterator[frozenset[str]]:
    ordered = sorted(names)
    for size in range(1, len(ordered) + 1):
        for subset in combinations(ordered, size):
            yield frozenset(subset)


def _can(search: Search, names: Set[str]) -> bool:
    """Whether they could hold everything as far as sums tell: saves trying out what can't be."""
    options = [search.options[name] for name in names]
    return (
        sum(it.memory_mb for it in options) >= sum(ask.count * ask.group.memory_mb for ask in search.asks)
        and sum(it.cpu_mhz for it in options) >= sum(ask.count * ask.group.cpu_mhz for ask in search.asks)
        and all(search.able[ask.key] & names for ask in search.asks)
    )
