"""What must hold in a lab whatever happens, checked against what was seen from outside. Each rule is a function of that alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulacra.lab.chaos import rules_of_power, rules_of_work
from simulacra.lab.chaos.breach import Breach
from simulacra.lab.chaos.seen import Seen

Check = Callable[[Seen], Iterator[tuple[str, str]]]
"""What is broken now: whom it is about, so that the same isn't told twice, and what happened, in words."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    broken: Check


RULES: tuple[Rule, ...] = (
    Rule("work is not lost", rules_of_work.lost),
    Rule("batch work is not told to stop", rules_of_work.told),
    Rule("batch work ends once", rules_of_work.twice),
    Rule("no more run than were asked for", rules_of_work.too_many_run),
    Rule("work that can run runs", rules_of_work.waits),
    Rule("one stands in each zone", rules_of_work.silent),
    Rule("people are left alone", rules_of_power.under_hands),
    Rule("what runs is not switched off", rules_of_power.switched_off),
    Rule("never_sleeps", rules_of_power.never_sleeps),
    Rule("each order is obeyed once", rules_of_power.obeyed_twice),
    Rule("machines_max", rules_of_power.too_many),
    Rule("machines_min", rules_of_power.too_few),
    Rule("what is cut off is left as it is", rules_of_power.taken_for_off),
    Rule("nothing is stuck", rules_of_power.stuck),
    Rule("a quiet grid stands still", rules_of_power.moves_on),
    Rule("what nobody needs sleeps", rules_of_power.stays_on),
    Rule("nothing of ours stays behind", rules_of_power.left_behind),
    Rule("every server has an owner", rules_of_power.unowned),
)


def breaches(seen: Seen) -> tuple[Breach, ...]:
    """All that is broken now, or ever was."""
    return tuple(Breach(rule.name, about, seen.now_s, text) for rule in RULES for about, text in rule.broken(seen))
