"""Grids with a cloud at a moment, for the planner's tests: `scenes` with servers that are rented, and what is written down of clouds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from scenes import NOON, World, always, grid_of, machine

from simulacra.model.cloud import Cloud, Offer
from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.labels import labels_of
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.machine import Machine, Tier
from simulacra.model.months import month_began_s
from simulacra.model.place import Zone
from simulacra.model.plan import Plan
from simulacra.model.rented import cloud_of, with_slots
from simulacra.model.snapshot import Snapshot
from simulacra.plan.plan import plan, plan_for
from simulacra.plan.scene import Scene, look

SMALL = Offer("small", 2048, 8192, 2, 4000, Decimal("0.02"))
LARGE = Offer("large", 8192, 8192, 4, 8000, Decimal("0.07"))
OFFERS = (SMALL, LARGE)
CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small", "large"), "ami", region="eu-west-1", max=2, billed_by_s=60.0)
HOUR_S = 3600.0


@dataclass(frozen=True)
class CloudWorld(World):
    """Slots have no server unless one was `rents`; what was put over a machine's node or record may be put over a slot's too."""

    ledgers: tuple[Ledger, ...] = ()

    @property
    def whole(self) -> Grid:
        return with_slots(self.grid, self.ledgers)

    def cloud(self, name: str = "burst", **more: object) -> CloudWorld:
        """With another definition of the cloud."""
        clouds = tuple(replace(it, **more) if it.name == name else it for it in self.grid.clouds)  # type: ignore[arg-type]
        return replace(self, grid=replace(self.grid, clouds=clouds))

    def ledger(self, cloud: str = "burst", **more: object) -> CloudWorld:
        """With this written down of the cloud."""
        return replace(self, ledgers=tuple(replace(it, **more) if it.cloud == cloud else it for it in self.ledgers))  # type: ignore[arg-type]

    def spent(self, amount: str, cloud: str = "burst") -> CloudWorld:
        """Servers that are gone have cost so much this month."""
        return self.ledger(cloud, gone=Decimal(amount), month_s=month_began_s(self.grid.timezone, self.now_s))

    def listed(self, slot: str, since_s: float = NOON - HOUR_S, **more: object) -> CloudWorld:
        """A server of the slot is listed by its provider."""
        cloud = str(more.pop("cloud", "burst"))
        (ledger,) = (it for it in self.ledgers if it.cloud == cloud)
        size = str(more.pop("size", "")) or self._size(slot)
        price = next((it.price for it in ledger.offers if it.size == size), None)
        made = Tenancy(f"i-{slot}-{len(ledger.servers)}", slot, size, since_s, "running", price)
        servers = (*ledger.servers, replace(made, **more))  # type: ignore[arg-type]
        return self.ledger(cloud, servers=tuple(sorted(servers, key=lambda it: (it.machine, it.created_s, it.id))))

    def rents(self, slot: str, since_s: float = NOON - HOUR_S, **more: object) -> CloudWorld:
        """A server of the slot was created then, and is on since."""
        world = self.listed(slot, since_s, **more) if more.pop("listed", True) else self
        known = world.whole.machine(slot)
        assert known is not None, slot
        node = replace(server_node(world.whole, known, OFFERS), **world.nodes.get(slot, {}))  # type: ignore[arg-type]
        world = replace(world, strangers=(*world.strangers, node)).awake(slot)
        return world.record(slot, power="on", since_s=since_s, on_since_s=since_s)

    def _size(self, slot: str) -> str:
        found = with_slots(self.grid, ()).machine(slot)
        assert found is not None, slot
        assert found.rent is not None
        return found.rent.size

    def snapshot(self) -> Snapshot:
        own, made = {it.name for it in self.grid.machines}, super().snapshot()
        records = [Record(name, **more) for name, more in self.records.items() if name not in own and more is not None]  # type: ignore[arg-type]
        ordered = tuple(sorted((*made.records, *records), key=lambda it: it.machine))
        return replace(made, records=ordered, clouds=tuple(sorted(self.ledgers, key=lambda it: it.cloud)))

    def plan(self) -> Plan:
        return plan(self.whole, self.snapshot())

    def plan_for(self, count: int) -> Plan:
        return plan_for(self.whole, self.snapshot(), count)

    def scene(self) -> Scene:
        return look(self.whole, self.snapshot())


def server_node(grid: Grid, slot: Machine, offers: tuple[Offer, ...]) -> Node:
    """The node of a slot's server as it is when it is on."""
    cloud = cloud_of(grid, slot)
    assert cloud is not None
    assert slot.rent is not None
    offer = next(it for it in offers if it.size == slot.rent.size)
    attributes = {"kernel.name": "linux", "unique.hostname": slot.name} | {f"driver.{driver}": "1" for driver in cloud.drivers}
    return Node(
        f"id-{slot.name}",
        slot.name,
        cpu_mhz=offer.cpu_mhz or 2000,
        memory_mb=offer.memory_mb,
        disk_mb=offer.disk_mb or 8192,
        cores=tuple(range(offer.cpus or 1)),
        drivers=cloud.drivers,
        attributes=tuple(sorted(attributes.items())),
        meta=tuple(sorted(labels_of(grid, slot))),
        networks=(HostNetwork("default", f"10.1.0.{slot.name}"), HostNetwork("overlay", f"200::{slot.name}")),
        changed_s=NOON - 2 * HOUR_S,
    )


def fresh_ledger(name: str = "burst", offers: tuple[Offer, ...] = OFFERS, **more: object) -> Ledger:
    """What the provider offers is known, and that there is no server."""
    made = Ledger(name, offers=offers, offered_s=NOON, listed_s=NOON, month_s=month_began_s("UTC", NOON))
    return replace(made, **more)  # type: ignore[arg-type]


def grid_with(*own: Machine, clouds: tuple[Cloud, ...] = (CLOUD,), **more: object) -> Grid:
    zones = tuple(Zone(name) for name in sorted({*(it.zone for it in own), *(it.zone for it in clouds)}))
    return grid_of(*own, **({"tiers": (Tier("server", 20),), "clouds": clouds, "zones": zones} | more))  # type: ignore[arg-type]


def burst_world(*own: Machine, **cloud: object) -> CloudWorld:
    """A small nas that is on, a tower of 16 GB that sleeps (or others as given), and a cloud with two sizes, two servers at most."""
    machines = own or (machine("tower"),)
    world = CloudWorld(grid_with(always(), *machines), ledgers=(fresh_ledger(),)).awake("nas")
    return world.cloud("burst", **cloud)
