"""What ails the places of Nomad's servers: which single cuts take the leader away. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.model.split import Seats
from simulacra.model.words import listed
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
        cuts = listed(advice.headless, _NAMED)
        words = f"{cuts}: a cut there leaves nobody with a leader, and nothing is placed or replaced until it is mended"
        yield Finding("problem", "cuts", words, todo)
    avoidable = advice.smaller if len(advice.smaller) > len(advice.left_smaller) else ()
    if avoidable:
        yield Finding("advice", "cuts", f"{listed(avoidable, _NAMED)}: a cut there leaves the bigger half without a leader", todo)
    if not advice.headless and not avoidable:
        yield Finding("ok", "cuts", "whatever single thing is cut off, one half has a leader")
