"""A provider of servers on a virtual clock: what it sells, what runs there, its trouble, and its books.

It is the contracts' fake, with what a schedule may let go wrong; what it promises is what `tests/contract/test_cloud_gateway.py` asks of
the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from simulacra.faults import Refusal, Unreachable
from simulacra.gateways.cloud_faults import Exhausted
from simulacra.model.cloud import Listing, Server, Slot
from tests.contract.fake_cloud import FakeCloud, FakeProvider

PATIENCE_S, SETTLE_S = 10.0, 20.0
"""So long a gateway asks again, and looks for a server whose creation wasn't answered (`simulacra.gateways.cloud.Timing`)."""
TIMEOUT_S = 20.0
"""An answer that takes longer isn't waited for."""

Lost = Literal["found", "for good"]
"""What becomes of a creation whose answer is lost: the gateway finds its server by its tags, or doesn't."""


@dataclass
class Tenant:
    """A server in the provider's books. ``ours``: the grid has asked for it. It is paid for until ``ended_s`` (None: still)."""

    server: Server
    grid: str
    ours: bool
    stopped_s: float | None = None
    ended_s: float | None = None


@dataclass
class ModelProvider(FakeProvider):
    """``heard`` is told of each server that comes, ``gone`` of each that goes, and why. ``slow_s``: each answer takes so much longer.

    ``asked_s`` is when it was asked, by the asker's clock (None: now); ``took_s`` is how much longer than usual the answers took that were
    given since it was set to 0.
    """

    lag_s: float = 0.0
    tokens: bool = True
    full: bool = False
    slow_s: float = 0.0
    asked_s: float | None = None
    took_s: float = 0.0
    loses: list[Lost] = field(default_factory=list)
    books: dict[str, Tenant] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    heard: Callable[[Tenant], None] = lambda _: None
    gone: Callable[[Tenant, str], None] = lambda _tenant, _why: None

    def comes(self, grid: str, machine: str, cloud: str, size: str, ours: bool) -> Server:
        """A server is there from now on."""
        self.made += 1
        made = Server(f"i-{self.made:04d}", machine, cloud, size, "booting", self.now(), (f"203.0.113.{self.made % 256}",))
        self.running[made.id] = (grid, made)
        self.books[made.id] = Tenant(made, grid, ours)
        self.heard(self.books[made.id])
        return made

    def goes(self, server_id: str, why: str) -> None:
        """It is being destroyed from now on, and isn't paid for any more."""
        tenant = self.books[server_id]
        if tenant.ended_s is None:
            tenant.ended_s = self.now()
            self.gone(tenant, why)

    def stops(self, server_id: str) -> None:
        """It is switched off, and goes on costing money."""
        self.books[server_id].stopped_s = self.now()

    def there(self) -> list[Tenant]:
        """What is paid for now."""
        return [it for it in self.books.values() if it.ended_s is None]

    def as_of(self, server: Server, at_s: float) -> Server | None:
        """As it was then; None where it wasn't there."""
        tenant = self.books[server.id]
        created_s = server.created_s or 0.0
        if created_s > at_s:
            return None
        if tenant.ended_s is not None and tenant.ended_s <= at_s:
            return replace(server, state="stopping") if at_s < tenant.ended_s + self.stop_s else None
        if tenant.stopped_s is not None and tenant.stopped_s <= at_s:
            return replace(server, state="stopped")
        return replace(server, state="running") if at_s - created_s >= self.boot_s else server

    def loses_an_answer(self, found_within_s: float) -> None:
        """Where the next answer is to be lost: what was asked for has taken effect, and is seen in a listing so much later."""
        if not self.loses:
            return
        if self.loses.pop(0) == "found" and found_within_s <= SETTLE_S:
            self.took_s += found_within_s
            return
        self.took_s += SETTLE_S
        raise Unreachable("the provider doesn't answer in time")


@dataclass
class ModelPort(FakeCloud):
    """The gateway's methods over the model."""

    at: ModelProvider
    _token: str = ""

    def servers(self) -> Listing:
        listing = super().servers()
        return listing if self.at.asked_s is None else replace(listing, at_s=self.at.asked_s)

    def create(self, slot: Slot, user_data: str, token: str) -> Server:
        self._token = token
        return super().create(slot, user_data, token)

    def destroy(self, server_id: str) -> bool:
        there = super().destroy(server_id)
        if there:
            self.at.goes(server_id, "is destroyed as asked for")
            self.at.loses_an_answer(0.0)
        return there

    def _asked(self) -> None:
        slow = self.at.slow_s > TIMEOUT_S
        self.at.took_s += TIMEOUT_S if slow else self.at.slow_s
        if self.at.away or slow:
            self.at.took_s += PATIENCE_S
            raise Unreachable(f'cloud "{self.cloud.name}" can\'t be reached')

    def _make(self, slot: Slot, user_data: str) -> Server:
        known = self.at.given.get(self._token) if self.at.tokens else None
        if known is not None:
            tenant = self.at.books[known]
            if tenant.ended_s is not None:
                raise Refusal(f"{slot.name}: the provider gives an earlier server, which is gone: ask with another token")
            return tenant.server
        if self.at.full:
            raise Exhausted(f'cloud "{self.cloud.name}": its quota is used up')
        made = self.at.comes(self.grid, slot.name, slot.cloud, slot.size, ours=True)
        self.at.given[self._token] = made.id
        self.at.user_data[made.id] = user_data
        self.at.loses_an_answer(self.at.lag_s)
        return made

    def _seen(self, server: Server, now: float) -> Server | None:
        return self.at.as_of(server, now - self.at.lag_s)
