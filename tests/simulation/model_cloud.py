"""The grid's cloud on the virtual clock: its provider, the servers' bodies, and what befalls both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simulacra.model.cloud import Cloud
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Rent
from simulacra.model.rented import GIVEN_BACK, with_slots
from tests.scenes import node_of
from tests.simulation.cloud_schedules import NOWHERE
from tests.simulation.happenings import Happening, Provider
from tests.simulation.model_machine import ModelMachine
from tests.simulation.model_provider import ModelPort, ModelProvider, Tenant

if TYPE_CHECKING:
    from tests.simulation.model_world import World

LATE_S = 60.0
"""So long after it would have been given up a server comes that is late."""
ANOTHER_GRID = "club"


@dataclass
class ModelServer(ModelMachine):
    """What runs at a provider, as a machine: a boot of its own, a node of its own. ``person_since_s``: since when somebody is logged in."""

    id: str = ""
    gone: bool = False
    person_since_s: float | None = None

    @property
    def boot_id(self) -> str:
        return f"{self.id}-boot{self.boots}"

    def arrives(self, within_s: float) -> None:
        """It comes on."""
        self._boot(within_s)

    def sits_down(self) -> None:
        super().sits_down()
        self.person_since_s = self.world.now_s if self.person else None

    def _booted(self) -> None:
        if not self.gone:
            super()._booted()


@dataclass
class ModelCloud:
    """``servers`` are the bodies of all servers of the grid's that are paid for, by their provider's ids, ``departed`` of those that were.
    ``boots`` says how the next ones come on: in time where it says nothing. ``slots`` are those of the first definitions, and one more
    that they don't know.
    """

    world: World
    manner: Provider
    provider: ModelProvider = field(init=False)
    servers: dict[str, ModelServer] = field(default_factory=dict)
    departed: list[ModelServer] = field(default_factory=list)
    boots: list[str] = field(default_factory=list)
    slots: dict[str, Machine] = field(default_factory=dict)
    _unwell_until_s: float = 0.0

    def __post_init__(self) -> None:
        grid, manner = self.world.grid, self.manner
        self.provider = ModelProvider(
            manner.sells,
            lambda: self.world.now_s,
            stop_s=manner.stop_s,
            boot_s=grid.clouds[0].boot_time_s / 2,
            lag_s=manner.lag_s,
            tokens=manner.tokens,
            heard=self._comes,
            gone=self._goes,
        )
        self.slots = {it.name: it for it in with_slots(grid, ()).machines if it.rent is not None}
        self.slots[NOWHERE] = _slot(grid, NOWHERE, "small")

    @property
    def cloud(self) -> Cloud:
        return self.world.grid.clouds[0]

    def port(self, cloud: Cloud) -> ModelPort:
        """The gateway to it."""
        return ModelPort(self.world.grid.name, cloud, self.provider)

    def body(self, slot: str) -> ModelServer | None:
        """The slot's server: the one that is on, else the newest; None where it has none."""
        found = [it for it in self.servers.values() if it.name == slot]
        return max(found, key=lambda it: (it.on, it.id), default=None)

    # servers

    def _comes(self, tenant: Tenant) -> None:
        server = tenant.server
        self.world.tell(server.machine, f"the server {server.id} is created, {'as asked for' if tenant.ours else 'by somebody else'}")
        if tenant.grid == self.world.grid.name:
            body = self._body(tenant)
            self.servers[server.id] = body
            self._boots(body)
        self.world.watch.clouds.comes(tenant)

    def node(self, slot: Machine) -> Node:
        """The node that a server of the slot is."""
        assert slot.rent is not None
        size = slot.rent.size
        offer = next(it for it in self.manner.sells if it.size == size)
        has = Has(offer.cpu_mhz or 4000, int(offer.memory_mb * self.manner.gives), offer.disk_mb or 20000, 2, ("exec", "raw_exec"))
        return node_of(self.world.grid, replace(slot, has=has))

    def _body(self, tenant: Tenant) -> ModelServer:
        slot = self.slots[tenant.server.machine]
        return ModelServer(self.world, slot, replace(self.node(slot), id=f"id-{tenant.server.id}", changed_s=0.0), id=tenant.server.id)

    def _boots(self, body: ModelServer) -> None:
        how = self.boots.pop(0) if self.boots else "in time"
        if how != "in time":
            self.world.tell(body.name, f"its server {body.id} comes {how}")
        boot_s = body.machine.boot_time_s
        if how != "never":
            body.arrives(boot_s * 0.8 if how == "in time" else 2 * boot_s + LATE_S)

    def _goes(self, tenant: Tenant, why: str) -> None:
        self.world.tell(tenant.server.machine, f"the server {tenant.server.id} {why}")
        self.world.watch.clouds.goes(tenant, why)
        body = self.servers.pop(tenant.server.id, None)
        if body is not None:
            body.gone = True
            self.departed.append(body)
            if body.on:
                body.go_off("goes off with its server")

    # what befalls it

    def happens(self, it: Happening) -> None:
        provider = self.provider
        body = self.body(it.whom)
        match it.what:
            case "provider down" | "provider slow" | "provider full" | "provider well":
                self.world.tell("provider", f"is {it.what.removeprefix('provider ')}")
                self._well()
                provider.away, provider.full = it.what == "provider down", it.what == "provider full"
                provider.slow_s = it.much if it.what == "provider slow" else 0.0
            case "answer lost":
                provider.loses.append("found")
            case "answer lost for good":
                provider.loses.append("for good")
            case "boots":
                self.boots.append("late" if it.much == 1 else "never")
            case "stranger":
                self._stranger(it)
            case "size goes":
                self._size_goes()
            case "server stops" if body is not None and body.on:
                provider.stops(body.id)
                body.go_off("its server is switched off")
            case "server hangs" if body is not None and body.on:
                body.go_off("its Nomad client is gone, its server goes on")
            case "destroyed by hand" if body is not None:
                provider.goes(body.id, "is destroyed by hand")

    def _stranger(self, it: Happening) -> None:
        if it.much == 2:
            self.boots.insert(0, "never")
        grid, slot = ANOTHER_GRID if it.much == 3 else self.world.grid.name, self.slots[it.whom]
        assert slot.rent is not None
        self.provider.comes(grid, it.whom, self.cloud.name, slot.rent.size, ours=False)

    def _size_goes(self) -> None:
        """The definitions lose the last size, or the last slot of the only one."""
        cloud = self.cloud
        less = replace(cloud, sizes=cloud.sizes[:-1]) if len(cloud.sizes) > 1 else replace(cloud, max=cloud.max - 1, min=0)
        self.world.tell("a person", f"takes out of the definitions: {cloud.sizes[-1]}")
        self.world.grid = replace(self.world.grid, clouds=(less,))

    @property
    def unwell_until_s(self) -> float:
        """When the provider's last trouble with answering ended, or now."""
        return self.world.now_s if self._answers_late else self._unwell_until_s

    @property
    def _answers_late(self) -> bool:
        return self.provider.away or self.provider.slow_s > 0

    def mended(self) -> None:
        self._well()
        self.provider.loses.clear()
        self.boots.clear()

    def _well(self) -> None:
        self._unwell_until_s = self.unwell_until_s
        self.provider.away = self.provider.full = False
        self.provider.slow_s = 0.0


def _slot(grid: Grid, name: str, size: str) -> Machine:
    """One that the definitions have no place for."""
    cloud = grid.clouds[0]
    rent = Rent(cloud.name, size, retired=True)
    return Machine(name, cloud.zone, cloud.tier, boot_time_s=cloud.boot_time_s, wake=rent, sleep=GIVEN_BACK)
