"""The power state machine of a rented machine: a server is created where one of one's own is woken, and destroyed where that sleeps.

The states, and what must hold, are those of `simulacra.act.power`. What differs:

- Nobody on it has to obey: it is destroyed once it is empty and takes no work because of us, and nothing calls that off any more.
- A slot is asleep only when its provider lists no server of it. Whatever server is found there, whoever created it, is taken over or
  destroyed.
- Before a server is asked for it is written down under which name (`creation_of`): asked for again it is the same one.
"""

from __future__ import annotations

from dataclasses import replace

from simulacra.act.steps import Create, Destroy, Drain, Release, Seen, Step
from simulacra.act.transitions import (
    Backoff,
    back_on,
    came,
    given_up,
    is_forgotten,
    kept_on,
    marked,
    moved_to,
    not_emptied,
    remembering,
    starting,
    wake_within_s,
    woke,
)
from simulacra.model.journal import Record
from simulacra.model.ledger import UNANSWERED_S
from simulacra.model.machine import Machine
from simulacra.model.settings import Power

DESTROYED_AGAIN_S = 30.0
"""So long after a server's destruction was asked for it is asked for again, where its provider still lists it."""
CREATED_AGAIN_S = UNANSWERED_S
"""A server is asked for again after so long, and once a later listing doesn't show it: there could be two otherwise."""
SOMEBODY_ELSES_AFTER_S = 300.0
"""A node without a server that stays on for so long after the slot was given back isn't that server's."""


def creation_of(record: Record) -> str:
    """What the server that a waking slot waits for is called: its name, and when it was asked for in milliseconds."""
    return f"{record.machine}-{int(record.since_s * 1000)}"


def advance_rented(machine: Machine, record: Record, seen: Seen, policy: Power, backoff: Backoff) -> Step:
    """The next step of a slot from its record and what is seen of it."""
    match record.power:
        case "on":
            return _on(machine, record, seen)
        case "draining":
            return _draining(record, seen, policy)
        case "sleeping":
            return _sleeping(record, seen)
        case "asleep":
            return _asleep(machine, record, seen)
        case "waking":
            return _waking(machine, record, seen, backoff)
        case _:
            return _failed(record, seen)


def _leave(seen: Seen) -> str:
    return seen.judged.leave if seen.judged is not None else ""


def _on(machine: Machine, record: Record, seen: Seen) -> Step:
    leave = _leave(seen)
    if leave and seen.acting:
        drained = record.drained or (seen.node is not None and seen.node.eligible)
        going = replace(record, attempts=0, next_try_s=0.0, drained=drained)
        return moved_to(going, "draining", f"it is given back: {leave}", "plan", seen.now_s)
    if not seen.ready:
        return _lost(machine, record, seen)
    assert seen.node is not None
    if record.drained and seen.acting:
        if not seen.node.eligible or seen.node.draining:
            return Step(remembering(marked(record, seen), seen), (Release(seen.node.id, eligible=True),))
        record = replace(record, drained=False)
    return Step(remembering(marked(record, seen), seen))


def _lost(machine: Machine, record: Record, seen: Seen) -> Step:
    """Its node doesn't answer: its server is gone, or ill, or cut off with its work still running."""
    if not seen.servers:
        return _gone(record, seen, "its server is gone") if seen.listed_s > record.since_s else Step(record)
    if _stands_still(seen):
        return given_up(replace(record, attempts=0, next_try_s=0.0), seen, "its server doesn't run")
    if seen.cut_off or starting(seen) or _may_work(seen):
        return Step(record)
    since_s = max(record.since_s, seen.node.changed_s if seen.node is not None else 0.0)
    if seen.now_s - since_s <= wake_within_s(machine):
        return Step(record)
    return given_up(replace(record, attempts=0, next_try_s=0.0), seen, f"its node is down since {seen.now_s - since_s:.0f} s")


def _stands_still(seen: Seen) -> bool:
    """Whether none of its servers runs, as their provider says."""
    return bool(seen.servers) and all(it.state in ("failed", "stopped") for it in seen.servers)


def _may_work(seen: Seen) -> bool:
    """Whether its node is out of reach only, with work that goes on there."""
    return bool(seen.busy) and seen.node is not None and seen.node.status == "disconnected"


def _draining(record: Record, seen: Seen, policy: Power) -> Step:
    leave = _leave(seen)
    late = seen.now_s - record.since_s > policy.drain_within_s
    if not seen.ready and not (leave and late):
        return Step(record) if _may_work(seen) and not _stands_still(seen) else _given_back(record, seen)
    against = _against(record, seen) if not (leave and seen.acting) else ""
    if against and seen.ready:
        return back_on(record, seen, f"stays on: {against}")
    nodes = (seen.node, *seen.twins) if seen.node is not None and seen.ready else ()
    if nodes and (seen.busy or any(it.draining or it.eligible for it in nodes)):
        # what takes work still hasn't begun to be emptied, however long ago that was intended
        if not late or (leave and any(it.eligible for it in nodes)):
            missing = [it for it in nodes if (not it.draining and (it.eligible or seen.busy)) or is_forgotten(record, seen, it)]
            return Step(record, tuple(Drain(it.id) for it in missing))
        if not leave:
            return not_emptied(record, seen, policy.drain_within_s)
    return _given_back(record, seen)


