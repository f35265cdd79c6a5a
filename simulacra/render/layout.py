"""Assignments as `nomad fmt` lays them out."""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.model.service import Port, Resources


def assignments(pairs: Sequence[tuple[str, str]], indent: int) -> str:
    """Consecutive attributes (name, HCL of the value), one a line with their equals signs in one column; no last newline."""
    width = max((len(name) for name, _ in pairs), default=0)
    pad = " " * indent
    return "\n".join(f"{pad}{name:<{width}} = {value}" for name, value in pairs)


def port_lines(port: Port) -> str:
    """The attributes of a jobspec's ``port`` block."""
    given = (("static", port.static), ("to", port.to))
    return assignments([*((key, str(value)) for key, value in given if value is not None), ("host_network", '"overlay"')], 8)


def resource_lines(resources: Resources) -> str:
    """The attributes of a jobspec's ``resources`` block."""
    given = (("cpu", resources.cpu), ("cores", resources.cores), ("memory", resources.memory), ("memory_max", resources.memory_max))
    return assignments([(key, str(value)) for key, value in given if value is not None], 8)
