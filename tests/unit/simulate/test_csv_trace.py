"""Traces as CSV: read in any order of columns, written so that they read back, refused with the line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulacra.faults import Usage
from simulacra.simulate.csv_trace import as_csv, from_csv
from simulacra.simulate.entries import trace_of
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.stage import stage_of
from simulacra.simulate.trace import Trace, TraceJob

MIXED = Path(__file__).parent / "traces" / "mixed.csv"
HEADER = "submit_s,run_s,cpu_cores,memory_mb"
NEEDED = "seconds from the trace's beginning"


def read(text: str) -> Trace:
    return from_csv(text, "made", "made.csv")


def refusal(text: str) -> str:
    with pytest.raises(Usage) as refused:
        read(text)
    return str(refused.value)


def test_columns_come_in_any_order_and_optional_ones_may_be_empty() -> None:
    trace = from_csv(MIXED.read_text(), "mixed", "mixed.csv")
    assert trace == Trace(
        "mixed",
        (
            TraceJob(2, 0.0, 30.25, 0.5, 128.0, "feeds"),
            TraceJob(1, 300.0, 3600.0, 4.0, 2048.0, "film, in two parts", "hypervisor", "attic", 80),
            TraceJob(3, 300.0, 60.0, 1.0, 0.0),
        ),
        1793554200.0,
        (("no processors", 1), ("ran for 0 s", 1)),
    )


def test_the_four_columns_are_enough() -> None:
    assert read(f"{HEADER}\n0,600,2,2048").jobs == (TraceJob(1, 0.0, 600.0, 2.0, 2048.0),)


def test_lines_may_end_as_on_windows_or_old_computers() -> None:
    for end in ("\r\n", "\r"):
        assert read(end.join(("# begins 1970-01-01T00:00:05Z", HEADER, "0,600,2,2048", ""))) == Trace(
            "made", (TraceJob(1, 0.0, 600.0, 2.0, 2048.0),), 5.0
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "made.csv:1: is empty: the first line names the columns, submit_s,run_s,cpu_cores,memory_mb"),
        ("\n# a remark\n", "made.csv:1: is empty"),
        (
            "submit_s,run_s,cpu_cores\n0,1,2",
            "made.csv:1: lacks the column memory_mb: add it, with MiB, or 0 where it isn't known in each line",
        ),
        ("0,600,2,2048", "made.csv:1: there is no column '0': there are submit_s, run_s, cpu_cores, memory_mb, and if need be name"),
        (f"{HEADER},prio\n", "made.csv:1: there is no column 'prio': did you mean priority?"),
        (f"{HEADER},\n", "made.csv:1: there is no column ''"),
        (HEADER.replace(",", ";"), f"made.csv:1: there is no column '{HEADER.replace(',', ';')}': columns are separated by commas"),
        (f"#\n\n{HEADER},run_s\n", "made.csv:3: the column run_s stands there twice: remove one"),
        (f"{HEADER}\n0,1,2", "made.csv:2: has 3 values for 4 columns: a number takes a point and no comma"),
        (f"{HEADER}\n0,1,2,3,4", "made.csv:2: has 5 values for 4 columns"),
        (f"{HEADER}\n# later", "made.csv:2: has 1 value for 4 columns: a number takes a point and no comma, and a comment stands above"),
        (f"{HEADER}\n\n0,1,2,3\nx,1,2,3", f"made.csv:4: submit_s: 'x' isn't a number: it takes {NEEDED}"),
        (f"{HEADER}\n,1,2,3", "made.csv:2: submit_s: '' isn't a number"),
        (f"{HEADER}\n0,-1,2,3", "made.csv:2: run_s: -1 is below 0: it takes the seconds that it runs"),
        (f"{HEADER}\n0,1,nan,3", "made.csv:2: cpu_cores: 'nan' isn't a number that can be: it takes cores, such as 2 or 0.5"),
        (f"{HEADER}\n0,1,2,-inf", "made.csv:2: memory_mb: '-inf' isn't a number that can be"),
        (f"{HEADER}\n1793577600,1,2,3", f"made.csv:2: submit_s: 1793577600 is too much, 1e+09 at most: it takes {NEEDED}"),
        (f"{HEADER},name\n0,1,2,3,a\x1bb", "made.csv:2: name: 'a\\x1bb' holds characters that can't be shown: take them out"),
        (f'{HEADER},name\n0,1,2,3,"a\nb"', "made.csv:3: name: 'a\\nb' holds characters that can't be shown"),
        (
            f'{HEADER},name\n0,1,2,3,"a"b',
            "made.csv:2: isn't CSV (',' expected after '\"'): a text with a comma or a quote stands in \", each",
        ),
        (f'{HEADER},name\n0,1,2,3,"a', "made.csv:2: isn't CSV (unexpected end of data)"),
        (f"{HEADER},priority\n0,1,2,3,0", "made.csv:2: priority: '0' isn't one: it takes a whole number from 1 to 32766, 50 as a rule"),
        (f"{HEADER},priority\n0,1,2,3,1.5", "made.csv:2: priority: '1.5' isn't one"),
        (f"{HEADER},priority\n0,1,2,3,{'9' * 5000}", "made.csv:2: priority: '99"),
        ("# begins tomorrow\n", "made.csv:1: begins: 'tomorrow' isn't a date and time with its zone: write it as 2026-11-01T00:00:00Z"),
        ("# begins 2026-11-01T00:00:00\n", "made.csv:1: begins: '2026-11-01T00:00:00' isn't a date and time with its zone"),
        (
            "# begins 3000-01-01T00:00:00Z\n",
            "made.csv:1: begins: '3000-01-01T00:00:00Z' is too late: nothing is simulated from the year 3000",
        ),
        ("# begins 2026-11-01T00:00:00Z\n# begins 2026-11-01T00:00:00Z\n", "made.csv:2: `# begins` stands there twice: remove one"),
        ("# core_mhz fast\n", "made.csv:1: core_mhz: 'fast' isn't what a core is: it takes MHz, such as 2400"),
        ("# core_mhz 0\n", "made.csv:1: core_mhz: '0' isn't what a core is"),
        ("# core_mhz nan\n", "made.csv:1: core_mhz: 'nan' isn't what a core is"),
        ("# core_mhz 2400\n# core_mhz 2400\n", "made.csv:2: `# core_mhz` stands there twice: remove one"),
    ],
)
def test_what_is_no_such_table_is_refused_with_its_line(text: str, said: str) -> None:
    assert refusal(text).startswith(said)


def test_only_columns_that_say_something_are_written() -> None:
    trace = Trace("made", (TraceJob(1, 0.0, 600.0, 2.0, 2048.5), TraceJob(2, 0.5, 1.0, 0.25, zone="attic")), 1793491200.0)
    assert as_csv(trace) == "# begins 2026-11-01T00:00:00Z\nsubmit_s,run_s,cpu_cores,memory_mb,zone\n0,600,2,2048.5,\n0.5,1,0.25,0,attic\n"


NUMBERS = {"min_value": 0.0, "allow_nan": False}
WORDS = st.text(max_size=12).filter(lambda it: it.isprintable() and it == it.strip())
JOBS = st.builds(
    TraceJob,
    number=st.just(0),
    submit_s=st.floats(**NUMBERS, max_value=1e9),
    run_s=st.floats(**NUMBERS, max_value=1e9, exclude_min=True),
    cpu_cores=st.floats(**NUMBERS, max_value=1e6, exclude_min=True),
    memory_mb=st.floats(**NUMBERS, max_value=1e9),
    name=WORDS,
    tier=st.none() | WORDS.filter(bool),
    zone=st.none() | WORDS.filter(bool),
    priority=st.integers(1, 32766),
    id=WORDS,
)


@given(st.lists(JOBS, max_size=8), st.integers(0, 4_000_000_000_000))
def test_what_is_written_reads_back_the_same(jobs: list[TraceJob], begins_ms: int) -> None:
    trace = trace_of("made", (replace(job, number=number) for number, job in enumerate(jobs, 1)), begins_ms / 1000)
    assert read(as_csv(trace)) == trace


def test_a_core_is_what_the_trace_says_whatever_the_machines_are() -> None:
    said = read(f"# core_mhz 600\n{HEADER}\n0,60,2,512")
    assert read(as_csv(said)) == said
    silent = replace(said, core_mhz=None)
    grid = equal_grid(EqualMachines(1, cores=8))
    assert [stage_of(trace, grid).works[0].shape.cpu_mhz for trace in (said, silent)] == [1200, 2000]
