"""What node a server that isn't there yet will be: as the last one of its size was, else as its provider describes the size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulacra.model.cloud import Offer
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.machine import Has, Machine
from simulacra.plan.expected import Usual, defined_node, node_when_on
from simulacra.plan.rentals import Rental

MHZ_UNKNOWN = 2000
MEMORY_KEPT = 0.92
"""The share of a size's memory that a Nomad client on it has to give; the rest is the kernel's. Of a server that was on it is known."""
DISK_UNKNOWN_MB = 8192


def servers_of(grid: Grid, records: Mapping[str, Record], rentals: Mapping[str, Rental], usual: Usual) -> dict[str, Node]:
    """The nodes of all slots, by name, that Nomad knows nothing of and whose cloud is known to offer their size."""
    rented = [machine for machine in grid.machines if machine.rent is not None]
    seen: dict[tuple[str, str], Node] = {}
    for machine in rented:
        record = records.get(machine.name)
        if machine.rent is None or record is None or record.remembered is None or _is_outdated(record, rentals.get(machine.rent.cloud)):
            continue
        key = machine.rent.cloud, machine.rent.size
        known = seen.get(key)
        if known is None or known.changed_s < record.remembered.changed_s:
            seen[key] = record.remembered
    return {machine.name: node for machine in rented if (node := _server(grid, machine, seen, rentals, usual)) is not None}


def _is_outdated(record: Record, rental: Rental | None) -> bool:
    """Whether what is remembered is of a server that was made from another image."""
    return rental is not None and record.on_since_s < rental.ledger.image_since_s


def _server(grid: Grid, machine: Machine, seen: Mapping[tuple[str, str], Node], rentals: Mapping[str, Rental], usual: Usual) -> Node | None:
    rent = machine.rent
    assert rent is not None
    like = seen.get((rent.cloud, rent.size))
    if like is not None:
        return node_when_on(grid, machine, replace(like, id=f"rented:{machine.name}", name=machine.name))
    rental = rentals.get(rent.cloud)
    offer = rental.offers.get(rent.size) if rental is not None else None
    if rental is None or offer is None:
        return None
    return defined_node(grid, replace(machine, has=_has(offer, rental.cloud.drivers)), usual)


def _has(offer: Offer, drivers: tuple[str, ...]) -> Has:
    cpu_mhz = offer.cpu_mhz if offer.cpu_mhz is not None else (offer.cpus or 1) * MHZ_UNKNOWN
    disk_mb = offer.disk_mb if offer.disk_mb is not None else DISK_UNKNOWN_MB
    return Has(cpu_mhz, int(offer.memory_mb * MEMORY_KEPT), disk_mb, offer.cpus, drivers)