def _against(record: Record, seen: Seen) -> str:
    """Why a server that is being emptied must stay after all; empty where nothing speaks against its going."""
    return kept_on(record, seen) if seen.acting else "the grid only observes"


def _given_back(record: Record, seen: Seen, reason: str = "") -> Step:
    """From now on it is destroyed until it is gone."""
    going = moved_to(replace(record, attempts=0, next_try_s=0.0), "sleeping", reason or record.reason, record.by, seen.now_s)
    return replace(_sleeping(going.record, seen), entries=going.entries)


def _sleeping(record: Record, seen: Seen) -> Step:
    if seen.servers:
        return _destroying(record, seen)
    if seen.ready:
        late = seen.now_s - record.since_s > SOMEBODY_ELSES_AFTER_S and seen.listed_s > record.since_s
        return back_on(record, seen, "stays on: its cloud has no server of it") if late else Step(record)
    return _gone(record, seen, record.reason) if seen.listed_s > record.since_s else Step(record)


def _destroying(record: Record, seen: Seen) -> Step:
    """Asks for it, and again after a while; what joins meanwhile takes no work."""
    nodes = (seen.node, *seen.twins) if seen.node is not None and seen.ready and seen.acting else ()
    keep_out = tuple(Drain(it.id) for it in nodes if it.eligible)
    record = replace(record, drained=record.drained or bool(keep_out))
    if not seen.acting or seen.now_s < record.next_try_s:
        return Step(record, keep_out)
    again = replace(record, attempts=record.attempts + 1, next_try_s=seen.now_s + DESTROYED_AGAIN_S)
    return Step(again, (*keep_out, Destroy(record.machine, tuple(it.id for it in seen.servers))))


def _gone(record: Record, seen: Seen, reason: str) -> Step:
    """The slot is empty; the next server is another node, which nobody has drained."""
    return moved_to(replace(record, drained=False, attempts=0, next_try_s=0.0), "asleep", reason, record.by, seen.now_s)


def _asleep(machine: Machine, record: Record, seen: Seen) -> Step:
    if seen.ready:
        return came(record, seen, "a server of it was found on")
    if not seen.servers or not seen.acting:
        return Step(record)
    found = replace(record, attempts=0, next_try_s=0.0)
    if seen.now_s - min(it.created_s for it in seen.servers) <= wake_within_s(machine):
        return moved_to(found, "waking", "a server of it was found that nobody had written down", "itself", seen.now_s)
    return _given_back(replace(found, by="itself"), seen, "a server of it was found that never joined")


def _waking(machine: Machine, record: Record, seen: Seen, backoff: Backoff) -> Step:
    if seen.ready:
        return woke(record, seen)
    failed = replace(record, attempts=0, next_try_s=0.0)
    leave = _leave(seen)
    if leave and seen.acting:
        return _given_back(record, seen, f"it is given back before it has joined: {leave}")
    if seen.refused:
        return given_up(failed, seen, seen.refused)
    if any(it.state in ("failed", "stopped") for it in seen.servers):
        return given_up(failed, seen, "its server doesn't run")
    # where none is listed whoever should have asked for it may have been killed before that: then it is asked for again
    begun_s = max((it.created_s for it in seen.servers), default=record.since_s + CREATED_AGAIN_S)
    if seen.now_s - max(begun_s, record.since_s) > wake_within_s(machine):
        missed = failed if seen.servers else replace(failed, attempts=record.attempts)  # what was asked for may still come
        return given_up(missed, seen, f"didn't join within {wake_within_s(machine):.0f} s")
    if seen.servers or not seen.acting or seen.now_s < record.next_try_s:
        return Step(record)
    if record.by == "itself":
        return _gone(record, seen, "the server that was found is gone") if seen.listed_s > record.since_s else Step(record)
    if record.attempts and seen.listed_s < record.next_try_s:
        return Step(record)
    again = replace(record, attempts=record.attempts + 1, next_try_s=seen.now_s + CREATED_AGAIN_S + backoff(record.attempts + 1))
    return Step(again, (Create(machine.name, creation_of(record)),))


def _failed(record: Record, seen: Seen) -> Step:
    """What is left of it is destroyed. One that joins after all stays, unless that was asked for already: it may be gone at any moment."""
    if seen.servers and not (seen.ready and not record.next_try_s):
        return _destroying(record, seen)
    if seen.ready:
        return came(record, seen, "came late")
    if seen.now_s >= record.out_until_s and seen.listed_s > record.failed_s:
        return _gone(replace(record, by="plan"), seen, f"may be tried again; {record.reason}")
    return Step(record)
