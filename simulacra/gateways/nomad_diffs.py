"""The server's diff of a job, and its plan, to values."""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.gateways.nomad_diff_values import DiffType, FieldDiff, GroupDiff, JobDiff, ObjectDiff, TaskDiff
from simulacra.gateways.nomad_reading import Json, counts, failures, rows
from simulacra.gateways.nomad_values import PlannedJob


def planned_job(raw: Json) -> PlannedJob:
    """The answer of ``/v1/job/ID/plan`` with ``Diff``."""
    return PlannedJob(
        diff=_job(raw["Diff"]),
        modify_index=raw["JobModifyIndex"],
        failures=failures(raw.get("FailedTGAllocs")),
        warnings=raw.get("Warnings") or "",
        next_launch=raw.get("NextPeriodicLaunch") or None,
    )


def _job(raw: Json) -> JobDiff:
    groups = tuple(_group(group) for group in rows(raw.get("TaskGroups")))
    return JobDiff(_type(raw, groups), raw["ID"], _fields(raw), _objects(raw), groups)


def _group(raw: Json) -> GroupDiff:
    tasks = tuple(_task(task) for task in rows(raw.get("Tasks")))
    return GroupDiff(_type(raw, tasks), raw["Name"], _fields(raw), _objects(raw), tasks, counts(raw.get("Updates")))


def _type(raw: Json, inner: Sequence[GroupDiff] | Sequence[TaskDiff]) -> DiffType:
    """Edited only where something is: what is said of a job's ``scaling`` after its first registration has nothing in it."""
    changed = _fields(raw) or _objects(raw) or any(it.type != "None" for it in inner)
    return "None" if raw["Type"] == "Edited" and not changed else raw["Type"]


def _task(raw: Json) -> TaskDiff:
    return TaskDiff(raw["Type"], raw["Name"], _fields(raw), _objects(raw), tuple(raw.get("Annotations") or ()))


def _objects(raw: Json) -> tuple[ObjectDiff, ...]:
    found = (ObjectDiff(item["Type"], item["Name"], _fields(item), _objects(item)) for item in rows(raw.get("Objects")))
    return tuple(it for it in found if it.type != "Edited" or it.fields or it.objects)


def _fields(raw: Json) -> tuple[FieldDiff, ...]:
    return tuple(
        FieldDiff(item["Type"], item["Name"], item["Old"], item["New"], tuple(item.get("Annotations") or ()))
        for item in rows(raw.get("Fields"))
    )
