"""Clouds' providers as simulacra asks them: servers come and go as simulated machines do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulacra.model.cloud import Cloud, Listing, Offers, Server, ServerState, Slot
from simulacra.model.ledger import Ledger, News
from simulacra.simulate.machine import Doing, Simulated
from simulacra.simulate.world import World


@dataclass(slots=True)
class Tenant:
    """A server, and the boot of the machine that it stands for."""

    server: Server
    machine: Simulated
    boots: int


class Provided:
    """What `simulacra.renting` asks of providers and of the journal. ``offers``: what each cloud offers; ``begins_s`` is the Unix time of
    the trace's first second.
    """

    def __init__(self, world: World, offers: dict[str, Offers], begins_s: float) -> None:
        self._world, self._offers, self._begins_s = world, offers, begins_s
        self._machines = {it.name: it for it in world.machines if it.machine.rent is not None}
        self._tenants: dict[str, Tenant] = {}
        self._ledgers: dict[str, Ledger] = {}

    @property
    def written(self) -> tuple[Ledger, ...]:
        """What is written down of each cloud."""
        return tuple(self._ledgers[name] for name in sorted(self._ledgers))

    def news(self, cloud: Cloud, soon: bool) -> News:  # noqa: ARG002 - it costs nothing to ask
        now_s = self._begins_s + self._world.now_s
        self._tenants = {id_: it for id_, it in self._tenants.items() if it.machine.boots == it.boots and it.machine.doing != "off"}
        servers = [replace(it.server, state=_STATES[it.machine.doing]) for it in self._tenants.values() if it.server.cloud == cloud.name]
        ordered = sorted(servers, key=lambda it: (it.machine, it.created_s or 0.0, it.id))
        return News(self._offers[cloud.name], now_s, Listing(tuple(ordered), now_s))

    def create(self, cloud: Cloud, slot: Slot, creation: str) -> None:
        machine = self._machines[slot.name]
        if creation in self._tenants or machine.doing != "off":
            return
        self._world.wake(machine)
        server = Server(creation, slot.name, cloud.name, slot.size, "booting", self._begins_s + self._world.now_s)
        self._tenants[creation] = Tenant(server, machine, machine.boots)

    def destroy(self, cloud: Cloud, server_ids: Sequence[str]) -> None:  # noqa: ARG002 - ids are those of all clouds
        for id_ in server_ids:
            tenant = self._tenants.get(id_)
            if tenant is not None and tenant.machine.boots == tenant.boots:
                self._world.stop(tenant.machine)

    def close(self) -> None:
        """Nothing is open."""

    def write_ledger(self, ledger: Ledger) -> Ledger:
        self._ledgers[ledger.cloud] = ledger
        return ledger


_STATES: dict[Doing, ServerState] = {"booting": "booting", "on": "running", "stopping": "stopping", "off": "stopped"}
