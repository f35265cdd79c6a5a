"""When a container is started again: `restart` and `deploy.restart_policy`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulacra.importing.amounts import duration, seconds
from simulacra.importing.notes import Broken, Note, broken, differs, left_out
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import mapping, text, unknown_keys, whole
from simulacra.importing.stanzas import Block, given
from simulacra.importing.stanzas import text as string
from simulacra.importing.tree import Map, Node

KEYS = ("restart",)

_POLICY = ("condition", "delay", "max_attempts", "window")
_LEAST_INTERVAL_S = 5
_DAY_S = 86400
_DELAY_S = 15
"""Nomad's own."""
_WITHOUT_END = 10
"""So many attempts in an interval that has room for no more: then the next begins."""
_ON_FAILURE = 'Nomad starts a service again also when it ended well; work that comes to an end is of `type = "batch"`'
_NEVER = Block("reschedule", (given("attempts", 0), given("unlimited", False)))


def restarting(service: Composed) -> Piece:
    """The group's `restart` and `reschedule`; Nomad's own do what `always` and `unless-stopped` do."""
    policy = mapping(mapping(service.get("deploy")).get("restart_policy"))
    if policy.pairs:
        return _of_policy(policy, service)
    node = service.get("restart")
    if node is None:
        return Piece()
    condition, _, attempts = text(node).partition(":")
    match condition:
        case "always" | "unless-stopped":
            return Piece()
        case "no" | "false":
            return _given_up(service, 0)
        case "on-failure" if not attempts or attempts.isdigit():
            notes = () if service.ends else (differs(node, _ON_FAILURE),)
            return _noted(_given_up(service, int(attempts)) if attempts else Piece(), notes)
    raise broken(node, f"takes no, always, unless-stopped, on-failure or on-failure:3, not {text(node)!r}")


def _given_up(service: Composed, attempts: int, delay_s: float | None = None, interval_s: float | None = None) -> Piece:
    """So many attempts on the machine and none elsewhere; Nomad wants an interval that they fit in with their delays."""
    delay = delay_s if delay_s is not None else _DELAY_S
    interval = max(_LEAST_INTERVAL_S, interval_s or _DAY_S, attempts * delay)
    elsewhere = () if service.everywhere else (_NEVER,)
    between = (string("delay", duration(delay)), string("interval", duration(interval))) if attempts else ()
    return Piece(group=(Block("restart", (given("attempts", attempts), *between, string("mode", "fail"))), *elsewhere))


def _without_end(delay_s: float) -> Piece:
    interval = duration(max(_LEAST_INTERVAL_S, _WITHOUT_END * delay_s))
    lines = (given("attempts", _WITHOUT_END), string("delay", duration(delay_s)), string("interval", interval), string("mode", "delay"))
    return Piece(group=(Block("restart", lines),))


def _of_policy(policy: Map, service: Composed) -> Piece:
    condition, delay, attempts, window = (policy.get(key) for key in _POLICY)
    when = text(condition) if condition is not None else "any"
    if when not in ("none", "any", "on-failure"):
        raise Broken(policy.line, f"{policy.path}.condition: takes none, on-failure or any, not {when!r}")
    notes = list(unknown_keys(policy, _POLICY))
    if condition is not None and when == "on-failure" and not service.ends:
        notes.append(differs(condition, _ON_FAILURE))
    if window is not None and (attempts is None or when == "none"):
        notes.append(left_out(window, "it means nothing without `max_attempts`"))
    if when == "none":
        return _noted(_given_up(service, 0), notes)
    if attempts is not None:
        return _noted(_given_up(service, whole(attempts), _seconds(delay), _seconds(window)), notes)
    return _noted(_without_end(seconds(delay)) if delay is not None else Piece(), notes)


def _seconds(node: Node | None) -> float | None:
    return seconds(node) if node is not None else None


def _noted(piece: Piece, notes: Iterable[Note]) -> Piece:
    return replace(piece, notes=(*piece.notes, *notes))
