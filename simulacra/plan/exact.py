"""Every set of sleepers, the cheapest first, where there are few: of those that are alike it doesn't matter which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import groupby, product

import numpy as np

from simulacra.plan.choice import Choice, Least, Option, Search, used
from simulacra.plan.columns import Numbers, Scores

EXACT_AT_MOST = 2**12
"""With so many sets of candidates or fewer every one is considered, the cheapest first: with 12 machines, more where some are alike."""
COMPARED_AT_MOST = 100_000
"""So many times a sleeper is looked at for something that waits, to tell which sleepers are alike."""

Alike = tuple[tuple[str, ...], ...]
"""Sleepers, those together of which one is as good as another, by name."""


def alike_of(search: Search, names: Set[str]) -> Alike:
    """Servers of one size are alike, and so are machines of one's own that nothing tells apart but their names."""
    own = [name for name in sorted(names) if search.options[name].limit is None]
    few = len(own) * len(search.asks) <= COMPARED_AT_MOST
    kinds = dict(zip(own, search.board.kinds(own, [(ask.job, ask.group) for ask in search.asks]), strict=True)) if few else {}
    needed = frozenset[str]().union(*(search.options[name].needs for name in names))
    found: dict[object, list[str]] = {}
    for name in sorted(names):
        option, kind = search.options[name], kinds.get(name)
        if option.limit is not None:
            able = frozenset(key for key, able in search.able.items() if name in able)
            found.setdefault((replace(option, name="", boot_s=0.0), able), []).append(name)
        else:
            alone = kind is None or name in needed
            found.setdefault(name if alone else (replace(option, name=""), kind), []).append(name)
    return tuple(map(tuple, found.values()))


def most(search: Search, alike: Alike, found: Choice) -> Choice:
    """The best that any set reaches to which no more servers may be added, as far as what may be tried out allows."""
    names = frozenset(name for some in alike for name in some)
    for counts in product(*(range(len(some) + 1) for some in alike)):
        if search.spent(len(search.asks)):
            break
        chosen = _chosen(alike, counts)
        if not chosen or search.closure(chosen) != chosen or not search.allowed(chosen):
            continue
        if not any(search.allowed((*chosen, more)) for more in names - chosen):
            found = max((found, used(search, search.evaluate(chosen))), key=search.score)
    return found


def exact(search: Search, alike: Alike, target: tuple[int, ...], found: Choice) -> Choice:
    """The cheapest of all sets that reach the target, as far as what may be tried out allows."""
    limit, least = search.key(found.names), search.least(target)
    for candidate in _cheapest_first(search, alike, least, limit[:4]):
        if search.spent(len(search.asks)) or search.key(candidate) >= limit:
            return found
        if search.closure(candidate) != candidate or not search.allowed(candidate):
            continue
        if not least.held_by([search.options[name] for name in candidate]):
            continue
        tried = search.evaluate(candidate, target)
        if search.score(tried) >= target:
            return used(search, tried)
    return found


def _cheapest_first(search: Search, alike: Alike, least: Least, limit: tuple[float, float, int, float]) -> Iterator[frozenset[str]]:
    """The sets that don't cost more than ``limit`` (as `Search.key` counts it) and have enough together: of those that are alike always
    the first ones. What a set costs is added up over all sets at once.
    """
    counts: Numbers = np.indices([len(some) + 1 for some in alike]).reshape(len(alike), -1)
    options = [[search.options[name] for name in some] for some in alike]
    price, watts = _added(options, counts, "price").round(6), _added(options, counts, "watts").round(6)
    keys = (price, watts, counts.sum(axis=0), _slowest(options, counts))
    enough = (_added(options, counts, "memory_mb") >= least.memory_mb) & (_added(options, counts, "cpu_mhz") >= least.cpu_mhz)
    places = np.flatnonzero(enough & (keys[2] > 0) & (price <= limit[0]))
    ordered = places[np.lexsort([key[places] for key in reversed(keys)])].tolist()
    for key, those in groupby(ordered, key=lambda at: tuple(key[at].item() for key in keys)):
        if key > limit:
            return
        yield from sorted((_chosen(alike, counts[:, at].tolist()) for at in those), key=sorted)


def _added(options: Sequence[Sequence[Option]], counts: Numbers, what: str) -> Scores:
    """A size of each set: of as many of each kind as ``counts`` says, a column for each set."""
    sums = [np.cumsum([0.0, *(getattr(it, what) for it in some)]) for some in options]
    total: Scores = np.add.reduce([of_kind[at] for of_kind, at in zip(sums, counts, strict=True)])
    return total


def _slowest(options: Sequence[Sequence[Option]], counts: Numbers) -> Scores:
    """The longest boot of each set."""
    longest = [np.maximum.accumulate([0.0, *(it.boot_s for it in some)]) for some in options]
    found: Scores = np.maximum.reduce([of_kind[at] for of_kind, at in zip(longest, counts, strict=True)])
    return found


def _chosen(alike: Alike, counts: Sequence[int]) -> frozenset[str]:
    return frozenset(name for some, count in zip(alike, counts, strict=True) for name in some[:count])
