"""Which of the sleepers carry what waits at the least cost, rent before watts: a choice over the set, not machine by machine."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from math import prod

from simulacra.plan.board import Board
from simulacra.plan.choice import Choice, Option, Search, used
from simulacra.plan.demand import Ask, Put, put
from simulacra.plan.exact import EXACT_AT_MOST, Alike, alike_of, exact, most
from simulacra.plan.known import dearest


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
    able = {ask.key: able[ask.key] for ask in holdable}
    search = Search(board, tuple(holdable), {it.name: it for it in options}, able, limited=any(it.limit is not None for it in options))
    names = search.closure(names & frozenset[str]().union(*able.values()))
    alike = alike_of(search, names)
    few = prod(len(it) + 1 for it in alike) <= EXACT_AT_MOST
    found = _grown(search, names)
    if found.left and search.allowed(names):
        found = max((used(search, search.evaluate(names)), found), key=search.score)
    elif found.left:
        found = _grown_otherwise(search, names, found)
        if few:
            found = most(search, alike, found)
        if found.left:  # what is urgent may have gone to a server, so that a machine with quiet hours isn't woken for the rest
            own = [it for it in options if it.limit is None]
            found = max((found, choose(board, search.asks, own)), key=search.score)
    target = search.score(found)
    if any(target):
        found = _pruned(search, alike, found, target)
        if few:
            found = exact(search, alike, target, found)
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
    return used(search, Choice(trial, tuple(sorted(opened)), tuple(placed), tuple(left)))


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
    return max((best, used(search, search.evaluate(own | frozenset(best.names)))), key=search.score)


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


def _pruned(search: Search, alike: Alike, found: Choice, target: tuple[int, ...]) -> Choice:
    """Without each machine that the others can do without, the dearest first; then with a cheaper one in its place. Of those that are alike
    one is tried: if they can't do without that one, they can't without another.
    """
    kind_of = {name: kind for kind, some in enumerate(alike) for name in some}
    least, kept = search.least(target), set[int]()
    for name in sorted(found.names, key=lambda it: (dearest(search.options[it].cost), it)):
        if name not in found.names or kind_of[name] in kept:
            continue
        others = frozenset(found.names) - {name}
        tries = [others, *(others | search.closure((cheaper,)) for cheaper in _cheaper(search, name, others))]
        for names in tries:
            if search.spent(len(search.asks)):
                return found
            if search.closure(names) != names or search.key(names) >= search.key(found.names) or not search.allowed(names):
                continue
            if not least.held_by([search.options[it] for it in names]):
                continue
            tried = used(search, search.evaluate(names, target))
            if search.score(tried) >= target:
                found, kept = tried, set()
                break
        else:
            kept.add(kind_of[name])
    return found


def _cheaper(search: Search, name: str, others: Set[str]) -> list[str]:
    cost = search.options[name].cost
    options = [it for it in search.options.values() if it.cost < cost and it.name not in others]
    return [it.name for it in sorted(options, key=lambda it: (it.cost, it.name))[-4:]]
