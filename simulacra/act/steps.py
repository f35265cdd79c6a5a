"""What the power state machine works on: what is seen of a machine, and what one step of it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.cluster import Node
from simulacra.model.journal import LogEntry, Order, Record, Report
from simulacra.model.ledger import Tenancy
from simulacra.model.plan import Judged


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of one machine. ``node`` is what Nomad has now, not what is remembered; ``busy`` are the jobs that run on it, system
    jobs aside; ``cut_off``: nothing in its zone answers, so that it can't be told whether it is on. ``acting``: it may be
    switched and drained; False where the grid only observes.

    Of a rented one also: ``servers`` are its slot's, as its provider listed them at ``listed_s``; ``refused``: why the provider doesn't
    create the one that was asked for last; ``twins`` are further nodes of its name that are on, where it has several servers.
    """

    now_s: float
    node: Node | None
    report: Report | None
    judged: Judged | None
    busy: tuple[str, ...] = ()
    cut_off: bool = False
    acting: bool = True
    servers: tuple[Tenancy, ...] = ()
    listed_s: float = 0.0
    refused: str = ""
    twins: tuple[Node, ...] = ()

    @property
    def ready(self) -> bool:
        return self.node is not None and self.node.status == "ready"


@dataclass(frozen=True, slots=True)
class Drain:
    """Empty the node, system jobs aside; it takes no new work from then on."""

    node: str


@dataclass(frozen=True, slots=True)
class Release:
    """End a drain of the node if there is one. ``eligible``: it takes work again; else it stays as it was before us: ineligible."""

    node: str
    eligible: bool


@dataclass(frozen=True, slots=True)
class SendOrder:
    """To the program on the machine."""

    machine: str
    order: Order


@dataclass(frozen=True, slots=True)
class Wake:
    """Send the machine's packet through machines in its zone, or run its command. ``attempt`` counts from 1."""

    machine: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Create:
    """A server for the slot, called ``creation``: asked for again under the same name it is the same server."""

    machine: str
    creation: str


@dataclass(frozen=True, slots=True)
class Destroy:
    """Servers of a slot, by their provider's ids."""

    machine: str
    servers: tuple[str, ...]


Effect = Drain | Release | SendOrder | Wake | Create | Destroy


@dataclass(frozen=True, slots=True)
class Step:
    """``record`` is to be written first where it differs, then the effects are to be carried out, in order."""

    record: Record
    effects: tuple[Effect, ...] = ()
    entries: tuple[LogEntry, ...] = ()
