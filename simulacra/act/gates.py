"""The state of one gate: what the plan says of this moment in, the next record out. Pure.

A gate opens when what its service needs has been there for a while, and closes when some of it has been missing for a while. One that has
closed stays closed for longer each time that this happens within the grid's time to calm down: a machine that comes and goes doesn't take
a service with it each time.
"""

from __future__ import annotations

from dataclasses import replace

from simulacra.model.gate_times import is_open, opens_after_s
from simulacra.model.journal import GateRecord, LogEntry
from simulacra.model.plan import Gate
from simulacra.model.service import Service
from simulacra.model.settings import Gates

CLOSINGS_AT_MOST = 20
OPEN, CLOSED = "open", "closed"


def log_name(service: str) -> str:
    """How a gate is called in the log, where machines stand too."""
    return f"service:{service}"


def first_gate(gate: Gate, now_s: float) -> GateRecord:
    """The record of a gate that there is none of yet."""
    found = is_open(None, gate.running, gate.set_to)
    return GateRecord(gate.service, found, now_s, "found online" if found else "found offline")


def advance_gate(service: Service, record: GateRecord, gate: Gate, policy: Gates, now_s: float) -> tuple[GateRecord, tuple[LogEntry, ...]]:
    """The next record, and the transition if there is one; the same record where nothing is new.

    Batch work that was let in is never sent away: it comes to an end by itself, and would begin anew.
    """
    met_s, lacking_s = (record.met_since_s or now_s, 0.0) if gate.met else (0.0, record.lacking_since_s or now_s)
    lacks = "" if gate.met else "; ".join(gate.reasons)
    needs_s = (record.needs_since_s or now_s) if gate.needs_there else 0.0
    seen = replace(record, met_since_s=met_s, lacking_since_s=lacking_s, lacks=lacks, needs_since_s=needs_s)
    if not record.open:
        return _moved(seen, True, gate, now_s) if gate.met and now_s - met_s >= opens_after_s(record, policy, now_s) else (seen, ())
    if gate.met or service.type == "batch" or now_s - lacking_s < policy.close_after_s:
        return seen, ()
    lately = tuple(at for at in record.closed_s if now_s - at < policy.calm_s)
    return _moved(replace(seen, closed_s=(*lately, now_s)[-CLOSINGS_AT_MOST:]), False, gate, now_s)


def _moved(record: GateRecord, opened: bool, gate: Gate, now_s: float) -> tuple[GateRecord, tuple[LogEntry, ...]]:
    reason = "; ".join(gate.reasons)
    before, after = (CLOSED, OPEN) if opened else (OPEN, CLOSED)
    moved = replace(record, open=opened, since_s=now_s, reason=reason)
    return moved, (LogEntry(now_s, log_name(record.service), before, after, reason, "plan"),)
