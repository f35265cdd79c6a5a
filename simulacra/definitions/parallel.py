"""Reading many files on every processor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

_PARALLEL_FROM = 40
"""From so many files on a second process pays."""

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(work: Callable[[T], R], items: Sequence[T]) -> Iterable[R]:
    """The work's results, in the order of the items; ``work`` must be a module's own function."""
    workers = min(len(os.sched_getaffinity(0)), len(items) // _PARALLEL_FROM)
    if workers < 2:
        return map(work, items)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    chunk = -(-len(items) // (workers * 4))
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return list(pool.map(work, items, chunksize=chunk))
