"""A provider of servers in memory, with the gateway's methods. What it promises is what the contract suite asks of EC2 too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulacra.faults import Refusal, Unreachable, Usage
from simulacra.gateways.cloud import LONGEST_USER_DATA
from simulacra.gateways.cloud_faults import Exhausted
from simulacra.model.cloud import Cloud, Listing, Offer, Offers, Server, Slot, by_price


@dataclass
class FakeProvider:
    """What runs there, each with the grid that it is tagged with. ``quota`` servers may there be; ``away``: it doesn't answer.

    A server that is created boots for ``boot_s``, one that is destroyed is stopping for ``stop_s``, and then gone.
    """

    sells: tuple[Offer, ...]
    now: Callable[[], float]
    quota: int = 1000
    away: bool = False
    boot_s: float = 0.0
    stop_s: float = 0.0
    running: dict[str, tuple[str, Server]] = field(default_factory=dict)
    stopping: dict[str, float] = field(default_factory=dict)
    user_data: dict[str, str] = field(default_factory=dict)
    made: int = 0


@dataclass
class FakeCloud:
    """A cloud of a grid at a provider, which several may share. ``lost``: so many answers to creations get lost, and are looked for."""

    grid: str
    cloud: Cloud
    at: FakeProvider
    lost: int = 0

    def offers(self) -> Offers:
        self._asked()
        sold = {it.size: it for it in self.at.sells}
        here = (sold[size] for size in self.cloud.sizes if size in sold)
        return Offers(by_price(here), tuple(sorted(size for size in self.cloud.sizes if size not in sold)))

    def servers(self) -> Listing:
        self._asked()
        now = self.at.now()
        seen = (self._seen(server, now) for grid, server in self.at.running.values() if grid == self.grid)
        there = [it for it in seen if it is not None]
        return Listing(tuple(sorted(there, key=lambda it: (it.machine, it.created_s or 0.0, it.id))), now)

    def create(self, slot: Slot, user_data: str, token: str) -> Server:  # noqa: ARG002 - it loses no answer for good
        if len(user_data.encode()) > LONGEST_USER_DATA:
            raise Usage(f"the user data of {slot.name} is longer than {LONGEST_USER_DATA} bytes: shorten templates/cloud")
        own = [it for it in self.servers().servers if it.machine == slot.name]
        if own and all(it.state == "stopping" for it in own):
            raise Refusal(f"{slot.name}: its last server, {own[0].id}, is still being destroyed: wait until it is gone")
        if own:
            return next(it for it in own if it.state != "stopping")
        if slot.size not in {it.size for it in self.at.sells}:
            raise Usage(f'cloud "{self.cloud.name}": has no size "{slot.size}"')
        if len(self.at.running) >= self.at.quota:
            raise Exhausted(f'cloud "{self.cloud.name}": the quota of {self.at.quota} servers is used up')
        return self._make(slot, user_data)

    def destroy(self, server_id: str) -> bool:
        there = {it.id: it for it in self.servers().servers}
        if server_id not in there or there[server_id].state == "stopping":
            return False
        self.at.stopping[server_id] = self.at.now() + self.at.stop_s
        return True

    def _asked(self) -> None:
        if self.at.away:
            raise Unreachable(f'cloud "{self.cloud.name}" can\'t be reached')

    def _make(self, slot: Slot, user_data: str) -> Server:
        self.at.made += 1
        now = self.at.now()
        address = f"203.0.113.{self.at.made % 256}"
        made = Server(f"i-{self.at.made:04d}", slot.name, slot.cloud, slot.size, "booting", now, (address,))
        self.at.running[made.id] = (self.grid, made)
        self.at.user_data[made.id] = user_data
        return made

    def _seen(self, server: Server, now: float) -> Server | None:
        """As it is now; what is gone is forgotten."""
        from dataclasses import replace

        ends = self.at.stopping.get(server.id)
        if ends is not None:
            return replace(server, state="stopping") if now < ends else None
        return replace(server, state="running") if now - (server.created_s or 0.0) >= self.at.boot_s else server
