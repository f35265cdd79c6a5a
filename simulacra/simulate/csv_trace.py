"""Traces as CSV: a header that names the columns, in any order, then a job a line.

    # begins 2026-11-01T00:00:00Z
    # core_mhz 2400
    submit_s,run_s,cpu_cores,memory_mb,name
    0,600,2,2048,build
    90,30.5,0.5,128,feeds

``name``, ``tier``, ``zone``, ``priority`` and ``id`` may be left out, as columns or in a line; ``id`` is that of a recorded job's
allocation. Comments (``#``) stand before the header. One of them, ``# begins``, says when second 0 was: a date and time with its zone
(ISO 8601); without it that is 1970. Another, ``# core_mhz``, says what a core is; without it that is one of the slowest machine. A line
whose job ran for 0 s, or took no cores, is left out. Spaces around a value don't count. The rest is as RFC 4180 has it, in UTF-8.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import chain
from math import isfinite
from types import MappingProxyType

from simulacra.faults import Usage
from simulacra.simulate.entries import LARGEST, TOO_LATE_S, Entry, left_out, trace_of
from simulacra.simulate.trace import Trace, TraceJob

NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "submit_s": "seconds from the trace's beginning",
        "run_s": "the seconds that it runs",
        "cpu_cores": "cores, such as 2 or 0.5",
        "memory_mb": "MiB, or 0 where it isn't known",
    }
)
"""The columns that must be there, and what stands in them."""
OPTIONAL = ("name", "tier", "zone", "priority", "id")
PRIORITY, HIGHEST_PRIORITY = 50, 32766
"""Nomad's default, and what its servers' job_max_priority can be at most."""
MOST_MHZ = 1_000_000
_COLUMNS = (*NEEDED, *OPTIONAL)
_SAYS = re.compile(r"#\s*(begins|core_mhz)\b[\s:=]*(.*)")


def from_csv(text: str, name: str, file: str) -> Trace:
    """The jobs of a table. Raises `Usage` for what isn't one, as ``file:line``."""
    lines = io.StringIO(text, newline="")
    said, number, header = _prelude(lines, file)
    rows = _rows(chain([header], lines), number - 1, file)
    where, words = next(rows)
    columns = _columns([word.strip() for word in words], where)
    return trace_of(name, _entries(columns, rows), said.get("begins", 0.0), said.get("core_mhz"))


