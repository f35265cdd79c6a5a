"""For each thing that waits: for which machine, or why nothing is woken for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulacra.model.plan import Placed, Waiting
from simulacra.model.words import listed
from simulacra.plan.decision import Decision
from simulacra.plan.demand import Ask, Put
from simulacra.plan.known import Known
from simulacra.plan.renting import beyond, limit_of
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
        why = board.why_not(ask.job, ask.group, [it.name for it in scene.machines.values() if it.expected is not None])
        return "; ".join((why, *_unknown_clouds(scene))) if ask.wakes else why
    sleepers = [name for name in able if not scene.machines[name].counted]
    if sleepers and not ask.wakes:
        called = {_called(scene, name) for name in sleepers}
        return f"on_demand = false: it takes what is on, {_and(called)} {'is' if len(called) == 1 else 'are'} not woken for it"
    broken = [decided.circuit] if decided.circuit and any(_is_own_sleeper(scene.machines[name]) for name in sleepers) else []
    others = [name for name in able if not broken or scene.machines[name].rent is not None]
    refused = list(dict.fromkeys(f"{_called(scene, name)}: {it}" for name in others if (it := _against(scene, decided, ask, name))))
    if refused:
        more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
        return "; ".join((*broken, f"nothing is woken for it: {'; '.join(refused[:3])}{more}"))
    told = (*(broken or [board.why_not(ask.job, ask.group, able)]), *_unknown_clouds(scene))
    return "; ".join(filter(None, told)) or f"{_and(able)} could take it; that is looked at again when what is woken now is on"


def _unknown_clouds(scene: Scene) -> Iterator[str]:
    """The clouds of which it isn't known what they offer: one of their servers might have taken it."""
    for rental in scene.rentals.values():
        if not rental.offers and rental.cloud.max:
            why = rental.ledger.problem or "nobody has asked it yet"
            yield f"what cloud {rental.cloud.name} offers isn't known: {why}"


def _against(scene: Scene, decided: Decision, ask: Ask, name: str) -> str:
    """Why it isn't woken for it, or, where it is on already, why not one more of its kind is rented."""
    known = scene.machines[name]
    if known.counted:
        return _beyond(scene, decided, known)
    if known.standing != "asleep":
        return known.why
    option = decided.wakeable.options.get(name)
    barred = option is None or (option.quiet and not ask.urgent)
    return (decided.wakeable.against.get(name, "") if barred else "") or _beyond(scene, decided, known)


def _beyond(scene: Scene, decided: Decision, known: Known) -> str:
    """Which bound of its cloud keeps a server from being created beside those that are."""
    rental = scene.rental_of(known)
    if rental is None or known.rent is None:
        return ""
    created = (limit_of(scene, scene.machines[name]) for name in decided.choice.names)
    return beyond(rental, known.rent.size, [it for it in created if it is not None and it.cloud == rental.cloud.name])


def _is_own_sleeper(known: Known) -> bool:
    return known.standing == "asleep" and known.rent is None


def _called(scene: Scene, name: str) -> str:
    """The machine, or the size of the cloud that it would be rented of: one slot is as good as another."""
    rent = scene.machines[name].rent
    return name if rent is None else f"{rent.size} of {rent.cloud}"


def _and(names: Iterable[str]) -> str:
    """At most three of them, each once."""
    return listed(sorted(set(names)), 3)
