"""Strikes when they are due, and their healing when they are over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulacra.faults import Fault
from simulacra.lab.chaos.deeds import Done, strike
from simulacra.lab.chaos.kinds import PERSON, POWER_CUT, WHOEVER
from simulacra.lab.chaos.schedule import WAITS_S, Strike
from simulacra.lab.chaos.seen import Seen, Struck
from simulacra.lab.chaos.site import Site
from simulacra.lab.chaos.watching import Lookout

Tell = Callable[[float, str], None]
"""Takes the moment (Unix seconds) and a line of the story."""

_JUST_NOW_S = 5.0
_HEALS_WITHIN_S = 60.0
"""So long it is tried to undo a fault that can't be undone just now."""


@dataclass
class Lasting:
    """A fault that lasts: which one of those seen, until when, and how it is undone."""

    index: int
    until_s: float
    undo: Callable[[], object]


@dataclass
class Striker:
    """``due`` are the strikes to come, by their times; ``waiting`` those that are due as soon as a machine is switched; ``lasting`` those
    that aren't healed yet. ``do`` does one.
    """

    site: Site
    lookout: Lookout
    tell: Tell
    due: list[Strike]
    do: Callable[[Site, Strike], Done] = strike
    waiting: list[Strike] = field(default_factory=list)
    lasting: list[Lasting] = field(default_factory=list)

    @property
    def at_rest(self) -> bool:
        return not self.due and not self.waiting and not self.lasting

    def step(self, seen: Seen, now_s: float) -> Seen:
        """Heal what is over, then strike what is due; with that."""
        for over in [it for it in self.lasting if it.until_s <= now_s]:
            seen = self._heal(seen, over, now_s)
        while self.due and seen.began_s + self.due[0].at_s <= now_s:
            it = self.due.pop(0)
            if it.when is None:
                seen = self._strike(seen, it, now_s)
            else:
                self.waiting.append(it)
        for it in tuple(self.waiting):
            seen = self._strike_in_the_act(seen, it, now_s)
        return seen

    def _strike_in_the_act(self, seen: Seen, it: Strike, now_s: float) -> Seen:
        records = seen.heard.records if seen.heard is not None else ()
        met = next((one.machine for one in records if one.power == it.when and now_s - one.since_s < _JUST_NOW_S), None)
        if met is not None:
            self.waiting.remove(it)
            return self._strike(seen, replace(it, whom=met) if it.whom == WHOEVER else it, now_s)
        if now_s > seen.began_s + it.at_s + WAITS_S:
            self.waiting.remove(it)
            self.tell(now_s, f"{it.title}: none was")
            return replace(seen, strikes=(*seen.strikes, Struck(it, (), now_s, now_s, f"none was {it.when}")))
        return seen

    def _strike(self, seen: Seen, it: Strike, now_s: float) -> Seen:
        self._announce(it, now_s)
        done = self.do(self.site, it)
        struck = Struck(it, done.machines, now_s, None if it.lasts_s and not done.missed else now_s, done.missed)
        if done.missed:
            self._take_back(it)
        elif it.lasts_s:
            self.lasting.append(Lasting(len(seen.strikes), now_s + it.lasts_s, done.undo))
        lasts = f", for {it.lasts_s:.0f} s" if it.lasts_s else ""
        self.tell(now_s, f"{it.title}{f' {done.what}' if done.what else ''}" + (f": {done.missed}" if done.missed else lasts))
        return replace(seen, strikes=(*seen.strikes, struck))

    def _announce(self, it: Strike, now_s: float) -> None:
        """What the lookout must know beforehand."""
        if it.kind == POWER_CUT:
            self.lookout.pressed.add(it.whom)
        elif it.kind == PERSON:
            self.lookout.sat[it.whom] = now_s

    def _take_back(self, it: Strike) -> None:
        if it.kind == POWER_CUT:
            self.lookout.pressed.discard(it.whom)
        elif it.kind == PERSON:
            self.lookout.sat.pop(it.whom, None)

    def _heal(self, seen: Seen, it: Lasting, now_s: float) -> Seen:
        struck = seen.strikes[it.index]
        try:
            it.undo()
        except Fault:
            if now_s > it.until_s + _HEALS_WITHIN_S:
                raise
            return seen
        self.lasting.remove(it)
        if struck.strike.kind == PERSON:
            self._take_back(struck.strike)
        self.tell(now_s, f"healed: {struck.strike.title}")
        healed = replace(struck, healed_s=now_s)
        return replace(seen, strikes=tuple(healed if at == it.index else one for at, one in enumerate(seen.strikes)))
