"""The decisions in their order: what fits where, what is woken, what may sleep. Values with reasons; `plan` makes a Plan of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulacra.model.plan import Waiting
from simulacra.model.words import numbered
from simulacra.plan.against_sleeping import asked, not_yet
from simulacra.plan.against_waking import circuit
from simulacra.plan.board import Board
from simulacra.plan.choice import Choice, Option
from simulacra.plan.cooldown import held_back
from simulacra.plan.demand import Ask, Put, asks_of, put
from simulacra.plan.everywhere import take_system_jobs
from simulacra.plan.going import Going, judged_again
from simulacra.plan.replace import against_now, filling, replacement
from simulacra.plan.scene import Scene
from simulacra.plan.search import choose
from simulacra.plan.sleep import Spared, spared
from simulacra.plan.wake import Wakeable, Waking, in_waves, more_machines, wakeable


@dataclass(frozen=True, slots=True)
class Settled:
    """Where what waits goes without waking anything: ``on`` and ``coming`` machines, and those that were ``going`` and stay.
    ``held`` may still go to a machine that was just woken, each with the reason; ``left`` fits on none of them; for what is ``refused`` no
    machine is looked for.
    """

    board: Board
    going: Going
    on: tuple[Put, ...] = ()
    coming: tuple[Put, ...] = ()
    back: tuple[Put, ...] = ()
    held: tuple[tuple[Ask, str], ...] = ()
    left: tuple[Ask, ...] = ()
    refused: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """``sleeping`` are the spared machines that may sleep now, ``soon`` what the other spared ones wait for."""

    settled: Settled
    wakeable: Wakeable
    circuit: str
    choice: Choice
    waking: Waking
    spared: Spared
    sleeping: tuple[str, ...] = ()
    soon: dict[str, str] = field(default_factory=dict)


def decide(scene: Scene) -> Decision:
    """All of it. While something is woken nothing is put to sleep: a number of machines can't say both, and what comes on may change
    what the others are needed for."""
    board = _board(scene)
    on = [it.name for it in scene.that_are("on") if it.takes_work]
    comes = (*scene.that_are("coming"), *(it for it in scene.that_are("on") if it.readmitted))
    coming = [it.name for it in comes if it.expected is not None]
    settled = _settle(scene, board, on, coming)
    can, broken = wakeable(scene), circuit(scene)
    options = [it for it in can.options.values() if not broken or it.limit is not None]
    choice = choose(settled.board, [ask for ask in settled.left if ask.wakes], options)
    waking = in_waves(scene, choice)
    wanted = frozenset(name for ask, went in (*settled.on, *settled.coming) for name in went if not ask.everywhere)
    free = spared(scene, choice.board, wanted, on)
    if not choice.names:
        waking = _for_other_reasons(scene, choice.board, options, on, coming, wanted)
    soon = _soon(scene, free.names, [(ask, went) for ask, went in (*settled.on, *settled.coming) if not ask.everywhere])
    ready = tuple(name for name in free.names if name not in soon)
    return Decision(settled, can, broken, choice, waking, free, ready, soon)


def _soon(scene: Scene, spare: Sequence[str], puts: Sequence[Put]) -> dict[str, str]:
    """What some of the spared machines wait for; where a person wants one asleep it waits for nothing."""
    full_soon = filling(scene, puts)
    machines = [scene.machines[name] for name in spare]
    reasons = {it.name: not_yet(scene, it) or ("" if asked(scene, it) else against_now(it, full_soon)) for it in machines}
    return {name: reason for name, reason in reasons.items() if reason}


def _board(scene: Scene) -> Board:
    """With all machines as they are or will be; what isn't on has room taken by the system jobs that will run there too."""
    nodes = [it.expected for it in scene.machines.values() if it.expected is not None]
    board = Board.of(nodes, scene.snapshot.allocations, scene.snapshot.jobs, scene.snapshot.scheduler)
    take_system_jobs(scene, board, [it.name for it in (*scene.that_are("asleep"), *scene.that_are("coming"))])
    return board


def _settle(scene: Scene, board: Board, on: list[str], coming: list[str]) -> Settled:
    going = judged_again(scene, board, on)
    pristine, board = going.board, going.board.fork()
    asks, refused = asks_of(scene)
    fits, left = put(board, asks, on)
    refused = (
        *refused,
        *(ask.waiting(f"a {ask.job.type} job runs on what is on; nothing is woken for it") for ask in left if ask.everywhere),
    )
    take_system_jobs(scene, board, going.back)
    comes, left = put(board, [ask for ask in left if not ask.everywhere], sorted({*coming, *going.kept}))
    stays, left = put(board, left, [name for name in going.back if name not in going.kept])
    held, left = held_back(scene, pristine, left)
    return Settled(board, going, fits, comes, stays, held, left, refused)


def _for_other_reasons(
    scene: Scene, board: Board, options: list[Option], on: list[str], coming: list[str], wanted: frozenset[str]
) -> Waking:
    """What is woken though nothing waits for it: so that enough machines are on, or that a dearer one can sleep."""
    few = scene.grid.power.machines_min - scene.own_on
    own = [it for it in options if it.limit is None]
    if few > 0 and own:
        return more(scene, board, own, few, f"at least {scene.grid.power.machines_min} machines are to be on (machines_min)")
    for rental in scene.rentals.values():
        rented = [it for it in options if it.limit is not None and it.limit.cloud == rental.cloud.name]
        lacking = rental.cloud.min - rental.taken
        if lacking > 0 and rented:
            floor = numbered(rental.cloud.min, "server")
            return more(scene, board, rented, lacking, f"cloud {rental.cloud.name} has at least {floor} (min)")
    swap = replacement(scene, board, on, coming, options, wanted)
    return in_waves(scene, *swap) if swap is not None else Waking()


def more(scene: Scene, board: Board, options: list[Option], count: int, reason: str, but: tuple[str, ...] = ()) -> Waking:
    """So many more machines, whatever they carry."""
    names = more_machines(options, but, count)
    return in_waves(scene, Choice(board, names), reason)
