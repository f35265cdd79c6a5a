"""For each thing that waits: for which machine, or why nothing is woken for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulacra.model.plan import Placed, Waiting
from simulacra.model.words import listed
from simulacra.plan.decision import Decision
from simulacra.plan.demand import Ask, Put
from simulacra.plan.scene import Scene


def waiting_of(scene: Scene, decided: Decision) -> tuple[Waiting, ...]:
    """Everything that waits, by job, group and reason."""
    settled = decided.settled
    found = [*settled.refused]
    found += [ask.waiting(f"fits on {_and(went)}; Nomad will place it") for ask, went in settled.on]
    found += [ask.waiting(f"waits for {_and(went)}, {_which(scene, went)}") for ask, went in settled.coming]
    found += [ask.waiting(f"waits for {_and(went)}, which was about to sleep and stays on") for ask, went in settled.back]
    found += [ask.waiting(reason) for ask, reason in settled.held]
    for ask, went in decided.choice.placed:
        found += _woken_for(decided, ask, went)
    left = [*(ask for ask in settled.left if not ask.wakes), *decided.choice.left]
    found += _nothing_woken(scene, decided, left)
    return tuple(sorted(found, key=lambda it: (it.job, it.group, it.reason, it.count)))


def placed_of(decided: Decision) -> tuple[Placed, ...]:
    """Where what waits would go, by job, group and machine."""
    settled = decided.settled
    puts: Sequence[Put] = (*settled.on, *settled.coming, *settled.back, *decided.choice.placed)
    found = [Placed(ask.job.id, ask.group.name, name) for ask, went in puts for name in went]
    return tuple(sorted(found, key=lambda it: (it.job, it.group, it.machine)))


def _which(scene: Scene, went: Sequence[str]) -> str:
    coming = all(scene.machines[name].standing == "coming" for name in went)
    return "which is being woken" if coming else "which takes work again in a moment"


def _woken_for(decided: Decision, ask: Ask, went: Sequence[str]) -> Iterator[Waiting]:
    woken = {name for name, _ in decided.waking.now}
    for name in sorted(set(went)):
        reason = "which is being woken" if name in woken else decided.waking.later.get(name, "which isn't woken yet")
        yield Waiting(ask.job.id, ask.group.name, went.count(name), f"waits for {name}, {reason}")


def _nothing_woken(scene: Scene, decided: Decision, left: Sequence[Ask]) -> Iterator[Waiting]:
    told: dict[tuple[tuple[str, str, str], bool], str] = {}
    for ask in left:
        key = ask.key, ask.wakes
        if key not in told:
            told[key] = _why_nothing(scene, decided, ask)
        yield ask.waiting(told[key])


def _why_nothing(scene: Scene, decided: Decision, ask: Ask) -> str:
    board = decided.choice.board
    able = sorted(board.able(ask.job, ask.group))
    if not able:
        return board.why_not(ask.job, ask.group, [it.name for it in scene.machines.values() if it.expected is not None])
    sleepers = [name for name in able if not scene.machines[name].counted]
    if sleepers and not ask.wakes:
        return f"on_demand = false: it takes what is on, {_and(sleepers)} {'is' if len(sleepers) == 1 else 'are'} not woken for it"
    if decided.circuit and any(scene.machines[name].standing == "asleep" for name in sleepers):
        return decided.circuit
    refused = [f"{name}: {reason}" for name in sleepers if (reason := _against(scene, decided, ask, name))]
    if refused:
        more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
        return f"nothing is woken for it: {'; '.join(refused[:3])}{more}"
    return board.why_not(ask.job, ask.group, able) or f"{_and(able)} could take it; that is looked at again when what is woken now is on"


def _against(scene: Scene, decided: Decision, ask: Ask, name: str) -> str:
    known = scene.machines[name]
    if known.standing != "asleep":
        return known.why
    option = decided.wakeable.options.get(name)
    return "" if option is not None and (ask.urgent or not option.quiet) else decided.wakeable.against.get(name, "")


def _and(names: Sequence[str]) -> str:
    """At most three of them, each once."""
    return listed(sorted(set(names)), 3)
