"""How a cost grows with the size of what it is for: its exponent, 1 where it grows as fast, 2 where it grows with the square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log

NARROW = 9


def exponents(sizes: Sequence[int], costs: Sequence[float]) -> list[float]:
    """Between each size and the next; the costs are above 0."""
    pairs = zip(sizes, costs, strict=True)
    points = [(log(size), log(cost)) for size, cost in pairs]
    return [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(points)]


def overall(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """From the smallest size to the largest."""
    return exponents((sizes[0], sizes[-1]), (costs[0], costs[-1]))[0]


def table(title: str, sizes: Sequence[int], costs: Mapping[str, Sequence[float]], unit: str) -> str:
    """A line for each cost: what it is at each size, its exponent between neighbours, and overall."""
    steps = [f"to {size:,}" for size in sizes[1:]]
    wide = max(len(title), *map(len, costs))
    lines = [f"{title:{wide}}" + "".join(f"{f'{size:,}':>{NARROW + 4}}" for size in sizes)]
    lines[0] += "".join(f"{step:>{NARROW + 1}}" for step in steps) + f"{'overall':>{NARROW + 1}}"
    for name, values in costs.items():
        cells = "".join(f"{f'{value:,.1f} {unit}':>{NARROW + 4}}" for value in values)
        grown = "".join(f"{value:>{NARROW + 1}.2f}" for value in (*exponents(sizes, values), overall(sizes, values)))
        lines.append(f"{name:{wide}}{cells}{grown}")
    return "\n".join(lines)
