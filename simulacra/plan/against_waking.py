"""Why a sleeper must not be woken now."""

from __future__ import annotations

from simulacra.model.journal import moved_lately
from simulacra.plan.hours import clock, span
from simulacra.plan.known import Known
from simulacra.plan.renting import against_renting
from simulacra.plan.scene import Scene

BREAKS_AFTER = 3
BREAKS_WITHIN_S = 900.0
BREAKS_FOR_S = 600.0
"""The circuit: so many machines that didn't come, within so long, none having come since: nothing more is woken for so long."""


def against_waking(scene: Scene, known: Known) -> str:
    """What speaks against waking it whatever for, quiet hours aside; empty where nothing does."""
    if known.standing != "asleep":
        return known.why
    if known.held > scene.now_s:
        return f"a person holds it until {clock(scene.grid, known.held)}"
    if known.rent is not None:
        return against_renting(scene, known)
    bound, written = scene.grid.power.moves_per_day, len(known.record.moved_s) if known.record is not None else 0
    if written > bound and (moves := moves_of(scene, known)) > bound:
        return f"it was woken and put to sleep {moves} times in 24 h, {bound} are allowed"
    if known.by_lan and not scene.relays.get(known.zone or "", frozenset()) - {known.name}:
        return f"no machine that could send its magic packet is on in zone {known.zone}"
    return ""


def moves_of(scene: Scene, known: Known) -> int:
    """How often it was woken or put to sleep in the last 24 hours."""
    return len(moved_lately(known.record, scene.now_s)) if known.record is not None else 0


def circuit(scene: Scene) -> str:
    """Why none of one's own machines is woken: waking has brought no capacity, several times; empty where it may."""
    records = [known.record for known in scene.machines.values() if known.record is not None and known.rent is None]
    came = max((record.on_since_s for record in records), default=0.0)
    failed = [it.failed_s for it in records if it.failures and it.power not in ("on", "draining", "sleeping") and it.failed_s > came]
    last = max(failed, default=0.0)
    recent = [at for at in failed if at > last - BREAKS_WITHIN_S]
    if len(recent) < BREAKS_AFTER or scene.now_s >= last + BREAKS_FOR_S:
        return ""
    until = clock(scene.grid, last + BREAKS_FOR_S)
    return f"{len(recent)} machines were woken and none came within {span(BREAKS_WITHIN_S)}: nothing more is woken until {until}"
