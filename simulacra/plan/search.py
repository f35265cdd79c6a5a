"""Which of the sleepers carry what waits at the least cost, rent before watts: a choice over the set, not machine by machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import groupby, product
from math import prod

from simulacra.plan.board import Board
from simulacra.plan.demand import Ask, Put, put
from simulacra.plan.renting import Limit, within
from simulacra.plan.scene import Cost, dearest

EXACT_AT_MOST = 2**12
"""With so many sets of candidates or fewer every one is considered, the cheapest first: with 12 machines, more where some are alike."""
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
    search = Search(board, tuple(holdable), {it.name: it for it in options}, able, limited=any(it.limit is not None for it in options))
    names = search.closure(names & frozenset[str]().union(*able.values()))
    alike = _alike(search, names)
    few = prod(len(it) + 1 for it in alike) <= EXACT_AT_MOST
    found = _grown(search, names)
    if found.left and search.allowed(names):
        found = max((_used(search, search.evaluate(names)), found), key=search.score)
    elif found.left:
        found = _grown_otherwise(search, names, found)
        if few:
            found = _most(search, alike, found)
    target = search.score(found)
    if any(target):
        found = _pruned(search, found, target)
        if few:
            found = _exact(search, alike, target, found)
    found = _completed(search, found)
    return Choice(found.board, found.names, found.placed, (*found.left, *nowhere))


def _completed(search: Search, found: Choice) -> Choice:
    """With more sleepers for what is left, where one of them still has room for it: the packing that was found wasn't the best."""
    chosen = frozenset(found.names)
    others = [
        replace(it, needs=it.needs - chosen)
        for it in search.options.values()
        if it.name not in chosen and (it.limit is None or search.allowed((*chosen, it.name)))
    ]
    roomy = {it.name for it in others} & {name for ask in found.left for name in found.board.roomy(ask.job, ask.group)}
    if not found.names or not roomy:
        return found
    more = choose(found.board, found.left, others)
    if not search.allowed(chosen.union(more.names)):
        return found
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
        chunk = _next(search, names - opened, opened, left, ample)
        if not chunk:
            break
        opened |= search.closure(chunk)
        search.tried += len(left)
        went, left = put(trial, left, sorted(name for name in opened if not search.options[name].quiet))
        placed += went
        ample = ample if went else 4 * ample
    return _used(search, Choice(trial, tuple(sorted(opened)), tuple(placed), tuple(left)))


def _grown_otherwise(search: Search, names: Set[str], found: Choice) -> Choice:
    """The best that can be had where no more servers may be rented: of each size in turn too, since few large ones may hold what as many
    small ones don't.
    """
    sizes: dict[tuple[str, float, int, int], set[str]] = {}
    for name in names:
        option = search.options[name]
        if option.limit is not None:
            sizes.setdefault((option.limit.cloud, option.price, option.cpu_mhz, option.memory_mb), set()).add(name)
    own = names - frozenset[str]().union(*sizes.values())
    others = [_grown(search, own | sizes[size]) for size in sorted(sizes)] if len(sizes) > 1 else []
    best = max((found, *others), key=search.score)
    return max((best, _used(search, search.evaluate(own | frozenset(best.names)))), key=search.score)


def _most(search: Search, alike: Sequence[Sequence[str]], found: Choice) -> Choice:
    """The best that any set reaches to which no more servers may be added, as far as what may be tried out allows."""
    names = frozenset(name for some in alike for name in some)
    for chosen in _sets(alike):
        if search.spent(len(search.asks)):
            break
        if search.closure(chosen) != chosen or not search.allowed(chosen):
            continue
        if not any(search.allowed((*chosen, more)) for more in names - chosen):
            found = max((found, _used(search, search.evaluate(chosen))), key=search.score)
    return found


