"""Looking at a lab from outside: its machines' power, the marks of its work, what answers, and what Nomad says."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from simulacra.lab.chaos.marks import Unit, mark_gone, read_marks
from simulacra.lab.chaos.seen import Heard, NodeSeen, Seen, Switched
from simulacra.lab.chaos.site import Site
from simulacra.lab.chaos.unit import MARKS
from simulacra.lab.network import enter_namespace
from simulacra.lab.power import Switch, state_folder
from simulacra.lab.processes import Process, alive

_PATIENCE_S = 1.0


@dataclass
class Lookout:
    """``pressed`` are the machines that a fault of ours switches off, ``sat`` since when (Unix seconds) somebody sits where."""

    site: Site
    pressed: set[str] = field(default_factory=set)
    sat: dict[str, float] = field(default_factory=dict)
    _read: dict[str, int] = field(default_factory=dict)

    def look(self, seen: Seen, now_s: float) -> Seen:
        """With what is new on the machines."""
        # processes before marks: what has ended in between has left its mark
        living = {it.key: alive(Process(it.pid, it.started)) for it in seen.units if it.over_s is None}
        switches = tuple(it for machine in seen.ground.machines for it in self._switched(seen, machine))
        units = seen.units
        for machine in seen.ground.machines:
            units = read_marks(units, machine, self._lines(machine))
        return replace(seen, now_s=now_s, units=mark_gone(units, living, now_s), switches=(*seen.switches, *switches))

    def _lines(self, machine: str) -> list[str]:
        """What has been added to the machine's marks, whole lines only."""
        path, at = self.site.folder(machine) / MARKS, self._read.get(machine, 0)
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(at)
            whole = file.read().rpartition(b"\n")[0]
        self._read[machine] = at + len(whole) + 1 if whole else at
        return whole.decode(errors="replace").splitlines()

    def _switched(self, seen: Seen, machine: str) -> Iterator[Switched]:
        power = self.site.power(machine)
        last = next((it for it in reversed(seen.switches) if it.machine == machine), None)
        if last is not None and (last.after, last.at_s) == (power.switch, power.since_s):
            return
        if last is not None and last.after == "on" and power.switch != "sleeping":
            yield self._change(machine, power.since_s, "sleeping")  # it went by between two looks
        yield self._change(machine, power.since_s, power.switch)

    def _change(self, machine: str, at_s: float, after: Switch) -> Switched:
        if after != "sleeping":
            return Switched(machine, at_s, after)
        by_fault = machine in self.pressed
        self.pressed.discard(machine)
        return Switched(machine, at_s, after, by_fault, self.sat.get(machine), self._obeyed(machine))

    def _obeyed(self, machine: str) -> int:
        """The last order that the machine's program has obeyed, as it stands on its disk; 0 where it has obeyed none."""
        path = state_folder(self.site.folder(machine)) / "obeyed.json"
        return int(json.loads(path.read_text())["sequence"]) if path.exists() else 0


def hear(site: Site, now_s: float) -> Heard:
    """What whichever server answers says of nodes and the journal. Raises `simulacra.faults.Fault` where none does."""
    nodes = tuple(NodeSeen(it.name, it.status == "ready", it.eligible, it.draining) for it in site.nomad.nodes())
    return Heard(now_s, nodes, site.journal.records(), site.journal.entries())


def who_answers(site: Site, units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Those of the units that answer, each asked on its own machine. To be called from a thread of its own: it stays in a namespace."""
    return tuple(unit for unit in units if _answers(site, unit))


def _answers(site: Site, unit: Unit) -> bool:
    host, _, port = unit.where.rpartition(":")
    try:
        enter_namespace(site.resident(unit.machine).namespace)
        asked = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=_PATIENCE_S)
        try:
            asked.request("GET", "/")
            return asked.getresponse().read().decode() == unit.allocation
        finally:
            asked.close()
    except (OSError, http.client.HTTPException):
        return False
