"""Why a peripheral is as it is: where it is on the overlay, who serves it, how it is; else why nobody does."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.model.words import listed
from simulacra.observe.explained import Explanation, Scene, explain_service
from simulacra.observe.peripherals import NO_PORTS, SeenPeripheral


def explain_peripheral(scene: Scene, seen: SeenPeripheral) -> Explanation:
    """``well``, ``down``, ``unknown`` (it is served, but nothing tells), ``waiting`` (nobody serves it) or, without ports, ``missing``."""
    if seen.proxy is None:
        return Explanation(seen.name, "missing", None, (NO_PORTS,))
    proxy = explain_service(scene, seen.proxy)
    reasons = (*_told(seen), *(_of_proxy(seen.proxy, it) for it in (proxy.reasons if proxy is not None else ())))
    return Explanation(seen.name, seen.health.kind if seen.served_by else "waiting", proxy.since if proxy is not None else None, reasons)


def _told(seen: SeenPeripheral) -> Iterator[str]:
    where = f" in zone {seen.zone}" if seen.zone is not None else ""
    yield f"the device is {seen.device}{where}"
    if not seen.served_by:
        yield "nobody serves it"
        return
    for port in seen.ports:
        if port.address is not None:
            yield f"{port.name} ({port.protocol}) is at {port.address}, on {port.machine}"
    unwell: dict[str, list[str]] = {}
    for port in seen.ports:
        machines = unwell.setdefault(str(port.health), []) if port.machine is not None and port.health.kind != "well" else []
        if port.machine is not None and port.machine not in machines:
            machines.append(port.machine)
    yield from (f"from {listed(machines)} it is {health}" for health, machines in unwell.items())


def _of_proxy(proxy: str, reason: str) -> str:
    return f"its proxy {proxy}: {reason}"
