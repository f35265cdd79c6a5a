"""The gateway to clouds: the one owner of libcloud, which is imported when a provider is first asked. Values in, values out.

A gateway is asked from one thread at a time: libcloud's connections hold what they are at.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol, TypeVar

from simulacra.faults import Fault, Refusal, Usage
from simulacra.gateways.cloud_drivers import did_you_mean, make_driver
from simulacra.gateways.cloud_faults import CREATE, DESTROY, LIST, SIZES, Gone, cloud_fault
from simulacra.gateways.cloud_providers import MANNERS, STANDING_IN, Node, Wanted, options_for
from simulacra.gateways.cloud_settings import NOBODY, Login, StandIn, login_for, provider_of, stand_in_of
from simulacra.gateways.cloud_sizes import offers_of
from simulacra.gateways.connection_faults import Transient
from simulacra.gateways.nomad_settings import Settings
from simulacra.gateways.patience import Patience
from simulacra.model.cloud import TAG_CLOUD, TAG_GRID, TAG_MACHINE, TAG_SIZE, Cloud, Listing, Offers, Server, ServerState, Slot

LONGEST_USER_DATA = 16 * 1024
"""Bytes: the least that a supported provider takes."""

_STATES: Mapping[str, ServerState] = {
    "pending": "booting", "starting": "booting", "rebooting": "booting", "running": "running", "stopping": "stopped", "stopped": "stopped",
    "suspended": "stopped", "paused": "stopped", "error": "failed",
}  # fmt: skip
_EC2_WORDS: Mapping[object, ServerState] = {"shutting-down": "stopping", "stopping": "stopped"}
_OPENSTACK_GOING = "deleting"
"""How they call what libcloud's own states don't tell: a server that is being destroyed, one that is being switched off."""

T = TypeVar("T")


class CloudPort(Protocol):
    """What the rest of the code asks of a cloud."""

    def offers(self) -> Offers: ...
    def servers(self) -> Listing: ...
    def create(self, slot: Slot, user_data: str, token: str) -> Server: ...
    def destroy(self, server_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Timing:
    """``timeout_s`` for one answer, ``patience_s`` for asking again. A creation whose answer was lost is looked for by its tags for
    ``settle_s``: a provider's listing may lag behind.
    """

    timeout_s: float = 20.0
    patience_s: float = 10.0
    settle_s: float = 20.0
    look_every_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep


def connect_cloud(
    grid: str, cloud: Cloud, environment: Mapping[str, str] | None = None, tell: Callable[[str], None] | None = None
) -> CloudGateway:
    """A cloud of the grid of that name. Nothing is asked yet; raises `Usage` where credentials are missing or the provider isn't one
    that can be rented from. ``tell`` is called once with a line for people where the provider lets itself be waited for.
    Where the environment names a stand-in, that is asked in the place of every provider, and needs no credentials.
    """
    around = os.environ if environment is None else environment
    stand_in = stand_in_of(around)
    return CloudGateway(grid, cloud, NOBODY if stand_in is not None else login_for(cloud, around), tell=tell, stand_in=stand_in)


class CloudGateway:
    """Every method raises `Unreachable` when the provider doesn't answer for ``patience_s``, `Denied` when it doesn't take the
    credentials or they lack the right, `Usage` when what the definitions name isn't there, `Refusal` when it refuses for another reason
    (`Exhausted`: it has no server to give).
    """

    def __init__(
        self,
        grid: str,
        cloud: Cloud,
        login: Login,
        timing: Timing | None = None,
        tell: Callable[[str], None] | None = None,
        stand_in: StandIn | None = None,
    ) -> None:
        self._grid, self._cloud, self._login, self._timing = grid, cloud, login, timing or Timing()
        self._provider, manners, self._stand_in = provider_of(cloud), MANNERS[cloud.provider], stand_in
        self._options = options_for(cloud, manners)
        self._manners = STANDING_IN if stand_in is not None else manners
        self._where = stand_in.place if stand_in is not None else _where(cloud)
        self._patience = Patience(cloud.provider, Settings(address=self._where, patience_s=self._timing.patience_s), tell)
        self._driver: Any = None

    def offers(self) -> Offers:
        """The cloud's sizes, with what the definitions know better."""
        return offers_of(self._cloud, self._sizes(), self._manners, self._provider)

    def servers(self) -> Listing:
        """The servers with the grid's tag, whichever of its clouds they are of, so far as they are at this provider and region. What was
        created a moment ago may be missing.
        """
        asked_s = time.time()
        made = (server for node in self._nodes() if (server := self._server(node)) is not None)
        return Listing(tuple(sorted(made, key=lambda it: (it.machine, it.created_s or 0.0, it.id))), asked_s)

    def create(self, slot: Slot, user_data: str, token: str) -> Server:
        """A server for the slot: the one that it has, else a new one. ``token`` names this creation, and is another for each server.

        An answer that was lost isn't asked for again blindly: the server is looked for by its tags. Raises `Unreachable` where it isn't
        known whether there is one; asking again with the same token is safe where the provider keeps tokens, elsewhere once `servers`
        has been looked at.
        """
        if len(user_data.encode()) > LONGEST_USER_DATA:
            raise Usage(f"the user data of {slot.name} is longer than {LONGEST_USER_DATA} bytes: shorten templates/cloud")
        there = self._of(slot)
        if there is not None:
            return there
        size = self._size(slot.size)
        tags = {TAG_GRID: self._grid, TAG_MACHINE: slot.name, TAG_CLOUD: self._cloud.name, TAG_SIZE: slot.size}
        made = self._make(slot, size, self._manners.created_with(Wanted(tags, user_data, token, self._options)))
        return made if isinstance(made, Server) else self._created(made, slot)

    def _make(self, slot: Slot, size: Any, arguments: Mapping[str, Any]) -> Any:
        """libcloud's node, or the server that is found by its tags where no answer came."""
        lost = False

        def make(driver: Any) -> Any:
            nonlocal lost
            try:
                return driver.create_node(name=slot.name, size=size, **self._image_and_place(driver), **arguments)
            except Exception as error:
                fault = self._fault(error, CREATE)
                lost = lost or (isinstance(fault, Transient) and not fault.untouched)
                raise fault from error

        try:
            return self._ask(CREATE, make, repeat=self._provider.token_repeats)
        except Fault:
            found = self._settled(slot) if lost else None
            if found is None:
                raise
            return found

    def destroy(self, server_id: str) -> bool:
        """Whether there was such a server of the grid's; it is being destroyed now. What isn't the grid's is let be."""
        node = next((it for it in self._nodes() if str(it.id) == server_id), None)
        server = self._server(node) if node is not None else None
        if server is None or server.state == "stopping":
            return False
        try:
            done = self._ask(DESTROY, lambda driver: driver.destroy_node(node))
        except Gone:
            return True
        if not done:
            raise Refusal(
                f'cloud "{self._cloud.name}": {self._cloud.provider} doesn\'t destroy {server.machine} ({server_id}): see there why'
            )
        return True

    def _of(self, slot: Slot) -> Server | None:
        """The slot's server; raises `Refusal` while its last one is being destroyed."""
        own = [it for it in self.servers().servers if it.machine == slot.name]
        if own and all(it.state == "stopping" for it in own):
            raise Refusal(f"{slot.name}: its last server, {own[0].id}, is still being destroyed: wait until it is gone")
        return next((it for it in own if it.state != "stopping"), None)

    def _settled(self, slot: Slot) -> Server | None:
        """The server that a lost answer was about; None where it doesn't show up."""
        tries = max(int(self._timing.settle_s / self._timing.look_every_s), 1)
        for attempt in range(tries):
            if attempt:
                self._timing.sleep(self._timing.look_every_s)
            found = self._of(slot)
            if found is not None:
                return found
        return None

    def _created(self, node: Any, slot: Slot) -> Server:
        state = _state(node)
        if state is None or state == "stopping":
            raise Refusal(f"{slot.name}: {self._cloud.provider} gives an earlier server, which is gone: ask with another token")
        return Server(str(node.id), slot.name, self._cloud.name, slot.size, state, _created_s(node), _addresses(node))

    def _server(self, node: Node) -> Server | None:
        """The node as a server of the grid; None for another's, and for one that is gone."""
        tags, state = self._manners.tags(node), _state(node)
        if tags.get(TAG_GRID) != self._grid or state is None:
            return None
        machine, cloud, size = tags.get(TAG_MACHINE) or node.name, tags.get(TAG_CLOUD, ""), tags.get(TAG_SIZE, "")
        return Server(str(node.id), machine, cloud, size, state, _created_s(node), _addresses(node))

    def _nodes(self) -> list[Node]:
        chosen = self._manners.listed_with(TAG_GRID, self._grid)
        return self._ask(LIST, lambda driver: list(driver.list_nodes(**chosen)))

    def _sizes(self) -> list[Any]:
        place = self._manners.sizes_by_location
        return self._ask(SIZES, lambda driver: list(driver.list_sizes(**({"location": self._location(driver)} if place else {}))))

    def _size(self, name: str) -> Any:
        sizes = self._sizes()
        found = next((it for it in sizes if name in (it.id, it.name)), None)
        if found is None:
            cloud, hint = self._cloud, did_you_mean(name, (str(it.id) for it in sizes))
            raise Usage(f'{cloud.source}: cloud "{cloud.name}": {cloud.provider} has no size "{name}" in {cloud.region or "it"}{hint}')
        return found

    def _image_and_place(self, driver: Any) -> dict[str, Any]:
        from libcloud.compute.base import NodeImage

        image = {"image": NodeImage(id=self._cloud.image, name=self._cloud.image, driver=driver)}
        return image | ({"location": self._location(driver)} if self._manners.takes_location else {})

    def _location(self, driver: Any) -> Any:
        from libcloud.compute.base import NodeLocation

        region = self._cloud.region or ""
        return NodeLocation(id=region, name=region, country="", driver=driver)

    def _ask(self, what: str, call: Callable[[Any], T], repeat: bool = True) -> T:
        driver = self._connected()

        def once() -> T:
            try:
                return call(driver)
            except Fault:
                raise
            except Exception as error:  # libcloud's drivers raise bare ones for what a provider says
                raise self._fault(error, what) from error

        return self._patience.ask(once, repeat)

    def _fault(self, error: Exception, what: str) -> Fault:
        return cloud_fault(error, self._cloud, self._login, self._where, what)

    def _connected(self) -> Any:
        if self._driver is None:
            self._driver = make_driver(self._cloud, self._login, self._manners, self._timing.timeout_s, self._stand_in)
        return self._driver


def _where(cloud: Cloud) -> str:
    if cloud.endpoint is None:
        return cloud.region or cloud.provider
    return f"{cloud.endpoint.host}:{cloud.endpoint.port}" if cloud.endpoint.port is not None else cloud.endpoint.host


def _state(node: Node) -> ServerState | None:
    """None for what is gone."""
    if node.extra.get("task_state") == _OPENSTACK_GOING:
        return "stopping"
    if (word := _EC2_WORDS.get(node.extra.get("status"))) is not None:
        return word
    state = str(node.state)
    return None if state == "terminated" else _STATES.get(state, "unknown")


def _created_s(node: Node) -> float | None:
    at = node.created_at
    if at is None:
        return None
    return float((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp())


def _addresses(node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(it) for it in (*(node.public_ips or ()), *(node.private_ips or ()))))