def _alike(search: Search, names: Set[str]) -> tuple[tuple[str, ...], ...]:
    """The sleepers, those together of which one is as good as another: servers of one size."""
    found: dict[object, list[str]] = {}
    for name in sorted(names):
        option = search.options[name]
        able = frozenset(key for key, able in search.able.items() if name in able)
        found.setdefault((replace(option, name="", boot_s=0.0), able) if option.limit is not None else name, []).append(name)
    return tuple(map(tuple, found.values()))


def _next(search: Search, names: Set[str], opened: Set[str], left: Sequence[Ask], ample: float) -> list[str]:
    """As many of the sleepers as could together hold what is left ``ample`` times, the cheapest for what they hold first."""
    useful = frozenset[str]().union(*(search.able[ask.key] for ask in left))
    cpu = max(1, sum(ask.count * ask.group.cpu_mhz for ask in left))
    memory = max(1, sum(ask.count * ask.group.memory_mb for ask in left))
    shares = []
    for name in names & useful:
        option = search.options[name]
        if not option.quiet:
            share = max(1e-6, min(1.0, option.cpu_mhz / cpu, option.memory_mb / memory))
            price, watts, *_ = search.key(search.closure((name,)))
            shares.append((price / share, watts / share, name, share))
    chunk: list[str] = []
    held = 0.0
    for *_, name, share in sorted(shares):
        if held >= ample:
            break
        if search.options[name].limit is None or search.allowed((*opened, *chunk, name)):
            chunk.append(name)
            held += share
    return chunk


def _pruned(search: Search, found: Choice, target: tuple[int, ...]) -> Choice:
    """Without each machine that the others can do without, the dearest first; then with a cheaper one in its place."""
    for name in sorted(found.names, key=lambda it: (dearest(search.options[it].cost), it)):
        if name not in found.names:
            continue
        others = frozenset(found.names) - {name}
        tries = [others, *(others | search.closure((cheaper,)) for cheaper in _cheaper(search, name, others))]
        for names in tries:
            if search.spent(len(search.asks)):
                return found
            if search.closure(names) != names or search.key(names) >= search.key(found.names) or not search.allowed(names):
                continue
            tried = _used(search, search.evaluate(names))
            if search.score(tried) >= target:
                found = tried
                break
    return found


def _cheaper(search: Search, name: str, others: Set[str]) -> list[str]:
    cost = search.options[name].cost
    options = [it for it in search.options.values() if it.cost < cost and it.name not in others]
    return [it.name for it in sorted(options, key=lambda it: (it.cost, it.name))[-4:]]


def _exact(search: Search, alike: Sequence[Sequence[str]], target: tuple[int, ...], found: Choice) -> Choice:
    """The cheapest of all sets that reach the target, as far as what may be tried out allows."""
    limit = search.key(found.names)
    whole = sum(target) == sum(ask.count for ask in search.asks)
    for candidate in sorted(_sets(alike), key=search.key):
        if search.spent(len(search.asks)) or search.key(candidate) >= limit:
            return found
        if search.closure(candidate) != candidate or not search.allowed(candidate) or (whole and not _can(search, candidate)):
            continue
        tried = search.evaluate(candidate)
        if search.score(tried) >= target:
            return _used(search, tried)
    return found


def _sets(alike: Sequence[Sequence[str]]) -> Iterator[frozenset[str]]:
    """Every set but the empty one; of those that are alike always the first ones."""
    for counts in product(*(range(len(some) + 1) for some in alike)):
        if any(counts):
            yield frozenset(name for some, count in zip(alike, counts, strict=True) for name in some[:count])


def _can(search: Search, names: Set[str]) -> bool:
    """Whether they could hold everything as far as sums tell: saves trying out what can't be."""
    options = [search.options[name] for name in names]
    return (
        sum(it.memory_mb for it in options) >= sum(ask.count * ask.group.memory_mb for ask in search.asks)
        and sum(it.cpu_mhz for it in options) >= sum(ask.count * ask.group.cpu_mhz for ask in search.asks)
        and all(search.able[ask.key] & names for ask in search.asks)
    )
