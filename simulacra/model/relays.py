"""Which machines send a sleeper's magic packet: broadcasts stay in their own LAN, so one that is on in the same zone must."""

from __future__ import annotations

from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.snapshot import Snapshot

AT_ONCE = 2


def relays_of(grid: Grid, snapshot: Snapshot, zone: str, but: str = "") -> tuple[str, ...]:
    """The machines in the zone that are on, stay on, and whose program obeys orders: those that never sleep first, then by name.

    A rented one is on no LAN with machines of one's own, whatever zone it counts to.
    """
    obeying = {it.node for it in snapshot.allocations if it.job == NODE_JOB and it.running}
    going = {record.machine for record in snapshot.records if record.power in ("draining", "sleeping")}
    defined = {machine.name: machine for machine in grid.machines}
    found = []
    for node in snapshot.nodes:
        machine = defined.get(node.name)
        if machine is not None and machine.rent is not None:
            continue
        where = machine.zone if machine is not None else node.label(LABEL_ZONE)
        if node.status == "ready" and node.id in obeying and where == zone and node.name not in (but, *going):
            found.append((not (machine is not None and machine.never_sleeps), node.name))
    return tuple(name for _, name in sorted(found))


def senders(relays: tuple[str, ...], attempt: int) -> tuple[str, ...]:
    """The relays of an attempt (counting from 1): a few at once, others each time, until all have had their turn."""
    if not relays:
        return ()
    first = (attempt - 1) * AT_ONCE
    return tuple(dict.fromkeys(relays[(first + step) % len(relays)] for step in range(AT_ONCE)))
