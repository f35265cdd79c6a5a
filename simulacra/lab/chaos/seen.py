"""What was seen of a lab from outside, from the beginning until now: all that its rules are checked against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulacra.lab.chaos.kinds import Ground
from simulacra.lab.chaos.marks import Unit
from simulacra.lab.chaos.schedule import Shape, Strike
from simulacra.lab.power import Switch
from simulacra.model.journal import LogEntry, Record


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that was done. Times are Unix seconds. ``machines`` are those that it reached, ``healed_s`` None while it lasts.

    ``missed``: why there was nobody to strike; empty where there was.
    """

    strike: Strike
    machines: tuple[str, ...]
    began_s: float
    healed_s: float | None = None
    missed: str = ""

    def lasted(self, from_s: float, until_s: float) -> bool:
        """Whether it lasted at some moment between."""
        return not self.missed and self.began_s <= until_s and (self.healed_s is None or self.healed_s >= from_s)


@dataclass(frozen=True, slots=True)
class Asked:
    """A job that Nomad has taken. ``memory_mb`` is an instance's. ``stopped_s``: it isn't wanted any more since then, None while it is."""

    name: str
    shape: Shape
    count: int
    asked_s: float
    stopped_s: float | None = None
    memory_mb: int = 0


@dataclass(frozen=True, slots=True)
class Switched:
    """A machine's power became ``after``. ``by_fault``: by a fault of ours. ``person``: somebody sat there, since ``sat_s``.

    ``obeyed``: the sequence number of the order that its program had obeyed last, as it stands on its disk.
    """

    machine: str
    at_s: float
    after: Switch
    by_fault: bool = False
    sat_s: float | None = None
    obeyed: int = 0


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node as Nomad has it."""

    machine: str
    ready: bool
    eligible: bool
    draining: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What a Nomad server has answered last, ``at_s``: its nodes and the journal's records by name, the log oldest first."""

    at_s: float
    nodes: tuple[NodeSeen, ...] = ()
    records: tuple[Record, ...] = ()
    entries: tuple[LogEntry, ...] = ()

    def node(self, machine: str) -> NodeSeen | None:
        return next((it for it in self.nodes if it.machine == machine), None)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Whether Nomad called a machine ready, from ``at_s`` on."""

    machine: str
    at_s: float
    ready: bool


@dataclass(frozen=True, slots=True)
class Server:
    """A rented server, as its cloud has it. ``owned``: the journal knows it."""

    name: str
    owned: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the grid's definitions promise. ``each``: the jobs that stand once in each zone."""

    machines_min: int = 0
    machines_max: int | None = None
    each: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Times are Unix seconds. ``answered`` has when each zone's instance of a job in each zone answered last, by job and zone.

    ``over``: all faults are healed, all work is done, and time enough has passed: what is so now stays so.
    """

    ground: Ground
    bounds: Bounds
    began_s: float
    now_s: float
    strikes: tuple[Struck, ...] = ()
    asked: tuple[Asked, ...] = ()
    units: tuple[Unit, ...] = ()
    switches: tuple[Switched, ...] = ()
    reachable: tuple[Reachable, ...] = ()
    entries: tuple[LogEntry, ...] = ()
    answered: tuple[tuple[str, str, float], ...] = ()
    heard: Heard | None = None
    servers: tuple[Server, ...] = ()
    over: bool = False

    def switch(self, machine: str, at_s: float) -> Switch:
        """What its power was then; before the first change it was on, or asleep where it came on first."""
        found: Switch = "on"
        for it in self.switches:
            if it.machine == machine and it.at_s <= at_s:
                found = it.after
        return found

    def calm_since_s(self) -> float:
        """When the last fault was healed; now, while one lasts."""
        healed = [self.now_s if it.healed_s is None else it.healed_s for it in self.strikes if not it.missed]
        return max([self.began_s, *healed])

    def faults(self, machine: str, from_s: float, until_s: float) -> Iterator[Struck]:
        """The faults that reached the machine at some moment between."""
        return (it for it in self.strikes if machine in it.machines and it.lasted(from_s, until_s))


def with_heard(seen: Seen, heard: Heard) -> Seen:
    """With what Nomad has answered: log entries that are new are added, and changes of what it calls ready."""
    known = set(seen.entries)
    last = {it.machine: it.ready for it in seen.reachable}
    changed = tuple(Reachable(it.machine, heard.at_s, it.ready) for it in heard.nodes if last.get(it.machine) != it.ready)
    entries = sorted((*seen.entries, *(it for it in heard.entries if it not in known)), key=lambda it: (it.at_s, it.machine))
    return replace(seen, heard=heard, reachable=(*seen.reachable, *changed), entries=tuple(entries))
