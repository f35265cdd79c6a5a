"""The clouds in what steering sees and does: what providers say goes into the snapshot and the journal, slots become machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from simulacra.act.ledgers import booked, worth_writing
from simulacra.faults import Refusal
from simulacra.model.cloud import Cloud, Slot, slots_of
from simulacra.model.grid import Grid
from simulacra.model.journal import SETTLED
from simulacra.model.ledger import Ledger, News
from simulacra.model.machine import Machine
from simulacra.model.rented import cloud_of, with_slots
from simulacra.model.snapshot import Snapshot


class Providers(Protocol):
    """Who asks the clouds' providers; no method waits for one (`simulacra.gateways.cloud_worker.CloudWorkers`)."""

    def news(self, cloud: Cloud, soon: bool) -> News: ...
    def create(self, cloud: Cloud, slot: Slot, creation: str) -> None: ...
    def destroy(self, cloud: Cloud, server_ids: Sequence[str]) -> None: ...
    def close(self) -> None: ...


class Memory(Protocol):
    """Where ledgers are written down; raises a `Refusal` where somebody else has written."""

    def write_ledger(self, ledger: Ledger) -> Ledger: ...


class Renting:
    """One steering's clouds. Providers are asked only once it leads: until then what is written down counts."""

    def __init__(self, providers: Providers, memory: Memory, tell: Callable[[str], None]) -> None:
        self._providers, self._memory, self._tell = providers, memory, tell
        self._asking = False
        self._whole: tuple[Grid, frozenset[tuple[str, str]], Grid] | None = None
        self._grid: Grid | None = None
        self.refused: dict[str, str] = {}
        """Creations that were refused, with what their provider says."""

    def whole(self, grid: Grid, ledgers: Iterable[Ledger]) -> Grid:
        """The grid with the slots among its machines: the same one again where nothing has changed."""
        ledgers = tuple(ledgers)
        key = frozenset((it.machine, it.size) for ledger in ledgers for it in ledger.servers)
        if self._whole is None or self._whole[0] is not grid or self._whole[1] != key:
            self._whole = grid, key, with_slots(grid, ledgers)
        self._grid = self._whole[2]
        return self._grid

    def seen(self, grid: Grid, snapshot: Snapshot) -> Snapshot:
        """With the newest of each cloud that there is."""
        known = {ledger.cloud: ledger for ledger in snapshot.clouds}
        if self._asking:
            self.refused = {}
            for cloud in grid.clouds:
                news = self._providers.news(cloud, _is_busy(cloud, known.get(cloud.name), snapshot))
                self.refused |= dict(news.refused)
                known[cloud.name] = booked(grid, cloud, known.get(cloud.name) or Ledger(cloud.name), news, snapshot.now_s)
        return replace(snapshot, clouds=tuple(known[name] for name in sorted(known)))

    def lead(self, snapshot: Snapshot, written: Iterable[Ledger]) -> None:
        """Ask providers from now on, and write down what is new. ``written`` is what the journal holds."""
        self._asking = True
        before = {ledger.cloud: ledger for ledger in written}
        for ledger in snapshot.clouds:
            known = before.get(ledger.cloud)
            if not worth_writing(known or Ledger(ledger.cloud), ledger):
                continue
            try:
                self._memory.write_ledger(replace(ledger, index=known.index if known is not None else 0))
            except Refusal as conflict:
                self._tell(f"cloud {ledger.cloud}: what its provider says is written down at the next look: {conflict}")

    def create(self, machine: Machine, creation: str) -> None:
        cloud, slot = self._slot(machine)
        if cloud is not None and slot is not None:
            self._providers.create(cloud, slot, creation)

    def destroy(self, machine: Machine, servers: Sequence[str]) -> None:
        cloud, _ = self._slot(machine)
        if cloud is not None:
            self._providers.destroy(cloud, servers)

    def close(self) -> None:
        self._providers.close()

    def _slot(self, machine: Machine) -> tuple[Cloud | None, Slot | None]:
        cloud = cloud_of(self._grid, machine) if self._grid is not None else None
        return cloud, next((it for it in slots_of(cloud) if it.name == machine.name), None) if cloud is not None else None


def _is_busy(cloud: Cloud, ledger: Ledger | None, snapshot: Snapshot) -> bool:
    """Whether one of its servers is being created or destroyed, so that it is worth looking often."""
    names = {slot.name for slot in slots_of(cloud)}
    if any(record.machine in names and record.power not in SETTLED for record in snapshot.records):
        return True
    return ledger is None or any(it.state in ("booting", "stopping") for it in ledger.servers)
