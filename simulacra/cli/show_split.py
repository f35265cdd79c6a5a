"""What cuts would do, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from simulacra.cli.show_status import print_, row, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.model.split import Fate, Half, Outcome, Seats

VERDICTS: dict[Fate, tuple[str, str]] = {
    "lost": ("lost", "red"),
    "doubled": ("doubled", "yellow"),
    "fewer": ("fewer than before", "yellow"),
    "moved": ("moved", "green"),
    "one side": ("on one side only", "blue"),
    "both sides": ("kept on both sides", "green"),
    "untouched": ("untouched", "green"),
}
"""The worst first."""
_NAMES, _CUTS = 8, 3
"""So many services of a half, and so many cuts, are named."""


def as_text(outcomes: Sequence[Outcome]) -> str:
    """The fixed shape of ``split --json``, a line for each cut."""
    return "[\n" + ",\n".join(json.dumps(_plain(outcome), ensure_ascii=False) for outcome in outcomes) + "\n]"


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "cut": outcome.cut.label,
        "halves": [
            {"zones": half.zones, "leader": half.leader, "machines": half.machines, "services": dict(half.services)}
            for half in outcome.halves
        ],
        "lost": outcome.lost,
        "doubled": outcome.doubled,
        "verdicts": [{"service": it.service, "verdict": it.fate, "reason": it.reason} for it in outcome.verdicts],
        "broken": outcome.broken,
    }


def show_split(console: Console, title: str, outcomes: Sequence[Outcome], chosen: bool) -> None:
    """A line a cut, what each half still runs, the verdicts, and the promises that are broken. ``chosen``: one cut was asked for, and
    nothing of it is left out.
    """
    if not outcomes:
        print_(console, Text(title, style="bold"), "nothing can be cut: there is one machine, or none")
        return
    print_(console, Text(title, style="bold"), "")
    few = None if chosen else _CUTS
    _show_cuts(console, outcomes, few)
    print_(console, "")
    _show_halves(console, outcomes, None if chosen else _NAMES)
    print_(console, "")
    _show_verdicts(console, outcomes, few)
    broken = _grouped((words, outcome.cut.label) for outcome in outcomes for words in outcome.broken)
    print_(console, "")
    for words, cuts in broken.items():
        print_(console, Text("✗ ", style="red").append(f"{words}: {_some(cuts, few)}", style="default"))
    if not broken:
        print_(console, Text("✓ ", style="green").append("no promise is broken", style="default"))


def show_seats(console: Console, advice: Seats, consul: bool) -> None:
    """Where servers should stand, and why."""
    whose = "Nomad's servers, and Consul's," if consul else "Nomad's servers"
    print_(console, "")
    if advice.advised and advice.stand_well:
        print_(console, Text("✓ ", style="green").append(f"{whose} stand well: {', '.join(advice.now)}", style="default"))
    elif advice.advised:
        now = f"; now they are on {', '.join(advice.now)}" if advice.now else ""
        print_(console, Text("! ", style="yellow").append(f"{whose} should stand on {', '.join(advice.advised)}{now}", style="default"))
    for reason in advice.reasons:
        print_(console, Text(f"    {reason}"))


def _show_cuts(console: Console, outcomes: Sequence[Outcome], most: int | None) -> None:
    cuts = table("CUT", "CUT OFF", "THE REST", "LEADER", "LOST", "DOUBLED")
    for it in outcomes:
        leader = next((name for name, half in zip(("cut off", "the rest"), it.halves, strict=True) if half.leader), "nobody")
        style = {"nobody": "red", "cut off": "yellow"}.get(leader, "green")
        lost = Text(_some(it.lost, most) or "-", style="red" if it.lost else "")
        doubled = Text(_some(it.doubled, most) or "-", style="yellow" if it.doubled else "")
        row(cuts, it.cut.label, _half(it.halves[0], most), _half(it.halves[1], most), Text(leader, style=style), lost, doubled)
    print_(console, cuts)


def _half(half: Half, most: int | None) -> str:
    return f"{_some(half.zones, most)} ({half.machines} on)"


def _show_halves(console: Console, outcomes: Sequence[Outcome], most: int | None) -> None:
    """Cuts with the same halves are told once."""
    same = _grouped((it.halves, it.cut.label) for it in outcomes)
    runs = table("CUT", "HALF", "RUNS")
    for halves, cuts in same.items():
        for at, half in enumerate(halves):
            services = [f"{name} {count}" if count > 1 else name for name, count in half.services]
            row(runs, _some(cuts) if at == 0 else "", ("cut off", "the rest")[at], _some(services, most) or "nothing")
    print_(console, runs)


def _show_verdicts(console: Console, outcomes: Sequence[Outcome], most: int | None) -> None:
    """The worst for each service, in which cuts that is so, and why in the first of them."""
    worst = {fate: at for at, fate in enumerate(VERDICTS)}
    found: dict[str, list[tuple[Fate, str, str]]] = {}
    for outcome in outcomes:
        for it in outcome.verdicts:
            found.setdefault(it.service, []).append((it.fate, outcome.cut.label, it.reason))
    verdicts = table("SERVICE", "VERDICT", "IN", "WHY")
    for service, told in sorted(found.items()):
        fate = min((fate for fate, _, _ in told), key=lambda fate: worst[fate])
        cuts = [label for found_fate, label, _ in told if found_fate == fate]
        reason = next(reason for found_fate, _, reason in told if found_fate == fate)
        words, style = VERDICTS[fate]
        row(verdicts, service, Text(words, style=style), _some(cuts, most), reason)
    print_(console, verdicts if found else Text("no service runs that a cut could touch"))


def _grouped(pairs: Any) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _some(names: Sequence[str], most: int | None = _CUTS) -> str:
    if most is None or len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
