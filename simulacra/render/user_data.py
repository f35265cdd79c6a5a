"""What a new server of a cloud is told at its first boot, so that it joins the grid by itself: cloud-init's user data."""

from __future__ import annotations

from pathlib import Path

from simulacra.faults import Usage
from simulacra.model.cloud import Cloud, Slot
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.render.client_config import CLIENT, client_config, known_servers
from simulacra.render.environment import fill, own_sources

OVERLAY, JOIN, USER_DATA = "cloud/overlay.sh.j2", "cloud/join.sh.j2", "cloud/user-data.j2"
"""Templates: the first is the one that a user with another overlay replaces."""


def user_data(grid: Grid, cloud: Cloud, slot: Slot, templates: Path | None = None) -> str:
    """The user data of the slot's server: it holds no secret. ``templates`` is the grid owner's own folder of templates.

    Raises `Usage` where the server couldn't find the grid, and where a template of the user's is broken.
    """
    if not known_servers(grid):
        todo = "write `servers` into the grid's `nomad` block, or `address` into the machines with `server = true`"
        raise Usage(f'{grid.source}: a server of cloud "{cloud.name}" would join no Nomad server, since none is known: {todo}')
    if not cloud.peers and not _has_own(templates):
        todo = f"write `peers`, or a template templates/{OVERLAY} of your own"
        raise Usage(f'{cloud.source}: a server of cloud "{cloud.name}" wouldn\'t find the overlay: {todo}')
    machine = Machine(slot.name, cloud.zone, cloud.tier)
    view = {
        "grid": grid.name,
        "cloud": cloud.name,
        "machine": slot.name,
        "size": slot.size,
        "interface": grid.overlay.interface,
        "peers": cloud.peers,
        "nomad_config": client_config(grid, machine, server=False, templates=templates),
    }
    about = f'server "{slot.name}"'
    script = fill(JOIN, view, about, templates)
    return fill(USER_DATA, {**view, "join_script": script}, about, templates)


def templates_of_user_data(templates: Path) -> dict[str, str]:
    """The texts of the grid owner's own templates that user data is made from, by name. Raises `Usage` where one is broken."""
    return own_sources((USER_DATA, JOIN, CLIENT), "a server's user data", templates)


def _has_own(templates: Path | None) -> bool:
    return templates is not None and any((templates / name).is_file() for name in (OVERLAY, JOIN, USER_DATA))
