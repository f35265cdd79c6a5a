"""What each half of a cut grid still runs once all has settled: a prediction, from where instances run and what their groups say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.split import Cut, Fate, Half, Outcome, Running, Verdict
from simulacra.plan.cuts import leads, zones_in_halves
from simulacra.plan.ground import Ground, Instance
from simulacra.plan.promises import broken_promises
from simulacra.plan.settling import Part, Settled, rule_of, settle, stop

Counts = dict[str, int]


def split(ground: Ground, cuts: Sequence[Cut]) -> tuple[Outcome, ...]:
    """The outcome of each cut, in their order. The work for a cut grows with what is behind it and with what has to be replaced."""
    base = _Base(ground)
    return tuple(_outcome(base, cut) for cut in cuts)


class _Base:
    """The whole grid's services in order, so that a half is these with a few counts changed."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.names = sorted(ground.running.keys() | ground.wanted.keys())
        self.at = {name: at for at, name in enumerate(self.names)}
        self.pairs = [(name, ground.running.get(name, 0)) for name in self.names]
        self.stoppable = [it for its in ground.by_machine.values() for it in its if rule_of(it.job, it.group) == "stops"]

    def without(self, taken: Counts) -> Running:
        """The whole grid's services, so many fewer of each."""
        pairs = list(self.pairs)
        for name, count in taken.items():
            pairs[self.at[name]] = (name, pairs[self.at[name]][1] - count)
        return tuple(pair for pair in pairs if pair[1] > 0)


@dataclass(frozen=True, slots=True)
class _Effects:
    """How many more or fewer of each service run in each half; ``stopped`` and ``started`` in all, and the groups behind it."""

    here: Counts
    there: Counts
    stopped: Counts
    started: Counts
    parts: dict[str, list[Part]]


def _outcome(base: _Base, cut: Cut) -> Outcome:
    ground = base.ground
    led = leads(ground.servers, ground.voters, cut.behind)
    behind = ground.instances(cut.behind)
    effects = _effects(base, cut, behind, led)
    before = Counter(it.service for it in behind if it.service and it.allocation.running)
    here = {name: before[name] + effects.here.get(name, 0) for name in before.keys() | effects.here.keys()}
    gone = {name: before[name] - effects.there.get(name, 0) for name in before.keys() | effects.there.keys()}
    touched = sorted(here.keys() | gone.keys())
    seen = [_Seen(ground, name, here.get(name, 0), ground.running.get(name, 0) - gone.get(name, 0)) for name in touched]
    verdicts = tuple(_verdict(it, effects, led) for it in seen if it.before or it.total)
    zones = zones_in_halves(cut, ground.zones, ground.machines_in)
    on = len(cut.behind & ground.on)
    halves = (
        Half(zones[0], on, led[0], tuple(sorted((name, count) for name, count in here.items() if count > 0))),
        Half(zones[1], len(ground.on) - on, led[1], base.without(gone)),
    )
    doubled = tuple(it.service for it in verdicts if it.fate == "doubled")
    lost = tuple(it.service for it in verdicts if it.fate == "lost")
    return Outcome(cut, halves, lost, doubled, verdicts, tuple(broken_promises(ground, cut, halves, doubled)))


def _effects(base: _Base, cut: Cut, behind: Sequence[Instance], led: tuple[bool, bool]) -> _Effects:
    ground = base.ground
    if not any(led):
        one, other = stop(behind), stop(it for it in base.stoppable if it.machine not in cut.behind)
        parts = stop(base.stoppable).parts
        return _Effects(_less(one.stopped), _less(other.stopped), one.stopped + other.stopped, {}, parts)
    away = behind if led[1] else ground.instances(ground.by_machine.keys() - cut.behind)
    settled = _settled(ground, cut, away, led) if away else Settled()
    stopped, started = _less(settled.stopped), _named(settled.started)
    here, there = (started, stopped) if led[0] else (stopped, started)
    return _Effects(here, there, settled.stopped, settled.started, settled.parts)


def _settled(ground: Ground, cut: Cut, away: Sequence[Instance], led: tuple[bool, bool]) -> Settled:
    board = ground.board.fork()
    if led[1]:
        board.close(cut.behind)
    else:
        board.set_open(ground.taking & cut.behind)
    return settle(ground, away, board)


def _less(counts: Counts) -> Counts:
    return {name: -count for name, count in _named(counts).items()}


def _named(counts: Counts) -> Counts:
    """Of the grid's services only."""
    return {name: count for name, count in counts.items() if name and count}


class _Seen:
    """A service that a cut touches: how many run in each half afterwards, how many ran before."""

    def __init__(self, ground: Ground, service: str, here: int, there: int) -> None:
        self.service, self.here, self.there = service, here, there
        self.before = ground.running.get(service, 0)
        everywhere = all(job.type in EVERYWHERE_TYPES for job, _ in ground.groups.get(service, ()))
        self.wanted = None if everywhere else max(self.before, ground.wanted.get(service, 0))

    @property
    def total(self) -> int:
        return self.here + self.there


def _verdict(seen: _Seen, effects: _Effects, led: tuple[bool, bool]) -> Verdict:
    reasons = [_reason(part, led) for part in effects.parts.get(seen.service, ()) if part.cut_off]
    fate = _fate(seen, effects)
    if not reasons:
        reasons = ["nothing is placed or replaced while nobody has a leader" if not any(led) else "it goes on where it runs"]
    return Verdict(seen.service, fate, "; ".join(dict.fromkeys(reasons)))


def _fate(seen: _Seen, effects: _Effects) -> Fate:
    if seen.total == 0:
        return "lost"
    if seen.wanted is not None and seen.total > seen.wanted:
        return "doubled"
    if seen.total < seen.before:
        return "fewer"
    if effects.stopped.get(seen.service, 0) > 0 and effects.started.get(seen.service, 0) > 0:
        return "moved"
    return "both sides" if seen.here and seen.there else "one side"


def _reason(part: Part, led: tuple[bool, bool]) -> str:
    one = part.cut_off == 1
    goes = f"{part.cut_off} {'goes' if one else 'go'} on out of the leader's reach"
    if part.rule == "stays":
        return f"{goes}, and {'is' if one else 'are'} not replaced"
    started = f"{part.started or 'none'} {'start' if part.started > 1 else 'starts'} where the leader is"
    if not any(led):
        started = "nobody starts another one"
    elif not part.wanted:
        started = "none is wanted in its place"
    elif part.started < part.wanted:
        started += f": {_hindrance(part)}"
    if part.rule == "stops":
        after = part.group.disconnect.stop_after_s or 0.0
        return f"{part.cut_off} {'is' if one else 'are'} stopped after {after:g} s without a leader; {started}"
    if part.rule == "lost":
        return f"{part.cut_off} {'is' if one else 'are'} taken for lost, though nobody stops {'it' if one else 'them'}; {started}"
    return f"{goes}; {started}"


def _hindrance(part: Part) -> str:
    if any(it.attribute for it in part.group.distincts):
        return "each zone there has its share already, or no room"
    return "no machine there has room for it, or is what it asks for"
