"""The gateway to Consul: the one owner of python-consul2. It only reads. Values in, values out; its failures are `simulacra.faults`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
from consul import base, std

from simulacra.gateways.consul_faults import CONSUL, consul_fault
from simulacra.gateways.consul_settings import consul_settings
from simulacra.gateways.nomad_session import session_for
from simulacra.gateways.nomad_settings import Settings
from simulacra.gateways.patience import Patience
from simulacra.model.consul import ConsulNode
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid

TIMEOUT_S = (3.05, 15.0)
"""To connect, and to be answered."""

T = TypeVar("T")


def connect_consul(
    grid: Grid | None = None, environment: Mapping[str, str] | None = None, tell: Callable[[str], None] | None = None
) -> Consul | None:
    """Consul as CONSUL_* say, else as the grid does; None where neither says that there is one. Nothing is asked yet; raises `Usage`.

    ``tell`` is called once with a line for people where Consul lets itself be waited for.
    """
    settings = consul_settings(os.environ if environment is None else environment, grid.consul if grid is not None else None)
    return Consul(settings, tell) if settings is not None else None


class Consul:
    """Every method raises `Unreachable` when Consul doesn't answer for ``patience_s``, `Refusal` when it refuses. All is of the
    datacenter of the agent at the address.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self._patience = Patience(CONSUL.name, settings, tell)
        self._api = _Api(settings)

    def coordinates(self) -> tuple[Coordinate, ...]:
        """The network coordinates of all nodes that have one, by name."""

        def asked() -> list[Coordinate]:
            return [_coordinate(item) for item in self._api.coordinate.nodes()[1]]

        return tuple(sorted(self._ask("list coordinates (node read)", asked), key=lambda it: it.machine))

    def nodes(self) -> tuple[ConsulNode, ...]:
        """The catalog's nodes, by name."""

        def asked() -> list[ConsulNode]:
            return [_node(item) for item in self._api.catalog.nodes()[1]]

        return tuple(sorted(self._ask("list nodes (node read)", asked), key=lambda it: it.name))

    def kv(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """The keys that begin with the prefix and their values as text, by key; what isn't UTF-8 comes with replacement characters."""

        def asked() -> list[tuple[str, str]]:
            return [
                (str(item["Key"]), (item["Value"] or b"").decode(errors="replace"))
                for item in self._api.kv.get(prefix, recurse=True)[1] or ()
            ]

        return tuple(sorted(self._ask(f"read the keys below {prefix} (key read)", asked)))

    def servers(self) -> tuple[str, ...]:
        """The names of the nodes that a Consul server runs on."""

        def asked() -> set[str]:
            return {str(item["Node"]) for item in self._api.catalog.service("consul")[1]}

        return tuple(sorted(self._ask("list the servers (service read, node read)", asked)))

    def leader(self) -> str | None:
        """The leader's address and port; None when there is none."""
        return self._ask("ask for the leader", lambda: str(self._api.status.leader() or "")) or None

    def _ask(self, what: str, call: Callable[[], T]) -> T:
        def once() -> T:
            try:
                return call()
            except (
                base.ConsulException,
                requests.exceptions.RequestException,
                ValueError,
                LookupError,
                TypeError,
                AttributeError,
            ) as error:
                raise consul_fault(error, self.settings, what) from error

        return self._patience.ask(once)


class _Api(std.Consul):  # type: ignore[misc]
    """python-consul2's endpoints that are asked. Its own constructor looks into os.environ by itself, and takes no IPv6 address."""

    def __init__(self, settings: Settings) -> None:
        # the token is the session's: not every endpoint would send it
        self.token, self.dc, self.consistency = None, None, "default"
        self.http = _Client(settings)
        self.catalog, self.coordinate, self.kv, self.status = self.Catalog(self), self.Coordinate(self), self.KV(self), self.Status(self)


class _Client(base.HTTPClient):  # type: ignore[misc]
    """Asks through a session of ours."""

    def __init__(self, settings: Settings) -> None:
        self.base_uri = settings.address
        self._session, self._verify = session_for(settings), settings.verify
        if settings.token is not None:
            self._session.headers["X-Consul-Token"] = settings.token

    def get(self, callback: Callable[[Any], Any], path: str, params: Any = None, headers: Any = None) -> Any:
        # a token isn't carried to where somebody else points
        answer = self._session.get(self.uri(path, params), headers=headers, verify=self._verify, timeout=TIMEOUT_S, allow_redirects=False)
        return callback(std.HTTPClient.response(answer))

    def put(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    delete = post = put


def _coordinate(item: Mapping[str, Any]) -> Coordinate:
    raw = item["Coord"]
    return Coordinate(
        machine=str(item["Node"]),
        vec=tuple(float(it) for it in raw["Vec"]),
        height=float(raw["Height"]),
        adjustment=float(raw["Adjustment"]),
        error=float(raw["Error"]),
    )


def _node(item: Mapping[str, Any]) -> ConsulNode:
    meta = item.get("Meta") or {}
    return ConsulNode(
        name=str(item["Node"]),
        address=str(item["Address"]),
        datacenter=str(item.get("Datacenter") or ""),
        meta=tuple(sorted((str(key), str(value)) for key, value in meta.items())),
    )
