"""What ails the places of Nomad's servers: which single cuts take the leader away. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulacra.model.split import Seats
from simulacra.observe.doctor import Finding

_NAMED = 4


def server_findings(advice: Seats, consul: bool) -> tuple[Finding, ...]:
    """One finding, or two: what the cuts do to the servers that there are. ``consul``: its servers are to stand there too."""
    return tuple(_findings(advice, "Nomad's servers (and Consul's)" if consul else "Nomad's servers"))


def _findings(advice: Seats, whose: str) -> Iterator[Finding]:
    if not advice.now:
        return
    todo = f"run {whose} on {', '.join(advice.advised)}: `simulacra split` says why"
    if not advice.advised or advice.stand_well:
        todo = "`simulacra split` says what each half still runs, and what would help"
    if advice.headless:
        words = f"{_listed(advice.headless)}: a cut there leaves nobody with a leader, and nothing is placed or replaced until it is mended"
        yield Finding("problem", "cuts", words, todo)
    avoidable = advice.smaller if len(advice.smaller) > len(advice.left_smaller) else ()
    if avoidable:
        yield Finding("advice", "cuts", f"{_listed(avoidable)}: a cut there leaves the bigger half without a leader", todo)
    if not advice.headless and not avoidable:
        yield Finding("ok", "cuts", "whatever single thing is cut off, one half has a leader")


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:_NAMED], *([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
