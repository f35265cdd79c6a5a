"""What a group's tasks take at once, by when they run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

PRESTART, POSTSTOP = "prestart", "poststop"


class TaskSize(NamedTuple):
    """What a task takes; ``hook`` is empty for a main one. A tuple, since there are tens of thousands."""

    hook: str
    sidecar: bool
    cpu_mhz: int
    memory_mb: int


def most_at_once(tasks: Iterable[TaskSize]) -> tuple[int, int]:
    """MHz and MiB: those before and after the main ones make room for them.

    Source: ``AllocatedResources.Comparable`` in nomad's structs.
    """
    before, main, after = [0, 0], [0, 0], [0, 0]
    for hook, sidecar, cpu_mhz, memory_mb in tasks:
        if hook == PRESTART:
            before[0] += cpu_mhz
            before[1] += memory_mb
        if hook == POSTSTOP:
            after[0] += cpu_mhz
            after[1] += memory_mb
        elif hook != PRESTART or sidecar:
            main[0] += cpu_mhz
            main[1] += memory_mb
    return max(before[0], main[0], after[0]), max(before[1], main[1], after[1])
