"""Of every machine, why it stays as it is or doesn't."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.plan import Judged
from simulacra.plan.decision import Decision
from simulacra.plan.kept import Kept
from simulacra.plan.known import Known
from simulacra.plan.scene import Scene

NOT_NEEDED = "nothing needs it"
_LET_ALONE: Kept[Judged] = Kept()


def judged(scene: Scene, decided: Decision) -> tuple[Judged, ...]:
    """Every machine by name; the first reason is what decides."""
    view, together = _View.of(decided), _Together(scene)
    return tuple(_one(scene, decided, view, known, together) for known in scene.machines.values())


@dataclass(frozen=True, slots=True)
class _View:
    """What waits for each machine, what is woken and what is spared, looked up by machine. ``barred`` has what those would take that may
    not be woken.
    """

    waits: dict[str, set[str]]
    barred: dict[str, set[str]]
    woken: dict[str, str]
    spared: frozenset[str]
    sleeping: frozenset[str]

    @classmethod
    def of(cls, decided: Decision) -> _View:
        waits: dict[str, set[str]] = {}
        settled = decided.settled
        for ask, went in (*settled.on, *settled.coming, *settled.back, *decided.choice.placed):
            for name in went:
                waits.setdefault(name, set()).add(ask.job.id)
        barred: dict[str, set[str]] = {}
        for ask in {it.key: it for it in decided.choice.left if it.wakes}.values():
            for name in decided.choice.board.able(ask.job, ask.group) if decided.wakeable.against else ():
                barred.setdefault(name, set()).add(ask.job.id)
        return cls(waits, barred, dict(decided.waking.now), frozenset(decided.spared.names), frozenset(decided.sleeping))


class _Together:
    """On how many machines the batch work of each machine stands."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._machines: dict[tuple[str, str], int] = {}

    def of(self, known: Known) -> int:
        """Of several jobs the one on the fewest counts; work that isn't batch work stands for itself."""
        least = 0
        for it in known.work:
            job = self._scene.job_of(it)
            if job is None or job.type == "system":
                continue
            on = self._machines.get((it.namespace, it.job)) if job.type == "batch" else 1
            if on is None:
                on = len({other.node for other in self._scene.allocations_of(job) if not other.leaving})
                self._machines[it.namespace, it.job] = on
            least = min(least or on, on)
        return max(1, least)


def _one(scene: Scene, decided: Decision, view: _View, known: Known, together: _Together) -> Judged:
    if _is_let_alone(decided, view, known):
        return _LET_ALONE.of((known,), lambda: Judged(known.name, known.standing, (NOT_NEEDED,)))
    superfluous = False
    match known.standing:
        case "on":
            superfluous = known.name in view.spared
            reasons = _on(decided, view, known)
        case "going":
            superfluous, reasons = _going(scene, decided, view, known)
        case "asleep":
            reasons = (_asleep(decided, view, known),)
        case _:
            reasons = (known.why, *_waits(view, known))
    against = _against(decided, known)
    return Judged(known.name, known.standing, reasons, superfluous, known.counted, known.leave, against, together.of(known))


def _is_let_alone(decided: Decision, view: _View, known: Known) -> bool:
    """Whether it is asleep, nothing wants it, and nothing speaks against waking it."""
    name = known.name
    if known.standing != "asleep" or known.work or decided.circuit or name in view.woken or name in view.waits:
        return False
    return name not in decided.wakeable.against and name not in decided.waking.later


def _against(decided: Decision, known: Known) -> str:
    """What speaks against waking it: a slot that was left out, or whose zone is cut off, isn't weighed, and its cloud's bounds hold."""
    if known.rent is not None and not known.counted and known.standing != "asleep":
        return known.why
    return decided.wakeable.against.get(known.name, "")


def _on(decided: Decision, view: _View, known: Known) -> tuple[str, ...]:
    if known.name in view.sleeping:
        return (decided.spared.reasons[known.name],)
    if known.name in decided.soon:
        return decided.soon[known.name], decided.spared.reasons[known.name]
    return decided.spared.kept[known.name], *_waits(view, known)


def _going(scene: Scene, decided: Decision, view: _View, known: Known) -> tuple[bool, tuple[str, ...]]:
    waits = _waits(view, known)
    kept = decided.settled.going.kept.get(known.name)
    if kept is not None:
        return False, (kept, *waits)
    if waits:
        return False, waits
    return True, (known.why, *_listed("still runs", _jobs(scene, known)))


def _asleep(decided: Decision, view: _View, known: Known) -> str:
    if known.name in view.woken:
        return f"it is to be woken {view.woken[known.name]}"
    broken = decided.circuit if known.rent is None else ""
    against = decided.waking.later.get(known.name) or broken or decided.wakeable.against.get(known.name, "")
    needed = _listed("needed by", view.waits.get(known.name) or (view.barred.get(known.name, set()) if against else set()))
    return f"{needed[0]}, but {against}" if needed and against else f"{NOT_NEEDED}{f'; {against}' if against else ''}"


def _waits(view: _View, known: Known) -> tuple[str, ...]:
    waits = view.waits.get(known.name, set())
    return _listed("waits for it:", waits)


def _jobs(scene: Scene, known: Known) -> set[str]:
    """What runs there and not everywhere."""
    return {it.job for it in known.work if (job := scene.job_of(it)) is None or job.type != "system"}


def _listed(lead: str, names: set[str]) -> tuple[str, ...]:
    if not names:
        return ()
    ordered = sorted(names)
    more = f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""
    return (f"{lead} {', '.join(ordered[:3])}{more}",)
