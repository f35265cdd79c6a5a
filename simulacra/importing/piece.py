"""What keys of a Compose service become: pieces that are put together into a definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from simulacra.importing.notes import Note
from simulacra.importing.stanzas import Attribute, Stanza

Trait = Literal["host network", "no network", "stays", "mounts", "privileged", "ends", "everywhere"]
"""It is on the machine's network or on none, what it needs is on one machine, Docker must be allowed to mount or to be privileged, it is
work that comes to an end, it runs on every machine."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A port that is opened on the machine: ``to`` is the port in the container, ``static`` the one on the machine (None: any free one)."""

    to: int
    static: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """A check: of the ``port`` in the container (None: any that there is). ``note`` is for where there is none, ``notes`` are for else."""

    port: int | None
    body: tuple[Attribute, ...]
    note: Note
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Each field goes to one place of the definition; those of two pieces are put behind each other.

    ``head``: the service's own keys; ``config``: the driver's; ``resources``, ``group`` and ``task``: Nomad's stanzas there.
    ``environment``: variables, of which the last of a name counts. ``words``: those of its command. ``hosts``: entries for the
    container's table of hosts, as HCL. ``links``: names that it calls others by, with the services' own; ``follows``: services that it
    is started after, which it may call, too. ``called``: further names that others call it by. ``traits``: what decides about the rest.
    """

    head: tuple[Attribute, ...] = ()
    config: tuple[Stanza, ...] = ()
    resources: tuple[Stanza, ...] = ()
    group: tuple[Stanza, ...] = ()
    task: tuple[Stanza, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    openings: tuple[Opening, ...] = ()
    health: tuple[Health, ...] = ()
    hosts: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    follows: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()
    notes: tuple[Note, ...] = ()


def joined(pieces: Iterable[Piece]) -> Piece:
    """All the pieces as one."""
    found = tuple(pieces)
    return Piece(**{it.name: tuple(value for piece in found for value in getattr(piece, it.name)) for it in fields(Piece)})
