"""What to wake for the work that waits, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from simulacra.model.machine import Rent
from simulacra.plan.against_waking import against_waking
from simulacra.plan.choice import Choice, Option
from simulacra.plan.demand import Ask, Put
from simulacra.plan.kept import Kept
from simulacra.plan.known import Known
from simulacra.plan.renting import Limit, limit_of, within
from simulacra.plan.scene import Scene

NOTHING = frozenset[str]()
_ALONE: Kept[Option] = Kept()
"""The options that nothing else of the scene tells anything of."""


@dataclass(frozen=True, slots=True)
class Wakeable:
    """``options`` are the sleepers that may be woken, ``against`` why the others may not, quiet hours included for those that
    may be woken for urgent work only.
    """

    options: dict[str, Option] = field(default_factory=dict)
    against: dict[str, str] = field(default_factory=dict)


def wakeable(scene: Scene) -> Wakeable:
    """Every sleeper with what must be on before it, or with what speaks against it."""
    against = {it.name: against_waking(scene, it) for it in scene.that_are("asleep")}
    options, refused = {}, {}
    offered: Counter[Rent] = Counter()
    for name, reason in against.items():
        known = scene.machines[name]
        needs = needs_of(scene, known)
        blocked = next((other for other in sorted(needs) if not _may_come(scene, other, against)), None) if needs else None
        if not reason and blocked is not None:
            reason = f"it needs {blocked} first: {against.get(blocked) or scene.machines[blocked].why}"
        if reason:
            refused[name] = reason
            continue
        asleep = frozenset(other for other in needs if scene.machines[other].standing == "asleep") if needs else NOTHING
        if known.rent is not None:
            limit = limit_of(scene, known)
            offered[known.rent] += 1
            if limit is None or offered[known.rent] > limit.room:
                continue  # one server of a size is as good as another: more than there may be needn't be weighed
        late = known.quiet or next((scene.machines[it].quiet for it in sorted(asleep) if scene.machines[it].quiet), "")
        if late:
            refused[name] = f"not before {late} (quiet hours)"
        options[name] = _option(scene, known, asleep, quiet=bool(late))
    return Wakeable(options, refused)


def _option(scene: Scene, known: Known, needs: frozenset[str], quiet: bool) -> Option:
    if needs or quiet or known.rent is not None:
        return _new_option(known, needs, quiet, limit_of(scene, known))
    return _ALONE.of((known,), lambda: _new_option(known, NOTHING))


def _new_option(known: Known, needs: frozenset[str], quiet: bool = False, limit: Limit | None = None) -> Option:
    node = known.expected
    room = (node.cpu_mhz, node.memory_mb) if node is not None else (0, 0)
    return Option(known.name, known.watts, known.boot_s, quiet, needs, *room, price=known.price, limit=limit)


def needs_of(scene: Scene, known: Known) -> Set[str]:
    """The machines that must be on before it, directly or not."""
    if known.machine is None or not known.machine.after:
        return NOTHING
    found: set[str] = set()
    todo = [known]
    while todo:
        machine = todo.pop().machine
        for name in machine.after if machine is not None else ():
            if name not in found and name != known.name and name in scene.machines:
                found.add(name)
                todo.append(scene.machines[name])
    return found


def _may_come(scene: Scene, name: str, against: dict[str, str]) -> bool:
    standing = scene.machines[name].standing
    return standing in ("on", "coming") or (standing == "asleep" and not against[name])


@dataclass(frozen=True, slots=True)
class Waking:
    """``now`` are to be woken, each with the reason; ``later`` have to wait, each with what for."""

    now: tuple[tuple[str, str], ...] = ()
    later: dict[str, str] = field(default_factory=dict)


def in_waves(scene: Scene, choice: Choice, why: str = "") -> Waking:
    """The chosen machines in the order in which they should be woken: what must be on before others first; no more than may be on.

    ``why`` is what they are woken for if not for the work itself.
    """
    first, later = [], {}
    granted = _granted(scene, choice)
    for name in _by_priority(scene, choice):
        missing = _missing(scene, scene.machines[name])
        if name not in granted:
            later[name] = f"no more than {scene.grid.power.machines_max} machines may be on (machines_max)"
        elif missing:
            later[name] = f"it is woken when {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} on"
        elif name not in choice.carrying and not _asked_for_itself(choice):
            dependent = next((it for it in choice.names if name in needs_of(scene, scene.machines[it])), name)
            first.append((name, f"{dependent} needs {name} first"))
        else:
            first.append((name, why or _work_of(choice.placed, name)))
    return Waking(tuple(first), later)


def _asked_for_itself(choice: Choice) -> bool:
    """Nothing is placed: it is the machines that are wanted."""
    return not choice.placed


def _granted(scene: Scene, choice: Choice) -> set[str]:
    """Those that may be on within the grid's bound; what is going to sleep is on until it does. A machine is woken only if it may come on
    too that needs it, else it would be on for nothing, sleep again, and be woken again.
    """
    bound = scene.grid.power.machines_max
    still_on = sum(known.ready for known in scene.that_are("going"))
    room = max(0, bound - scene.on - still_on) if bound is not None else len(choice.names)
    chosen = set(choice.names)
    granted: set[str] = set()
    for name in _by_priority(scene, choice):
        if name in choice.carrying or _asked_for_itself(choice):
            more = ({name} | (needs_of(scene, scene.machines[name]) & chosen)) - granted
            if len(granted) + len(more) <= room:
                granted |= more
    return granted


def _missing(scene: Scene, known: Known) -> list[str]:
    return sorted(name for name in needs_of(scene, known) if scene.machines[name].standing != "on")


def _by_priority(scene: Scene, choice: Choice) -> list[str]:
    """Those that carry the most important work first, and with them what they need; then the cheapest."""
    rank: dict[str, int] = {}
    for ask, went in choice.placed:
        for name in went:
            rank[name] = max(rank.get(name, ask.job.priority), ask.job.priority)
    for name, priority in sorted(rank.items()):
        for needed in needs_of(scene, scene.machines[name]):
            rank[needed] = max(rank.get(needed, priority), priority)
    return sorted(choice.names, key=lambda name: (-rank.get(name, 0), scene.machines[name].cost, name))


def _work_of(placed: Iterable[Put], machine: str) -> str:
    names = sorted({_label(ask) for ask, went in placed if machine in went})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"for {', '.join(names[:3])}{more}" if names else "for more machines"


def _label(ask: Ask) -> str:
    return ask.job.id if ask.group.name == ask.job.id or len(ask.job.groups) <= 1 else f"{ask.job.id}.{ask.group.name}"


def all_at_once(options: Mapping[str, Option]) -> dict[str, Option]:
    """The sleepers that may all be on together: of servers the largest, as many as may be rented."""
    limits: list[Limit | None] = []
    taken = set[str]()
    for it in sorted((it for it in options.values() if it.limit is not None), key=lambda it: (-it.memory_mb, -it.cpu_mhz, it.name)):
        if within((*limits, it.limit)):
            limits.append(it.limit)
            taken.add(it.name)
    return {name: it for name, it in options.items() if it.limit is None or name in taken}


def more_machines(options: Sequence[Option], but: Iterable[str], count: int) -> tuple[str, ...]:
    """So many more sleepers as asked for by somebody else's count: the cheapest that nothing keeps from waking now; of servers no more than
    may be rented.
    """
    taken = set(but)
    limits = [it.limit for it in options if it.name in taken]
    found: list[str] = []
    for it in sorted((it for it in options if not it.quiet and not it.needs and it.name not in taken), key=lambda it: (it.cost, it.name)):
        if len(found) < count and within((*limits, it.limit)):
            limits.append(it.limit)
            found.append(it.name)
    return tuple(found)
