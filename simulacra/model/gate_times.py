"""Whether a gate is open, and when it moves: how long what its service needs must have been there, or missing."""

from __future__ import annotations

from simulacra.model.journal import GateRecord
from simulacra.model.settings import Gates

LONGER = 4.0


def is_open(record: GateRecord | None, running: int, set_to: int | None) -> bool:
    """Whether the service is let online. Where nothing is written down yet it is as it was found: open with instances, or with a count."""
    return record.open if record is not None else bool(running or set_to)


def opens_after_s(record: GateRecord, policy: Gates, now_s: float) -> float:
    """How long what the service needs must have been there: longer for each time that the gate has closed lately."""
    closings = sum(now_s - at < policy.calm_s for at in record.closed_s)
    if not closings:
        return policy.open_after_s
    return max(policy.open_after_s, min(policy.open_after_s * LONGER**closings, policy.calm_s))


def moves_at_s(record: GateRecord, policy: Gates, now_s: float) -> float | None:
    """When it opens or closes, Unix seconds, if all stays as it is now; None: it stays."""
    if record.open and record.lacking_since_s:
        return record.lacking_since_s + policy.close_after_s
    if not record.open and record.met_since_s:
        return record.met_since_s + opens_after_s(record, policy, now_s)
    return None
