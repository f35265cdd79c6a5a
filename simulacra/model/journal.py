"""What the grid remembers of its machines between two looks: kept in Nomad variables, one for each machine.

- `MACHINES`/NAME holds a `Record`, written by whoever holds the lease, and by people's commands, always with check-and-set.
- `NODES`/NAME holds a `Belonging`, for a node whose zone or tier has to be remembered; `GATES`/NAME holds a service's `GateRecord`.
- `ORDERS`/NAME holds an `Order` for the program on the machine; `REPORTS`/NAME holds the `Report` that it writes.
- `LOG` holds the newest `LOG_AT_MOST` entries of all machines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from simulacra.model.cluster import Node
from simulacra.model.machine import Sleep

NODE_JOB = "simulacra-node"
"""The system job whose program obeys orders and reports."""

MACHINES = "simulacra/machines"
NODES = "simulacra/nodes"
GATES = "simulacra/gates"
LOG = "simulacra/log"
LEASE = "simulacra/lease"
ORDERS = f"nomad/jobs/{NODE_JOB}/orders"
REPORTS = f"nomad/jobs/{NODE_JOB}/reports"
LOG_AT_MOST = 200
AHEAD_AT_MOST_MS = 10 * 365 * 24 * 3600 * 1000
"""So far ahead the clocks of all who have ever steered may have been."""
A_PERSON = "a person"
"""Who wanted it, of a record or a log entry, where it wasn't the plan."""

PowerState = Literal["on", "draining", "sleeping", "asleep", "waking", "failed"]
SETTLED: tuple[PowerState, ...] = ("on", "asleep", "failed")
UNDER_WAY: tuple[PowerState, ...] = ("draining", "sleeping", "waking")
DAY_S = 86400.0
OrderKind = Literal["sleep", "wake", "none"]
ZoneBy = Literal["definition", "subnet", "overlay", "coordinates", "label", "datacenter", "only", ""]
"""What tells a machine's zone: its definition; its address on a zone's LAN; neighbours on its LAN, as the overlay sees them; Consul's
network coordinates; its agent's own configuration; its Nomad datacenter; that there is only one zone. Empty: nothing does."""


@dataclass(frozen=True, slots=True)
class Record:
    """A machine's entry. Times are Unix seconds; 0 is never.

    ``power`` is the state that simulacra has brought it to or is bringing it to, ``since_s`` when that began, ``by`` who wanted it
    (``plan``, ``a person``, ``itself``). ``attempts`` counts tries in this state, the next not before ``next_try_s``.
    ``drained``: its node is ineligible because we made it so. ``sequence`` numbers the orders to it; ``boot_id`` is the boot that
    the last order was meant for. ``failures`` in a row, the last at ``failed_s``: it is left out until ``out_until_s``.
    ``held_until_s``: a person wants it left as it is. ``moved_s`` are when it was woken or put to sleep, of the last day.
    ``on_since_s``: when it last came on. ``superfluous_since_s``: since when the grid could do without it.
    ``needed_s``: when work came for it lately, after it had had none; ``together``: on how many machines that work stood.
    ``remembered`` is its node as last seen on, so that work can be planned onto it when Nomad has forgotten it.
    ``boot_took_s``: from the first packet to a ready node, the last time.
    """

    machine: str
    power: PowerState = "on"
    since_s: float = 0.0
    reason: str = ""
    by: str = ""
    attempts: int = 0
    next_try_s: float = 0.0
    drained: bool = False
    sequence: int = 0
    boot_id: str = ""
    failures: int = 0
    failed_s: float = 0.0
    out_until_s: float = 0.0
    held_until_s: float = 0.0
    moved_s: tuple[float, ...] = ()
    on_since_s: float = 0.0
    superfluous_since_s: float = 0.0
    needed_s: tuple[float, ...] = ()
    together: int = 1
    boot_took_s: float = 0.0
    remembered: Node | None = None
    index: int = field(default=0, compare=False)
    """The variable's modify index, for check-and-set; 0: there is none yet."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Which zone and tier a node counts to, and since when it looks as if it were another. Times are Unix seconds; 0 is never.

    ``zone`` None: it can't be told. ``confidence`` is from 0 to 1. ``other_zone``: where it seems to be now, since ``other_since_s``; it
    moves there once that has been so for long enough. ``lower_tier``: what it has would only do for that tier (empty: for none), since
    ``lower_since_s``.
    """

    machine: str
    zone: str | None = None
    zone_by: ZoneBy = ""
    confidence: float = 0.0
    other_zone: str | None = None
    other_since_s: float = 0.0
    tier: str | None = None
    lower_tier: str = ""
    lower_since_s: float = 0.0
    index: int = field(default=0, compare=False)
    """The variable's modify index, for check-and-set; 0: there is none yet."""


