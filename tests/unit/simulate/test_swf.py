"""The Standard Workload Format: which lines become jobs, of what size, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.faults import Usage
from simulacra.simulate.swf import from_swf
from simulacra.simulate.trace import Trace, TraceJob

SMALL = Path(__file__).parent / "traces" / "small.swf"
GOOD = "1 0 -1 10 2 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1"


def read(text: str) -> Trace:
    return from_swf(text, "made", "made.swf")


def with_field(number: int, value: str) -> str:
    """A good line with another value, its fields counted from 1 as the format does."""
    fields = GOOD.split()
    return " ".join((*fields[: number - 1], value, *fields[number:]))


def test_jobs_take_what_they_were_given_else_what_they_asked_for() -> None:
    trace = from_swf(SMALL.read_text(), "small", "small.swf")
    assert trace.jobs == (
        TraceJob(1, 0.0, 1451.0, 128.0, 0.0, "job 1"),
        TraceJob(3, 1200.0, 10.5, 4.0, 4.0, "job 3"),
        TraceJob(2, 1460.0, 3726.0, 2.0, 4.0, "job 2"),
        TraceJob(4, 1600.0, 60.0, 1.0, 0.0, "job 6"),
        TraceJob(5, 1900.0, 120.0, 1.0, 0.0, "job 10"),
    )
    assert (trace.name, trace.begins_s, trace.ends_s) == ("small", 749458803.0, 5186.0)


def test_what_cannot_be_simulated_is_counted_with_its_reason() -> None:
    assert from_swf(SMALL.read_text(), "small", "small.swf").left_out == (
        ("a part of a job that has a line of its own", 2),
        ("cancelled before it began", 2),
        ("no processors", 1),
        ("no run time", 1),
        ("no submit time", 1),
        ("ran for 0 s", 1),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1 2 3", "made.swf:3: has 3 fields, not the 18 of the Standard Workload Format: mend the line or remove it"),
        (GOOD + " 7", "made.swf:3: has 19 fields, not the 18"),
        ("not a log at all", "made.swf:3: has 5 fields"),
        (with_field(4, "long"), "made.swf:3: field 4, the run time, is 'long' and not a number: where it isn't known it is -1"),
        (with_field(5, "nan"), "made.swf:3: field 5, the allocated processors, is 'nan' and not a number"),
        (with_field(18, "inf"), "made.swf:3: field 18, the think time, is 'inf' and not a number"),
        (with_field(2, "1793577600"), "made.swf:3: submit_s comes to 1.79358e+09, and at most 1e+09 can be"),
        (with_field(5, "1e9"), "made.swf:3: cpu_cores comes to 1e+09, and at most 1e+06 can be"),
        (with_field(7, "1e13"), "made.swf:3: memory_mb comes to"),
    ],
)
def test_a_line_that_is_not_of_the_format_is_named(line: str, said: str) -> None:
    with pytest.raises(Usage) as refused:
        read(f"; Version: 2.2\n{GOOD}\n{line}\n{GOOD}\n")
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "1e300", "253402300799"])
def test_a_beginning_that_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(Usage, match=r"^made\.swf:2: UnixStartTime: .* isn't a Unix time"):
        read(f"; Version: 2.2\n; UnixStartTime: {value}\n{GOOD}\n")


def test_the_beginning_is_read_from_the_header_only() -> None:
    assert read(f"{GOOD}\n; UnixStartTime: 5\n").begins_s == 0.0


def test_lines_may_end_as_on_windows_and_be_indented() -> None:
    trace = read(f"; UnixStartTime: 5\r\n\r\n  ; a remark\r\n\t{GOOD}\r\n")
    assert (len(trace.jobs), trace.begins_s, trace.left_out) == (1, 5.0, ())


def test_jobs_of_the_same_second_stay_in_the_order_of_the_file() -> None:
    trace = read("\n".join(with_field(1, number) for number in ("9", "7", "8")))
    assert [job.name for job in trace.jobs] == ["job 9", "job 7", "job 8"]
