"""The Standard Workload Format 2.2: a job a line, 18 numbers each, -1 where one isn't known; comments begin with ``;``.

Its source is https://www.cs.huji.ac.il/labs/parallel/workload/swf.html (Feitelson and others), that of many logs in it the Parallel
Workloads Archive there. Queues, partitions, users and the feedback between jobs aren't used, and there is no priority: a queue's number
says which one it was, not who went first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite

from simulacra.faults import Usage
from simulacra.simulate.entries import LARGEST, TOO_LATE_S, Entry, LeftOut, left_out, trace_of
from simulacra.simulate.trace import Trace, TraceJob

FIELDS = (
    "job number",
    "submit time",
    "wait time",
    "run time",
    "allocated processors",
    "average CPU time",
    "used memory",
    "requested processors",
    "requested time",
    "requested memory",
    "status",
    "user",
    "group",
    "executable",
    "queue",
    "partition",
    "preceding job",
    "think time",
)
CANCELLED = LeftOut("cancelled before it began")
PART = LeftOut("a part of a job that has a line of its own")
_CANCELLED, _PARTS = 5.0, (2.0, 3.0, 4.0)
_KIB_PER_MIB = 1024.0
_BEGINS = re.compile(r";\s*UnixStartTime\s*:\s*(\S*)")


def from_swf(text: str, name: str, file: str) -> Trace:
    """The jobs of a log or model. Cores are the processors a job was given, else those it asked for; memory is what it used, else what it
    asked for, else 0.

    Raises `Usage` for a line that isn't of the format, as ``file:line``.
    """
    lines = text.split("\n")
    return trace_of(name, _entries(lines, file), _begins_s(lines, file))


def _entries(lines: list[str], file: str) -> Iterator[Entry]:
    taken = 0
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith(";"):
            where = f"{file}:{number}"
            entry = _entry(taken + 1, _values(line.split(), where), where)
            taken += isinstance(entry, TraceJob)
            yield entry


def _values(words: list[str], where: str) -> list[float]:
    if len(words) != len(FIELDS):
        raise Usage(f"{where}: has {len(words)} fields, not the {len(FIELDS)} of the Standard Workload Format: mend the line or remove it")
    try:
        values = list(map(float, words))
    except ValueError:
        values = []
    if not values or not all(map(isfinite, values)):
        at, word = next((at, word) for at, word in enumerate(words) if not _is_number(word))
        raise Usage(f"{where}: field {at + 1}, the {FIELDS[at]}, is {word!r} and not a number: where it isn't known it is -1")
    return values


def _is_number(word: str) -> bool:
    try:
        return isfinite(float(word))
    except ValueError:
        return False


def _entry(number: int, values: list[float], where: str) -> Entry:
    submit_s, run_s, status = values[1], values[3], values[10]
    if status in _PARTS:  # what was swapped out has a line for each stretch and one for all of them, of status 0 or 1
        return PART
    if status == _CANCELLED and run_s <= 0:
        return CANCELLED
    processors = values[4] if values[4] > 0 else values[7]
    out = left_out(submit_s, run_s, processors)
    if out is not None:
        return out
    kib = values[6] if values[6] > 0 else max(values[9], 0.0)
    memory_mb = kib * processors / _KIB_PER_MIB
    for key, value in (("submit_s", submit_s), ("run_s", run_s), ("cpu_cores", processors), ("memory_mb", memory_mb)):
        if value > LARGEST[key]:
            raise Usage(f"{where}: {key} comes to {value:g}, and at most {LARGEST[key]:g} can be: mend the line or remove it")
    return TraceJob(number, submit_s, run_s, processors, memory_mb, name=f"job {values[0]:.0f}")


def _begins_s(lines: list[str], file: str) -> float:
    """The Unix time of second 0, which the header says; 0 where it doesn't."""
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith(";"):
            break
        found = _BEGINS.match(line.strip())
        if found is not None:
            if not _is_number(found[1]) or not 0 <= float(found[1]) < TOO_LATE_S:
                raise Usage(f"{file}:{number}: UnixStartTime: {found[1]!r} isn't a Unix time: give seconds since 1970, or remove the line")
            return float(found[1])
    return 0.0
