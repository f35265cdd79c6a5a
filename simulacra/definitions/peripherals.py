"""What must hold for peripherals: a place from which each is reached, ports that are nobody else's, looks that can be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from simulacra.definitions.definition import Definition
from simulacra.definitions.problems import Problem, problem, quoted
from simulacra.model.peripheral import Peripheral
from simulacra.model.proxy import FIRST_PORT, PORTS, health_port, listens_on, proxy_name

LONGEST_JOB = 63


def check_peripherals(definitions: Sequence[Definition]) -> Iterator[Problem]:
    """All that is wrong with peripherals, by themselves and between them."""
    devices = [d for d in definitions if d.kind == "peripheral" and d.whole]
    machines = {d.name: d for d in definitions if d.kind == "machine"}
    services = {d.name: d for d in definitions if d.kind == "service"}
    places: dict[str, Definition] = {}
    for d in devices:
        yield from _place(d, machines)
        yield from _able(d)
        yield from _check(d)
        if d.value.ports:
            yield from _job(d, services)
            yield from _same_job(d, places.setdefault(proxy_name(d.value), d))
    yield from _Taken(devices, _static_ports(services.values())).twice()


def _place(d: Definition, machines: dict[str, Definition]) -> Iterator[Problem]:
    device: Peripheral = d.value
    title = f'peripheral "{d.name}"'
    if device.zone is None and not device.machines:
        yield problem(d.source, f"{title} lacks `zone` (or `machines`): say from where it is reached")
    if device.machines and device.replicas > len(device.machines):
        said = f"{device.replicas} replicas need as many machines, and {len(device.machines)} reach it: lower `replicas`, or name more"
        yield problem(d.at("replicas"), f"{title}: {said}")
    for name in device.machines if device.zone is not None else ():
        other = machines.get(name)
        if other is not None and other.value.zone != device.zone:
            said = f'machine "{name}" is in zone "{other.value.zone}", not in "{device.zone}": leave `zone` or the machine out'
            yield problem(d.at("machines"), f"{title}: {said}")


def _able(d: Definition) -> Iterator[Problem]:
    """What can't be done: with datagrams finding out addresses that only the proxy's program can, and waking; keeping passwords."""
    device: Peripheral = d.value
    title, of_udp = f'peripheral "{d.name}"', [it for it in device.ports if it.protocol == "udp"]
    if of_udp and device.address_kind in ("mac", "mdns"):
        said = f"{quoted(device.address)} is found out for connections only, and {quoted(of_udp[0].name)} is udp: name the IP address"
        yield problem(d.at("address"), f"{title}: {said}")
    if device.wake is not None and device.wake.secureon is not None:
        said = "its SecureOn password would stand in the job of its proxy, where others read it: switch the password off in its card"
        yield problem(d.at("wake.secureon"), f"{title}: {said}")
    if device.wake is not None and len(of_udp) == len(device.ports):
        yield problem(d.at("wake"), f"{title}: a connection wakes it, and it has no port that takes one: add a port that isn't udp")


def _check(d: Definition) -> Iterator[Problem]:
    device: Peripheral = d.value
    check, title = device.check, f'peripheral "{d.name}"'
    if check is None or check.type == "none":
        return
    able = [it.name for it in device.ports if it.protocol != "udp"]
    if not able:
        yield problem(d.at("check"), f'{title} has no port that can be looked at: add one that isn\'t udp, or write `type = "none"`')
    elif check.port is not None and check.port not in able:
        known = ", ".join(f'"{it}"' for it in able)
        yield problem(d.at("check.port"), f"{title}: there is no port {quoted(check.port)} that can be looked at: it takes {known}")


def _job(d: Definition, services: dict[str, Definition]) -> Iterator[Problem]:
    name = proxy_name(d.value)
    if len(name) > LONGEST_JOB:
        said = f"its proxy's job would be called {name}, which is too long: shorten the zone's name"
        yield problem(d.at("zone"), f'peripheral "{d.name}": {said}')
    if name in services:
        said = f'its proxy\'s job would be called "{name}", as the service at {services[name].source} is: rename that'
        yield problem(d.source, f'peripheral "{d.name}": {said}', "duplicate")


def _same_job(d: Definition, other: Definition) -> Iterator[Problem]:
    """Names of zones and machines may be such that two places have the same."""
    if _place_of(d.value) != _place_of(other.value):
        said = f'its proxy\'s job would be called "{proxy_name(d.value)}", as that of peripheral "{other.name}" at {other.source} is, which'
        yield problem(d.source, f'peripheral "{d.name}": {said} has another place: give both the same, or rename the zone', "duplicate")


def _place_of(device: Peripheral) -> tuple[str | None, tuple[str, ...], int]:
    return None if device.machines else device.zone, tuple(sorted(device.machines)), device.replicas


def _static_ports(services: Iterable[Definition]) -> dict[int, str]:
    """Those that services have for themselves, and whose they are."""
    ports = [(port, d) for d in sorted(services, key=lambda it: it.name) for port in d.value.ports]
    return {port.static: f'port "{port.name}" of service "{d.name}"' for port, d in ports if port.static is not None}


@dataclass(slots=True)
class _Taken:
    """Numbers of ports on the overlay and whose they are: one machine may serve all devices."""

    devices: Sequence[Definition]
    owners: dict[int, str]

    def twice(self) -> Iterator[Problem]:
        served = [d for d in self.devices if d.value.ports and (d.value.zone is not None or d.value.machines)]
        for d in sorted(served, key=lambda it: proxy_name(it.value)):
            own = f"the health of {proxy_name(d.value)}"
            other = self.owners.setdefault(health_port(proxy_name(d.value)), own)
            if other != own:
                said = f"{own} would be {health_port(proxy_name(d.value))} on the overlay, as {other} is"
                yield problem(d.source, f'peripheral "{d.name}": {said}: give it another zone, other machines or `replicas`', "duplicate")
        wanted = [(d, port) for d in sorted(served, key=lambda it: it.name) for port in d.value.ports]
        all_numbers = {listens_on(d.value, port) for d, port in wanted} | set(self.owners)
        for d, port in sorted(wanted, key=lambda it: it[1].listen is None):
            number, own = listens_on(d.value, port), f'port "{port.name}" of peripheral "{d.name}"'
            other = self.owners.setdefault(number, own)
            if other is not own:
                free = next(it for it in range(FIRST_PORT, FIRST_PORT + PORTS) if it not in all_numbers)
                all_numbers.add(free)
                said = f"would be {number} on the overlay, as {other} is: give it another, `listen = {free}`"
                yield problem(d.at(f"port {port.name}"), f'peripheral "{d.name}": the port "{port.name}" {said}', "duplicate")
