"""DigitalOcean, Linode and OpenStack made up: so much of each API, on the loopback, as libcloud's drivers ask for.

The shapes are those of the providers' own documentation; what these really do nobody has tried here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto_cloud import QuietHandler
from werkzeug.serving import make_server

SIZES = {"t3.medium": (4096, 2, 0.0487), "t3.small": (2048, 2, 0.0228)}
REGION = "eu-west-1"
Server = dict[str, Any]


@dataclass
class MadeUp:
    """``faults`` are taken one for each creation: ``lost`` ones are carried out but answered with 500; a code, and words after
    it, is all that is answered.
    """

    port: int = 0
    made: int = 0
    there: dict[str, Server] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    looks: Server = field(default_factory=dict)
    """What stands otherwise in each server."""
    refuses: tuple[int, str] | None = None
    """What everything is answered with: a code and words."""
    asked: list[str] = field(default_factory=list)

    def create(self, said: Server, made: Server) -> tuple[int, Any]:
        """Remember what was asked for, and what it became."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault[:3].isdecimal():
            return int(fault[:3]), fault[4:] or "oh"
        self.made += 1
        made |= {"id": self.made, "said": said, "now": datetime.now(UTC)}
        self.there[str(self.made)] = made
        return (500 if fault == "lost" else 200), made


@contextmanager
def made_up() -> Iterator[MadeUp]:
    """All three at one port; each has its own paths."""
    world = MadeUp()

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length)) if length else {}
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        world.asked.append(f"{method} {path}")
        status, answer, headers = _answer(world, method, path, body)
        start(f"{status} said", [("Content-Type", "application/json"), *headers])
        return [b"" if answer is None else json.dumps(answer, default=str).encode()]

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    world.port = server.server_port
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield world
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _answer(world: MadeUp, method: str, path: str, body: Any) -> tuple[int, Any, list[tuple[str, str]]]:
    if world.refuses is not None:
        return world.refuses[0], _error(path, *world.refuses), []
    if path.endswith("/auth/tokens"):
        return 201, _token(world), [("X-Subject-Token", "a-token")]
    api = _digital_ocean if path.startswith("/v2/") else _linode if path.startswith("/v4/") else _openstack
    status, answer = api(world, method, path, body)
    if status >= 400:
        answer = _error(path, status, answer if isinstance(answer, str) else "oh")
    return status, answer, []


def _error(path: str, code: int, words: str) -> Any:
    """As each of the three says it."""
    if path.startswith("/v2/"):
        return {"id": "refused", "message": words}
    return {"errors": [{"reason": words}]} if path.startswith("/v4/") else {"refused": {"message": words, "code": code}}


def _gone(world: MadeUp, path: str, done: int) -> tuple[int, Any]:
    return (done, {} if done == 200 else None) if world.there.pop(path.rsplit("/", 1)[1], None) else (404, None)


def _digital_ocean(world: MadeUp, method: str, path: str, body: Any) -> tuple[int, Any]:
    if path == "/v2/sizes":
        sizes = [
            {"slug": name, "memory": ram, "vcpus": cpus, "disk": 25, "transfer": 1, "price_hourly": price, "price_monthly": 9,
             "regions": [REGION]}
            for name, (ram, cpus, price) in SIZES.items()
        ]  # fmt: skip
        return 200, {"sizes": [*sizes, {**sizes[0], "slug": "t9.none", "regions": ["nyc3"]}]}
    if method == "DELETE":
        return _gone(world, path, 204)
    if method == "POST":
        status, made = world.create(body, {})
        return (202 if status == 200 else status), {"droplet": _droplet(made)} if status < 400 else made
    return 200, {"droplets": [{**_droplet(it), **world.looks} for it in world.there.values()]}


def _droplet(it: Server) -> Server:
    address = {"ip_address": f"203.0.113.{it['id']}", "type": "public"}
    return {
        "id": it["id"], "name": it["said"]["name"], "status": "new", "created_at": it["now"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "networks": {"v4": [address]}, "tags": it["said"]["tags"], "region": {"name": "Ireland"}, "size_slug": it["said"]["size"],
    }  # fmt: skip


def _linode(world: MadeUp, method: str, path: str, body: Any) -> tuple[int, Any]:
    if path == "/v4/linode/types":
        types = [
            {"id": name, "label": name.upper(), "memory": ram, "disk": 25600, "vcpus": cpus, "gpus": 0, "network_out": 1, "transfer": 1,
             "price": {"hourly": price, "monthly": 9}, "class": "standard", "addons": {}, "successor": None}
            for name, (ram, cpus, price) in SIZES.items()
        ]  # fmt: skip
        return 200, {"data": types, "page": 1, "pages": 1, "results": len(types)}
    if method == "DELETE":
        return _gone(world, path, 200)
    if method == "POST":
        status, made = world.create(body, {})
        return status, _instance(made) if status < 400 else made
    return 200, {
        "data": [{**_instance(it), **world.looks} for it in world.there.values()],
        "page": 1,
        "pages": 1,
        "results": len(world.there),
    }


def _instance(it: Server) -> Server:
    said = it["said"]
    return {
        "id": it["id"], "label": said["label"], "status": "provisioning", "created": it["now"].strftime("%Y-%m-%dT%H:%M:%S"),
        "ipv4": [f"203.0.113.{it['id']}"], "ipv6": None, "tags": said["tags"], "region": said["region"], "type": said["type"],
        "image": said["image"], "hypervisor": "kvm", "specs": {}, "alerts": {}, "backups": {}, "watchdog_enabled": True,
    }  # fmt: skip


def _token(world: MadeUp) -> Any:
    url = f"http://127.0.0.1:{world.port}/compute"
    endpoints = [{"id": "e", "interface": "public", "region": REGION, "region_id": REGION, "url": url}]
    services = (("compute", "nova"), ("image", "glance"), ("network", "neutron"), ("volumev2", "cinderv2"), ("volumev3", "cinderv3"))
    catalog = [{"type": kind, "name": name, "id": name, "endpoints": endpoints} for kind, name in services]
    return {"token": {"expires_at": "2100-01-01T00:00:00.000000Z", "catalog": catalog, "roles": [], "user": {}}}


def _openstack(world: MadeUp, method: str, path: str, body: Any) -> tuple[int, Any]:
    if path.endswith("/flavors/detail"):
        flavors = [
            {"id": f"id-of-{name}", "name": name, "ram": ram, "disk": 20, "vcpus": cpus, "swap": ""}
            for name, (ram, cpus, _) in SIZES.items()
        ]
        return 200, {"flavors": flavors}
    if method == "DELETE":
        return _gone(world, path, 204)
    if method == "POST":
        status, made = world.create(body["server"], {})
        return (202 if status == 200 else status), {"server": {"id": str(made["id"])}} if status < 400 else made
    if path.endswith("/servers/detail"):
        return 200, {"servers": [{**_nova(it), **world.looks} for it in world.there.values()]}
    found = world.there.get(path.rsplit("/", 1)[1])
    return (200, {"server": _nova(found)}) if found else (404, None)


def _nova(it: Server) -> Server:
    now = it["now"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": str(it["id"]), "name": it["said"]["name"], "status": "BUILD", "created": now, "updated": now, "hostId": "",
        "tenant_id": "club", "addresses": {"private": [{"addr": f"10.0.0.{it['id']}"}]}, "metadata": it["said"]["metadata"],
        "flavor": {"id": it["said"]["flavorRef"]},
        "links": [{"rel": "self", "href": "http://127.0.0.1/servers/1"}],
    }  # fmt: skip
