"""The lab's cloud as a driver of libcloud's, which the cloud's gateway takes in the place of a real one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.base import Node, NodeDriver, NodeImage, NodeSize
from libcloud.compute.types import NodeState

from simulacra.lab.cloud_wire import NotDone, ask_cloud

MB_OF_A_GB = 10**9 / 2**20
_STATES = {"booting": NodeState.PENDING, "running": NodeState.RUNNING, "stopping": NodeState.STOPPING, "failed": NodeState.ERROR}
_GOING = "shutting-down"
"""A server that is being destroyed, as EC2 has it: libcloud's own states don't tell it from one that is switched off."""


class _Unconnected:
    """In the place of libcloud's connection by HTTP."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def connect(self) -> None:
        pass


class LabCloud(NodeDriver):
    """``key`` is the path of the cloud's socket. Raises `BaseHTTPError` for a no, and `OSError` where no answer comes in time."""

    connectionCls = _Unconnected  # type: ignore[assignment]
    name = "a lab of simulacra's"
    type = "simulacra_lab"

    def __init__(self, key: str, account: str, timeout: float) -> None:
        super().__init__(key)  # type: ignore[no-untyped-call]
        self._place, self._account, self._timeout_s = Path(key), account, timeout

    def list_nodes(self) -> list[Node]:
        return [self._node(it) for it in self._ask("list")]

    def list_sizes(self, location: Any = None) -> list[NodeSize]:  # noqa: ARG002 - libcloud's own
        return [
            NodeSize(
                it["name"], it["name"], it["memory_mb"], it["disk_mb"] / MB_OF_A_GB, None, it["price"], self, extra={"vcpus": it["cpus"]}
            )
            for it in self._ask("sizes")
        ]

    def create_node(  # type: ignore[override]
        self, name: str, size: NodeSize, image: NodeImage, ex_tags: dict[str, str], ex_userdata: str, ex_token: str
    ) -> Node:
        wanted = {"name": name, "size": size.id, "image": image.id, "tags": ex_tags, "user_data": ex_userdata, "token": ex_token}
        return self._node(self._ask("create", **wanted))

    def destroy_node(self, node: Node) -> bool:
        return bool(self._ask("destroy", id=node.id))

    def _node(self, told: dict[str, Any]) -> Node:
        extra = {"tags": told["tags"], **({"status": _GOING} if told["state"] == "stopping" else {})}
        created = datetime.fromtimestamp(told["created_s"], UTC)
        return Node(told["id"], told["name"], _STATES[told["state"]], told["addresses"], [], self, extra=extra, created_at=created)

    def _ask(self, what: str, **more: Any) -> Any:
        try:
            return ask_cloud(self._place, {"do": what, "account": self._account, **more}, self._timeout_s)
        except NotDone as error:
            raise BaseHTTPError(error.code, error.words) from error  # type: ignore[no-untyped-call]
