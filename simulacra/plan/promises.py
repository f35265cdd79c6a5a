"""What a grid's owner was promised, and a cut breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulacra.model.asks import has_own
from simulacra.model.service import Service
from simulacra.model.split import Cut, Half
from simulacra.plan.ground import Ground
from simulacra.plan.settling import rule_of


def broken_promises(ground: Ground, cut: Cut, halves: tuple[Half, Half], doubled: Sequence[str]) -> Iterator[str]:
    """The promises that the cut breaks, in words. A machine's cut parts a zone: what is promised to zones isn't judged by it."""
    if not any(half.leader for half in halves):
        yield "nobody has a leader: nothing is placed or replaced until it is mended"
    for name in doubled:
        service = ground.services.get(name)
        if service is not None and not service.run_twice and not _means_it(ground, service):
            yield f"{name} runs twice, though it must not (run_twice = false)"
    if cut.kind == "machine":
        return
    running = [frozenset(name for name, _ in half.services) for half in halves]
    for service, its_zones in ground.promised:
        if not ground.running.get(service.name):
            continue  # it waits as it is
        for half, names in zip(halves, running, strict=True):
            if service.name in names:
                continue
            bare = sorted(its_zones & ground.able_zones(service.name) & set(half.zones))
            if bare:
                yield f"{service.name} is to stand in {', '.join(bare)}, and none of it runs in that half"


def _means_it(ground: Ground, service: Service) -> bool:
    """Its definition has a `disconnect` of its own that keeps both: then it is no accident."""
    return has_own(service, "disconnect") and all(rule_of(*it) == "unknown" for it in ground.groups[service.name])