@dataclass(frozen=True, slots=True)
class GateRecord:
    """Whether a service with ``needs`` is let online. Times are Unix seconds; 0 is never.

    ``met_since_s``: what it needs has been there since then; ``lacking_since_s``: some of it has been missing since then (one is 0).
    ``closed_s`` are when it closed, lately. ``reason``: why it opened or closed; ``lacks``: what is missing now, in words.
    ``needs_since_s``: since when its needs are there, whether there is room for it or not.
    """

    service: str
    open: bool = False
    since_s: float = 0.0
    reason: str = ""
    met_since_s: float = 0.0
    lacking_since_s: float = 0.0
    lacks: str = ""
    needs_since_s: float = 0.0
    closed_s: tuple[float, ...] = ()
    index: int = field(default=0, compare=False)
    """The variable's modify index, for check-and-set; 0: there is none yet."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One magic packet to send: ``payload`` is its bytes in hexadecimal; ``interface`` None: whichever leads to ``broadcast``."""

    machine: str
    payload: str
    broadcast: str = "255.255.255.255"
    port: int = 9
    interface: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """For the program on a machine. It obeys each sequence number at most once, and none that is older than the last it obeyed.

    ``sleep`` is only obeyed on the boot ``boot_id``. Nothing is obeyed after ``expires_s`` (Unix seconds).
    """

    sequence: int
    kind: OrderKind
    expires_s: float
    boot_id: str = ""
    method: str = "poweroff"
    command: tuple[str, ...] = ()
    packets: tuple[Packet, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A network card: its address, and whether it is set to wake by magic packet (None: that can't be told)."""

    interface: str
    mac: str
    wakes: bool | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What the program on the machine says. ``obeyed`` is the sequence number of the last order that it obeyed or refused.

    ``refused``: why it didn't obey that one, empty where it did. ``keep_awake`` are reasons that the machine must not be put to sleep
    now, in words (a person, an inhibitor, a connection, load); ``stay_until_s``: a person pressed "stay awake";
    ``sleep_asked_s``: a person pressed "sleep now" then. ``addresses`` are its own on its LANs, with their prefix length
    (``192.168.1.23/24``); ``neighbours`` the overlay addresses of the nodes that its overlay has found on its LANs. ``reached`` and
    ``unreached`` are peripherals that it should reach, by name; one in neither isn't known yet. ``programs`` are those of a proxy's that
    it has; empty where it hasn't looked.
    """

    machine: str
    at_s: float
    boot_id: str
    obeyed: int = 0
    refused: str = ""
    keep_awake: tuple[str, ...] = ()
    on_battery: bool | None = None
    stay_until_s: float = 0.0
    sleep_asked_s: float = 0.0
    cards: tuple[Card, ...] = ()
    addresses: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


def next_sequence(now_s: float, *known: int) -> int:
    """A number for the next order to a machine: higher than those ``known``, and than that of any order handed out before now.

    Numbers of years to come are left out: no order has had one, so whoever reports it lies, for its own machine or for another's. That
    machine obeys all the same: what it is handed is still higher than what it has obeyed.
    """
    now_ms = int(now_s * 1000)
    return max([now_ms, *(number + 1 for number in known if number <= now_ms + AHEAD_AT_MOST_MS)])


def from_before(record: Record, report: Report, sleep: Sleep | None) -> bool:
    """Whether the report is from before the machine was powered off the last time: nothing has been heard of its program since."""
    if sleep is None or sleep.method != "poweroff" or record.power not in ("on", "draining"):
        return False
    return bool(record.boot_id) and report.boot_id == record.boot_id and report.obeyed == record.sequence and not report.refused


def moved_lately(record: Record, now_s: float) -> tuple[float, ...]:
    """When the machine was woken or put to sleep in the last 24 hours."""
    return tuple(at for at in record.moved_s if now_s - at < DAY_S)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One transition: ``before`` and ``after`` are power states."""

    at_s: float
    machine: str
    before: str
    after: str
    reason: str
    by: str


def variable_name(machine: str) -> str:
    """A machine's name as the last part of a variable's path, which may hold letters, digits, ``-`` and ``_``: others become ``~XX``.

    Plain names stay as they are, different names stay different. Nomad allows ``~`` too, and 128 characters in a path.
    """
    return re.sub(rb"[^A-Za-z0-9_-]", lambda found: b"~%02X" % ord(found[0]), machine.encode()).decode()
