"""Values that come from the environment may be secrets: what is shown of a job's diff is without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulacra.model.jobspec import ENVIRONMENT

if TYPE_CHECKING:
    from simulacra.gateways.nomad_diff_values import FieldDiff, GroupDiff, JobDiff, ObjectDiff, TaskDiff

SHORTEST = 6
"""Shorter ones are no secrets, and would hide every second number."""
HIDDEN = "… (it holds a value of NOMAD_VAR_…)"


def hidden_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of NOMAD_VAR_*, in order, as far as they are long enough for secrets."""
    return tuple(sorted({value for name, value in environment.items() if name.startswith(ENVIRONMENT) and len(value) >= SHORTEST}))


def without_values(diff: JobDiff, hidden: Sequence[str]) -> JobDiff:
    """The diff in which fields that hold a hidden value, before or after, say only that they differ: the old one may be a secret too."""
    groups = tuple(_group(group, hidden) for group in diff.groups)
    return replace(diff, fields=_fields(diff.fields, hidden), objects=_objects(diff.objects, hidden), groups=groups)


def _group(group: GroupDiff, hidden: Sequence[str]) -> GroupDiff:
    tasks = tuple(_task(task, hidden) for task in group.tasks)
    return replace(group, fields=_fields(group.fields, hidden), objects=_objects(group.objects, hidden), tasks=tasks)


def _task(task: TaskDiff, hidden: Sequence[str]) -> TaskDiff:
    return replace(task, fields=_fields(task.fields, hidden), objects=_objects(task.objects, hidden))


def _objects(objects: Sequence[ObjectDiff], hidden: Sequence[str]) -> tuple[ObjectDiff, ...]:
    return tuple(replace(it, fields=_fields(it.fields, hidden), objects=_objects(it.objects, hidden)) for it in objects)


def _fields(fields: Sequence[FieldDiff], hidden: Sequence[str]) -> tuple[FieldDiff, ...]:
    return tuple(_masked(field) if any(it in field.old or it in field.new for it in hidden) else field for field in fields)


def _masked(field: FieldDiff) -> FieldDiff:
    return replace(field, old=HIDDEN if field.old else "", new=HIDDEN if field.new else "")
