"""What a machine doesn't reach of the peripherals that it should, and which proxies are kept off it for that."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.model.proxy import MISSES, of_label
from simulacra.model.snapshot import Snapshot
from simulacra.model.words import listed

NAMES_AT_MOST = 5


def missed(snapshot: Snapshot, name: str) -> Iterator[str]:
    """As sentences; nothing of a machine that isn't on."""
    node = next((it for it in snapshot.nodes if it.name == name), None)
    if node is None or node.status != "ready":
        return
    report = next((it for it in snapshot.reports if it.machine == name), None)
    if report is not None and report.unreached:
        yield f"it doesn't reach {listed(report.unreached, NAMES_AT_MOST)}"
    for key, value in node.meta:
        if key.startswith(MISSES):
            yield f"{of_label(key)} is kept off it while others do better, it misses: {value}"
