"""A grid's clouds, as a lab has them: their servers stand on the LAN of their zone, and have what the definitions say of their size."""

from __future__ import annotations

import ipaddress

from simulacra.gateways.cloud_providers import account_of
from simulacra.gateways.cloud_sizes import ORDINARY_MHZ
from simulacra.lab.addresses import FIRST_MACHINE
from simulacra.lab.cloud_books import Site, Size
from simulacra.lab.layout import Layout
from simulacra.model.cloud import Cloud

_MEMORY_MB, _DISK_MB, _PRICE = 1024, 10_000, 0.01
"""Those of the first size of a cloud that nothing is said of; the second has twice as much, the third three times."""


def sites_of(layout: Layout) -> tuple[Site, ...]:
    """In the order of the definitions."""
    return tuple(_site(layout, cloud) for cloud in layout.grid.clouds)


def _site(layout: Layout, cloud: Cloud) -> Site:
    lan = layout.lan(cloud.zone)
    assert lan is not None, "a grid's references hold"
    own = sum(1 for seat in layout.seats if seat.machine.zone == cloud.zone)
    router = str(ipaddress.ip_interface(lan.router).ip)
    sizes = tuple(_size(cloud, name, place) for place, name in enumerate(cloud.sizes, 1))
    first, devices = FIRST_MACHINE + own, [it for it in layout.devices if it.zone == cloud.zone]
    # devices may push the router and machines away from where they are else
    machines = (seat.lan_address for seat in layout.seats if seat.machine.zone == cloud.zone)
    taken = (lan.router, *machines, *(it.lan_address for it in devices))
    reaches = tuple(it.elsewhere for it in devices if it.elsewhere is not None)
    return Site(
        cloud.name, account_of(cloud), cloud.zone, lan.network, first, router, sizes, cloud.drivers, taken if devices else (), reaches
    )


def _size(cloud: Cloud, name: str, place: int) -> Size:
    facts = cloud.facts_of(name)
    return Size(
        name,
        cpus=place,
        cpu_mhz=facts.cpu_mhz if facts.cpu_mhz is not None else place * ORDINARY_MHZ,
        memory_mb=facts.memory_mb if facts.memory_mb is not None else place * _MEMORY_MB,
        disk_mb=facts.disk_mb or place * _DISK_MB,
        price=facts.price if facts.price is not None else place * _PRICE,
    )
