"""Traces from files: the suffix says the format, and what can't be read is told with its file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from simulacra.faults import Usage
from simulacra.simulate.reading import read_trace

CSV = b"submit_s,run_s,cpu_cores,memory_mb\n0,600,2,2048\n"
SWF = b"; Version: 2.2\n1 0 -1 600 2 -1 1048576 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("week.1.csv", CSV),
        ("week.1.CSV", CSV),
        ("week.1.csv", b"\xef\xbb\xbf" + CSV),
        ("week.1.csv.gz", gzip.compress(CSV, mtime=0)),
        ("week.1.swf", SWF),
        ("week.1.swf.gz", gzip.compress(SWF, mtime=0)),
        ("week.1.Swf.GZ", gzip.compress(SWF[:20], mtime=0) + gzip.compress(SWF[20:], mtime=0)),
    ],
)
def test_the_suffix_says_the_format(tmp_path: Path, file: str, content: bytes) -> None:
    (tmp_path / file).write_bytes(content)
    trace = read_trace(tmp_path / file)
    (job,) = trace.jobs
    assert (trace.name, job.submit_s, job.run_s, job.cpu_cores, job.memory_mb) == ("week.1", 0.0, 600.0, 2.0, 2048.0)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("a.json", b"{}", ": can't tell its format: a trace's file ends in .swf (Standard Workload Format), .csv, .swf.gz or .csv.gz"),
        ("a.gz", b"", ": can't tell its format"),
        ("csv", CSV, ": can't tell its format"),
        ("a.csv.gz", CSV, ": isn't what gzip writes (Not a gzipped file (b'su')): get a whole copy of it, or take .gz off its name"),
        ("a.csv.gz", gzip.compress(CSV, mtime=0)[:-9], ": ends before its compressed content does: get a whole copy of it"),
        ("a.csv.gz", gzip.compress(CSV, mtime=0)[:10] + b"\x07" * 40, ": isn't what gzip writes (Error -3"),
        ("a.csv", CSV + b"\n\xff", ":4: isn't UTF-8: save it in that encoding"),
        ("a.csv", CSV.decode().encode("utf-16"), ":1: isn't UTF-8"),
        ("a.csv", b"", ":1: is empty"),
        ("a.csv", b"submit_s,run_s,cpu_cores,memory_mb\n", ": has no job that can be simulated: name another file"),
        ("a.swf", SWF.replace(b"600", b"0"), ": has no job that can be simulated (1 left out: ran for 0 s): name another file"),
        ("a.swf.gz", gzip.compress(b"; x\n1 2\n", mtime=0), ":2: has 2 fields"),
    ],
)
def test_what_is_no_trace_is_told_with_its_file(tmp_path: Path, file: str, content: bytes, said: str) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(Usage) as refused:
        read_trace(tmp_path / file)
    assert str(refused.value).startswith(f"{tmp_path / file}{said}")


def test_folders_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").mkdir()
    for name, said in (
        ("", "is a folder"),
        ("odd.csv", "is a folder"),
        ("none.csv", "there is no such file"),
        ("a\0.csv", "can't be read"),
        (f"{'a' * 300}.csv", "can't be read"),
    ):
        with pytest.raises(Usage, match=said):
            read_trace(tmp_path / name)


def test_a_name_that_cannot_be_shown_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(Usage) as refused:
        read_trace(tmp_path / "a\x1b.csv")
    assert "\x1b" not in str(refused.value)
