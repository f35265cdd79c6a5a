"""A plan's diff without what came from the environment."""

from __future__ import annotations

import pytest

from simulacra.cli.hidden_values import HIDDEN, hidden_values
from simulacra.cli.show_diff import job_diff
from simulacra.gateways.nomad_diff_values import DiffType, FieldDiff, GroupDiff, JobDiff, ObjectDiff, TaskDiff

SHOWN = f'"{HIDDEN}"'


def shown(type_: DiffType, old: str, new: str, *hidden: str) -> list[str]:
    """The lines of a field: of the job, of its group, of its task, and of an object in that."""
    fields = (FieldDiff(type_, "PASSWORD", old, new, ()),)
    task = TaskDiff("Edited", "web", fields, (ObjectDiff("Edited", "Env", fields, (ObjectDiff("Edited", "Inner", fields, ()),)),), ())
    whole = JobDiff("Edited", "web", fields, (), (GroupDiff("Edited", "web", fields, (), (task,), ()),))
    return [line.strip() for line in job_diff(whole, hidden).plain.split("\n") if "PASSWORD" in line]


@pytest.mark.parametrize(
    ("type_", "old", "new", "line"),
    [
        ("Edited", "old-secret", "user:s3cret-4711@db", f"~ PASSWORD: {SHOWN} => {SHOWN}"),
        ("Edited", "s3cret-4711", "", f'~ PASSWORD: {SHOWN} => ""'),
        ("Added", "", "s3cret-4711", f"+ PASSWORD: {SHOWN}"),
        ("Deleted", "a\ns3cret-4711\nb", "", f"- PASSWORD: {SHOWN}"),
        ("Edited", "one", "another", '~ PASSWORD: "one" => "another"'),
    ],
)
def test_a_field_that_holds_one_is_hidden_wherever_it_stands(type_: DiffType, old: str, new: str, line: str) -> None:
    assert shown(type_, old, new, "s3cret-4711") == [line] * 5


def test_only_the_environments_values_for_variables_are_hidden_and_only_long_ones() -> None:
    around = {"NOMAD_VAR_b": "s3cret-4711", "NOMAD_VAR_a": "another-one", "NOMAD_VAR_count": "3", "NOMAD_ADDR": "http://nas:4646"}
    assert hidden_values(around) == ("another-one", "s3cret-4711")
