"""What would change of a job, by the server's own diff, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DiffType = Literal["None", "Added", "Deleted", "Edited"]


@dataclass(frozen=True, slots=True)
class FieldDiff:
    type: DiffType
    name: str
    old: str
    new: str
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    type: DiffType
    name: str
    fields: tuple[FieldDiff, ...]
    objects: tuple[ObjectDiff, ...]


@dataclass(frozen=True, slots=True)
class TaskDiff:
    type: DiffType
    name: str
    fields: tuple[FieldDiff, ...]
    objects: tuple[ObjectDiff, ...]
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupDiff:
    """``updates`` counts what would happen to allocations: ``("create", 2)``."""

    type: DiffType
    name: str
    fields: tuple[FieldDiff, ...]
    objects: tuple[ObjectDiff, ...]
    tasks: tuple[TaskDiff, ...]
    updates: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class JobDiff:
    type: DiffType
    id: str
    fields: tuple[FieldDiff, ...]
    objects: tuple[ObjectDiff, ...]
    groups: tuple[GroupDiff, ...]
