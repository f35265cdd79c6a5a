"""The few places of a job's JSON that are looked into."""

from __future__ import annotations

from collections.abc import Mapping

from simulacra.gateways.nomad_reading import rows
from simulacra.gateways.nomad_values import GroupCount, JobJson


def group_counts(job: Mapping[str, object]) -> tuple[GroupCount, ...]:
    """The counts of the groups of a job in Nomad's JSON; a group that doesn't say is counted as 1."""
    groups = rows(job.get("TaskGroups"))
    return tuple(
        GroupCount(group["Name"], 1 if group.get("Count") is None else group["Count"], group.get("Scaling") is not None) for group in groups
    )


def with_counts(job: JobJson, counts: Mapping[str, int]) -> JobJson:
    """The job with these counts for its groups."""
    groups = [{**group, "Count": counts.get(group["Name"], group.get("Count"))} for group in rows(job.get("TaskGroups"))]
    return {**job, "TaskGroups": groups}
