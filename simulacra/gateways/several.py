"""Many small requests at once, by a few threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

FEW, THREADS = 4, 8

T = TypeVar("T")
U = TypeVar("U")


def at_once(ask: Callable[[T], U], questions: Sequence[T]) -> list[U]:
    """The answers in the questions' order; the first failure is raised."""
    if len(questions) <= FEW:
        return [ask(question) for question in questions]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, questions))
