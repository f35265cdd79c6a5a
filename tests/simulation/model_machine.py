"""One machine of the model: its power, its cable, its people, how it answers packets, and the program that obeys on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from simulacra.model.cluster import Node
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS, variable_name
from simulacra.model.machine import Machine
from tests.simulation.node_program import NodeProgram, Notes

if TYPE_CHECKING:
    from tests.simulation.model_world import World

JOINS_AFTER_S, STARTS_AFTER_S, HANDED_AFTER_S = 1.0, 3.0, 1.0
"""From a system that is up to its Nomad client, from there to the program, from an order that is written to one that is read."""
LOOKS_WITHIN_S, RESUMES_WITHIN_S = 5.0, 3.0

Answer = Literal["boots", "late", "never", "twice"]
"""What it does with a packet: it boots; it takes much longer; nothing; it comes on, goes off again at once, and comes on once more."""
LATE_S, TWICE_AFTER_S = 90.0, 8.0


@dataclass
class ModelMachine:
    """``clock_off_s``: how far its clock is ahead. ``answers`` are those to the next packets, then it boots. ``obeying``: its program runs.

    ``slept`` are the orders that it fell asleep by. ``up`` counts how often it came on, so that what was begun before is known as such.
    """

    world: World
    machine: Machine
    node: Node
    on: bool = False
    booting: bool = False
    up: int = 0
    boots: int = 0
    clock_off_s: float = 0.0
    person: bool = False
    obeying: bool = True
    comes_back_s: float | None = None
    answers: list[Answer] = field(default_factory=list)
    slept: list[int] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    program: NodeProgram | None = None
    last_handed: str = ""

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def heard(self) -> bool:
        """Whether Nomad's servers hear it."""
        return self.on and self.machine.zone not in self.world.cut and self.world.has_leader()

    # power

    def begin_on(self) -> None:
        """It has been on for long."""
        self.on, self.up, self.boots = True, 1, 1
        self.world.nomad.join(self.node)
        self._start_program()

    def packet(self) -> None:
        """A magic packet, or its power button."""
        if self.on or self.booting:
            return
        answer = self.answers.pop(0) if self.answers else "boots"
        self.tell(f"hears the packet: {answer}")
        if answer != "never":
            self._boot(self.machine.boot_time_s * 0.8 + (LATE_S if answer == "late" else 0.0))
        if answer == "twice":
            self.world.later(self.machine.boot_time_s * 0.8 + TWICE_AFTER_S, self._again)

    def button(self) -> None:
        """Somebody switches it on by hand."""
        if not self.on and not self.booting:
            self.tell("is switched on by hand")
            self._boot(self.machine.boot_time_s * 0.8)

    def _again(self) -> None:
        if self.on:
            self.go_off("fails while it comes on, and boots again")
            self._boot(self.machine.boot_time_s * 0.8)

    def _boot(self, within_s: float) -> None:
        self.booting = True
        self.world.later(within_s if self.program is None else min(within_s, RESUMES_WITHIN_S), self._booted)

    def _booted(self) -> None:
        self.booting = False
        if self.on:
            return
        self.on, self.up = True, self.up + 1
        resumed = self.program is not None
        self.boots += not resumed
        self.tell("is awake again" if resumed else "is up")
        self.world.came()
        self._still(JOINS_AFTER_S, self.comes)
        self._still(JOINS_AFTER_S + STARTS_AFTER_S, self._resume_program if resumed else self._start_program)

    def go_off(self, why: str, suspended: bool = False) -> None:
        """Its power goes, whatever runs on it."""
        self.tell(why)
        self.on = self.person = False
        if not suspended:
            self.program = None
        self.world.silent(self)

    def comes(self) -> None:
        """Its client reaches a server."""
        if self.heard:
            self.world.nomad.join(self.node)
            if not self.obeying:
                self.world.nomad.unknown(NODE_JOB, self.node.id, True)
            self.look()

    def _still(self, seconds: float, then: Callable[[], None]) -> None:
        """Later, if it has been on all the time."""
        up = self.up

        def called() -> None:
            if self.on and self.up == up:
                then()

        self.world.later(seconds, called)

    # people

    def sits_down(self) -> None:
        if self.on:
            self.person = True
            self.tell("somebody sits down at it")
            self.look_soon()

    def leaves(self) -> None:
        if self.person:
            self.person = False
            self.tell("nobody is at it any more")
            self.look_soon()

    def press_sleep(self) -> None:
        """A person presses "sleep now"."""
        if self.on and self.machine.sleep is not None:
            self.tell("somebody presses `sleep now`")
            self.notes.wish_for(self.boot_id, 0.0, self.now_s())
            self.look_soon()

    def press_stay(self, seconds: float) -> None:
        """A person presses "stay awake"."""
        if self.on:
            self.tell("somebody presses `stay awake`")
            self.notes.wish_for(self.boot_id, self.now_s() + seconds, 0.0)
            self.look_soon()

    # the program

    @property
    def boot_id(self) -> str:
        return f"{self.name}-boot{self.boots}"

    def _start_program(self) -> None:
        self.program = NodeProgram(self, self.boot_id, self.notes)
        self.look()

    def _resume_program(self) -> None:
        if self.program is not None:
            self.program.sent_s = self.program.retry_s = 0.0
            self.look()

    def program_gone(self, gone: bool) -> None:
        """Its node job fails, or runs again."""
        self.obeying = not gone
        self.tell("its program is gone" if gone else "its program runs again")
        self.world.nomad.unknown(NODE_JOB, self.node.id, gone)
        if not gone and self.on:
            self._start_program()

    def look_soon(self) -> None:
        self._still(LOOKS_WITHIN_S, self.look)

    def order_written(self) -> None:
        self._still(HANDED_AFTER_S, self.look)

    def look(self) -> None:
        if self.program is not None and self.on and self.obeying:
            self.program.retry_s = 0.0
            self.program.step()

    # what its program asks of it

    def now_s(self) -> float:
        return self.world.now_s + self.clock_off_s

    def handed(self) -> str:
        if self.heard:
            variable = self.world.nomad.variable(f"{ORDERS}/{variable_name(self.name)}")
            self.last_handed = (variable.item("order") or "") if variable is not None else ""
        return self.last_handed

    def reasons(self) -> list[str]:
        return ["somebody works on it"] if self.person else []

    def send_report(self, text: str) -> bool:
        if not self.heard:
            return False
        path = f"{REPORTS}/{variable_name(self.name)}"
        before = self.world.nomad.variable(path)
        self.world.nomad.write_variable(path, {"report": text}, before.index if before is not None else 0)
        return True

    def fall_asleep(self, sequence: int, method: str, boot_id: str) -> str:
        self.world.watch.falls_asleep(self, sequence, boot_id)
        self.slept.append(sequence)
        self.go_off(f"falls asleep as ordered ({method})", suspended=method == "suspend")
        if self.comes_back_s is not None:
            self.world.later(self.comes_back_s, self.button)
            self.comes_back_s = None
        return ""

    def send_packet(self, machine: str) -> None:
        other = self.world.machines.get(machine)
        if other is not None and other.machine.zone == self.machine.zone:
            other.packet()

    def tell(self, words: str) -> None:
        self.world.tell(self.name, words)