def as_csv(trace: Trace) -> str:
    """The same trace as text: read, it has the same jobs, and begins at the same microsecond.

    Jobs are written in the order of their numbers, which are counted anew where some are missing. Names must be such as can be read:
    printable and without spaces around them.
    """
    jobs = sorted(trace.jobs, key=lambda job: job.number)
    used = [column for column in OPTIONAL if any(_text(job, column) for job in jobs)]
    out = io.StringIO()
    if trace.begins_s:
        out.write(f"# begins {datetime.fromtimestamp(trace.begins_s, UTC).isoformat().replace('+00:00', 'Z')}\n")
    if trace.core_mhz:
        out.write(f"# core_mhz {_written(trace.core_mhz)}\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow([*NEEDED, *used])
    for job in jobs:
        needed = (job.submit_s, job.run_s, job.cpu_cores, job.memory_mb)
        table.writerow([*map(_written, needed), *(_text(job, column) for column in used)])
    return out.getvalue()


def _written(value: float) -> str:
    """The shortest text that is read as the same number."""
    return repr(float(value)).removesuffix(".0")


def _text(job: TraceJob, column: str) -> str:
    priority = "" if job.priority == PRIORITY else str(job.priority)
    return {"name": job.name, "tier": job.tier or "", "zone": job.zone or "", "priority": priority, "id": job.id}[column]


def _prelude(lines: Iterator[str], file: str) -> tuple[dict[str, float], int, str]:
    """What the comments say, the header's line, and its text."""
    said: dict[str, float] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            return said, number, line
        found = _SAYS.match(line.strip())
        if found is not None:
            what, where = found[1], f"{file}:{number}"
            if what in said:
                raise Usage(f"{where}: `# {what}` stands there twice: remove one")
            said[what] = _unix_s(found[2], where) if what == "begins" else _mhz(found[2], where)
    raise Usage(f"{file}:1: is empty: the first line names the columns, {','.join(NEEDED)}")


def _mhz(text: str, where: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= MOST_MHZ:
        raise Usage(f"{where}: core_mhz: {text!r} isn't what a core is: it takes MHz, such as 2400")
    return found


def _unix_s(text: str, where: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.timestamp() < 0:
        said = "isn't a date and time with its zone: write it as 2026-11-01T00:00:00Z, or with +01:00 for Z"
        raise Usage(f"{where}: begins: {text!r} {said}")
    if found.timestamp() >= TOO_LATE_S:
        raise Usage(f"{where}: begins: {text!r} is too late: nothing is simulated from the year 3000 on")
    return found.timestamp()


def _rows(lines: Iterator[str], before: int, file: str) -> Iterator[tuple[str, list[str]]]:
    """The rows that hold something, each with where it ends; ``before`` lines stand above them."""
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            where = f"{file}:{before + reader.line_num}"
            raise Usage(f"{where}: isn't CSV ({problem}): a text with a comma or a quote stands in \", each quote in it twice") from None
        if any(word.strip() for word in row):
            yield f"{file}:{before + reader.line_num}", row


def _columns(names: list[str], where: str) -> tuple[str, ...]:
    for at, name in enumerate(names):
        if name not in _COLUMNS:
            raise Usage(f"{where}: there is no column {name!r}: {_instead(name, len(names))}")
        if name in names[:at]:
            raise Usage(f"{where}: the column {name} stands there twice: remove one")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Usage(f"{where}: lacks the column {missing[0]}: add it, with {NEEDED[missing[0]]} in each line")
    return tuple(names)


def _instead(name: str, count: int) -> str:
    if count == 1 and re.search(r"[;\t]", name):
        return "columns are separated by commas"
    near = get_close_matches(name, _COLUMNS, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(NEEDED)}, and if need be {', '.join(OPTIONAL)}"


def _entries(columns: tuple[str, ...], rows: Iterator[tuple[str, list[str]]]) -> Iterator[Entry]:
    taken = 0
    for where, row in rows:
        entry = _entry(taken + 1, columns, row, where)
        taken += isinstance(entry, TraceJob)
        yield entry


def _entry(number: int, columns: tuple[str, ...], row: list[str], where: str) -> Entry:
    if len(row) != len(columns):
        said = "a number takes a point and no comma, and a comment stands above the header"
        raise Usage(f"{where}: has {len(row)} {'value' if len(row) == 1 else 'values'} for {len(columns)} columns: {said}")
    words = {column: word.strip() for column, word in zip(columns, row, strict=True)}
    submit_s, run_s, cpu_cores, memory_mb = (_number(column, words[column], where) for column in NEEDED)
    for column in ("name", "tier", "zone", "id"):
        if not words.get(column, "").isprintable():
            raise Usage(f"{where}: {column}: {words[column]!r} holds characters that can't be shown: take them out")
    out = left_out(submit_s, run_s, cpu_cores)
    if out is not None:
        return out
    tier, zone = words.get("tier") or None, words.get("zone") or None
    priority = _priority(words.get("priority", ""), where)
    return TraceJob(number, submit_s, run_s, cpu_cores, memory_mb, words.get("name", ""), tier, zone, priority, words.get("id", ""))


def _number(column: str, word: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise Usage(f"{where}: {column}: {word!r} isn't a number: it takes {NEEDED[column]}") from None
    if not isfinite(value):
        raise Usage(f"{where}: {column}: {word!r} isn't a number that can be: it takes {NEEDED[column]}")
    if value < 0:
        raise Usage(f"{where}: {column}: {word} is below 0: it takes {NEEDED[column]}")
    if value > LARGEST[column]:
        raise Usage(f"{where}: {column}: {word} is too much, {LARGEST[column]:g} at most: it takes {NEEDED[column]}")
    return value + 0.0  # -0 is 0


def _priority(word: str, where: str) -> int:
    if not word:
        return PRIORITY
    if not (word.isascii() and word.isdecimal() and len(word) <= len(str(HIGHEST_PRIORITY)) and 1 <= int(word) <= HIGHEST_PRIORITY):
        raise Usage(f"{where}: priority: {word!r} isn't one: it takes a whole number from 1 to {HIGHEST_PRIORITY}, {PRIORITY} as a rule")
    return int(word)
