"""The job of a proxy: HAProxy for connections, nginx for datagrams, and a program of ours for what neither can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulacra.model.grid import Grid
from simulacra.model.peripheral import DeviceCheck, Peripheral
from simulacra.model.proxy import CONTAINERS, Proxy, health_port, proxies_of
from simulacra.model.service import Service
from simulacra.model.verbatim import Verbatim
from simulacra.render.environment import fill, template_source
from simulacra.render.heredoc import DELIMITERS, END, escaped, in_heredoc
from simulacra.render.proxy_companion import companion_of, haproxy_socket
from simulacra.render.proxy_grants import acl_template, certificate_template
from simulacra.render.proxy_ports import Wired, wired_of
from simulacra.render.stanzas import instances_of, stanzas_view

TEMPLATE, HAPROXY, NGINX, NGINX_START = "proxy/job.nomad.hcl.j2", "proxy/haproxy.cfg.j2", "proxy/nginx.conf.j2", "proxy/start.sh"
IMAGES = {"haproxy": "haproxy:2.8", "nginx": "nginx:1.26", "python": "python:3.12-slim"}
"""Where no package does: of Docker's official images."""
LEAVES_AFTER = "8s"
"""So long a proxy that is to stop goes on, out of the catalog already: clients are told of the next one meanwhile."""
PROCESSES = ("raw_exec", "exec")
CONNECTIONS = 4096
_OWN_ADDRESS = '{{ with env "NOMAD_IP_health" }}{{ if . | regexMatch ":" }}[{{ . }}]{{ else }}{{ . }}{{ end }}{{ end }}'


def render_proxy(grid: Grid, service: Service, templates: Path | None = None) -> str:
    """The jobspec; raises `simulacra.faults.Usage` where a template of the user's is broken."""
    proxy = next(it for it in proxies_of(grid) if it.name == service.name)
    title, driver = f'peripherals of "{service.name}"', driver_of(grid, proxy)
    wired = wired_of(proxy)
    streams, datagrams = [it for it in wired if it.port.protocol != "udp"], [it for it in wired if it.port.protocol == "udp"]
    shared = "/alloc" if driver in CONTAINERS else "../alloc"
    companion = companion_of(grid, wired, templates, shared)
    view = stanzas_view(grid, service, Verbatim(), Verbatim(), instances_of(grid, service)) | {
        "shown": ", ".join(it.name for it in proxy.peripherals),
        "machines": proxy.machines,
        "label": proxy.label,
        "leaves_after": LEAVES_AFTER,
        "health": health_port(proxy.name),
        "ports": [_job_view(it) for it in wired],
        "driver": driver,
        "contained": driver in CONTAINERS,
        "images": IMAGES,
        "delimiters": DELIMITERS,
        "end": END,
        "memory_mb": 96 + len(wired) // 4,
        "haproxy": in_heredoc(_haproxy(proxy, streams, shared, bool(companion), templates, title), title),
        "nginx": escaped(_nginx(datagrams, templates, title)) if datagrams else "",
        "nginx_start": in_heredoc(template_source(NGINX_START, templates), f"the template {NGINX_START}"),
        "allowed": {"tcp": _allowed(proxy, streams, "{}"), "udp": _allowed(proxy, datagrams, "allow {};")},
        "tls": escaped(certificate_template(proxy.name)) if any(it.port.tls for it in wired) else "",
        "companion": companion,
    }
    return fill(TEMPLATE, view, title, templates)


def driver_of(grid: Grid, proxy: Proxy) -> str:
    """What all machines of one's own that may run it have: a process rather than a container; a process where nothing is known of them."""
    able = [it for it in grid.machines if proxy.may_run_on(it.name, it.zone)]
    known = [frozenset(it.has.drivers) for it in able if it.has is not None and it.has.drivers]
    shared = frozenset.intersection(*known) if known else frozenset(PROCESSES)
    return next((it for it in (*PROCESSES, *CONTAINERS) if it in shared), PROCESSES[0])


def _allowed(proxy: Proxy, wired: list[Wired], line: str) -> list[tuple[str, str]]:
    """The files of addresses for these ports, by name."""
    devices = {it.device.name: it.device for it in wired if it.device.allow is not None}
    return [(_acl(device), escaped(acl_template(proxy.name, device, line))) for device in devices.values()]


def _acl(device: Peripheral) -> str:
    return f"allowed.{device.name}"


def _job_view(wired: Wired) -> dict[str, Any]:
    port = wired.port
    return {
        "about": f"{wired.device.name}, {port.name}: {port.protocol} to {wired.device.address} port {port.number}",
        "label": f"p{wired.listen}",
        "listen": wired.listen,
        "catalog": wired.catalog,
        "device": wired.device.name,
        "looked_at": wired.looked_at,
    }


def _haproxy(proxy: Proxy, wired: list[Wired], shared: str, watched: bool, templates: Path | None, title: str) -> str:
    view = {
        "maxconn": CONNECTIONS,
        "socket": haproxy_socket(shared) if watched else "",
        "resolves": any(it.device.address_kind == "dns" for it in wired),
        "health": health_port(proxy.name),
        "ports": [_haproxy_view(it, shared) for it in wired],
    }
    return fill(HAPROXY, view, title, templates)


def _haproxy_view(wired: Wired, shared: str) -> dict[str, Any]:
    device, port = wired.device, wired.port
    check = device.check or DeviceCheck()
    looks = wired.looked_at and port is device.looked_at
    return {
        "backend": wired.backend,
        "mode": "http" if port.protocol in ("http", "https") else "tcp",
        "listen": wired.listen,
        "tls": " ssl crt secrets/overlay.pem" if port.tls else "",
        "allowed": _acl(device) if device.allow is not None else "",
        "asks": _quoted(check.path) if looks and check.type == "http" else "",
        "asks_companion": f"{shared}/{wired.listen}.well.sock" if looks and port.fingerprint is not None else "",
        "wakes": device.wake is not None,
        "server": " ".join([*_server(wired, shared), *([f"check inter {int(check.every_s * 1000)}ms"] if looks else [])]),
    }


def _server(wired: Wired, shared: str) -> list[str]:
    """Where HAProxy finds the device: by itself, or where the companion leads it to."""
    device, port = wired.device, wired.port
    if port.fingerprint is not None:
        return [f"unix@{shared}/{wired.listen}.sock"]
    tls = ["ssl verify none"] if port.protocol == "https" else []
    if device.address_kind == "dns":
        return [f"{device.address}:{port.number}", "resolvers system init-addr last,libc,none", *tls]
    if device.address_kind in ("mac", "mdns"):
        return [f"127.0.0.1:{port.number}", "disabled", *tls]
    return [_there(wired), *tls]


def _there(wired: Wired) -> str:
    address = wired.device.address
    return f"[{address}]:{wired.port.number}" if ":" in address else f"{address}:{wired.port.number}"


def _quoted(word: str) -> str:
    """One word in HAProxy's configuration; source: "Quoting and escaping" in its manual."""
    return "'" + word.replace("'", "'\\''") + "'"


def _nginx(wired: list[Wired], templates: Path | None, title: str) -> str:
    ports = [
        {
            "about": f"{it.device.name}, {it.port.name}",
            "listen": it.listen,
            "allowed": _acl(it.device) if it.device.allow is not None else "",
            "server": _there(it),
            "named": it.device.address_kind == "dns",
        }
        for it in wired
    ]
    resolves = any(it["named"] for it in ports)
    return fill(NGINX, {"ports": ports, "resolves": resolves, "listen_on": _OWN_ADDRESS, "connections": CONNECTIONS}, title, templates)
