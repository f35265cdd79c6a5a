"""What people read: diffs, tables, findings, summaries."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from simulacra.act.submit import Stop, Submission
from simulacra.cli.show_diff import job_diff
from simulacra.cli.show_status import show_findings, show_status
from simulacra.cli.show_submission import summary
from simulacra.gateways.nomad_diff_values import DiffType, FieldDiff, GroupDiff, JobDiff, TaskDiff
from simulacra.model.grid import Grid
from simulacra.model.status import GridStatus, MachineStatus, ServiceStatus
from simulacra.observe.doctor import Finding


def _shown_diff(type_: DiffType, old: str, new: str) -> list[str]:
    field = FieldDiff(type_, "EmbeddedTmpl", old, new, ())
    task = TaskDiff("Edited", "web", (field,), (), ())
    return job_diff(JobDiff("Edited", "web", (), (), (GroupDiff("Edited", "web", (), (), (task,), ()),))).plain.split("\n")[3:]


@pytest.mark.parametrize(
    ("type_", "old", "new", "lines"),
    [
        ("Edited", "a", "b", ['~ EmbeddedTmpl: "a" => "b"']),
        (
            "Edited",
            "1\n2\n3\n4\nold\n5\n",
            "1\n2\n3\n4\nnew\n5\n",
            ["~ EmbeddedTmpl:", "@@ -3,5 +3,5 @@", " 3", " 4", "-old", "+new", " 5", " "],
        ),
        ("Added", "", "a\nb", ["+ EmbeddedTmpl:", "@@ -0,0 +1,2 @@", "+a", "+b"]),
        ("Deleted", "a\nb", "", ["- EmbeddedTmpl:", "@@ -1,2 +0,0 @@", "-a", "-b"]),
        ("Added", "", "a\n\x1b[31m", ["+ EmbeddedTmpl:", "@@ -0,0 +1,2 @@", "+a", "+\\x1b[31m"]),
        ("Added", "", 'a\n"\\n"', ["+ EmbeddedTmpl:", "@@ -0,0 +1,2 @@", "+a", '+"\\n"']),
    ],
)
def test_a_text_of_several_lines_is_shown_by_line(type_: DiffType, old: str, new: str, lines: list[str]) -> None:
    shown = _shown_diff(type_, old, new)
    assert shown[0].strip() == lines[0]
    assert [line[10:] for line in shown[1:]] == lines[1:]


def _console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=10_000), out


def test_tables_end_where_their_words_do() -> None:
    console, out = _console()
    machines = (
        MachineStatus("pi", "attic", "small", "on", "ready", None, 1),
        MachineStatus("nas", None, None, "unknown", "a long why", None, 0),
    )
    services = (ServiceStatus("web", 1, 1, (("attic", 1),), None), ServiceStatus("wiki", 1, 0, (), "[no] machine is on"))
    show_status(console, Grid("trial"), GridStatus(machines, services, ()))
    lines = out.getvalue().split("\n")
    assert [line for line in lines if line != line.rstrip()] == []
    assert "wiki     0/1   -      [no] machine is on" in lines


def test_no_service_is_said_to_be_none() -> None:
    console, out = _console()
    show_status(console, Grid("trial"), GridStatus((), (), ()))
    assert "no service is defined yet" in out.getvalue()
    assert "WAITS FOR" not in out.getvalue()


def test_what_to_do_is_said_once() -> None:
    console, out = _console()
    found = [
        Finding("problem", "machine pi", "label a is missing", "do this"),
        Finding("problem", "machine pi", "label b is missing", "do this"),
        Finding("problem", "machine nas", "label b is missing", "do this"),
        Finding("ok", "clock", "agrees"),
    ]
    show_findings(console, found)
    assert out.getvalue().split("\n") == [
        "✗ machine pi: label a is missing",
        "✗ machine pi: label b is missing",
        "    do this",
        "✗ machine nas: label b is missing",
        "    do this",
        "✓ clock: agrees",
        "",
    ]


@pytest.mark.parametrize(
    ("done", "pruned", "line"),
    [
        (False, False, "0 to create, 0 to change, 0 unchanged, 1 left over"),
        (False, True, "0 to create, 0 to change, 0 unchanged, 1 to stop"),
        (True, False, "0 created, 0 changed, 0 unchanged, 1 left over"),
        (True, True, "0 created, 0 changed, 0 unchanged, 1 stopped"),
    ],
)
def test_what_was_stopped_is_not_left_over(done: bool, pruned: bool, line: str) -> None:
    assert summary(Submission((), (Stop("old", "default", "gone"),)), done=done, pruned=pruned) == line
