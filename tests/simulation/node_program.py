"""The program of the machine's side, as the model's machines run it: its own rules; senses, files and ways to sleep are the model's."""

from __future__ import annotations

import contextlib
import importlib
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulacra.render.node_job import PARTS
from simulacra.render.templates import shipped_templates


def _loaded() -> Any:
    """The program's module out of a copy, so that nothing that Python writes lands among the templates."""
    with tempfile.TemporaryDirectory() as folder:
        for name in PARTS:
            shutil.copy(shipped_templates() / "node" / name, folder)
        sys.path.insert(0, folder)
        try:
            return importlib.import_module("program")
        finally:
            sys.path.remove(folder)


program = _loaded()


class Body(Protocol):
    """The machine around the program. ``handed`` is the text of the order that is in its file now."""

    @property
    def name(self) -> str: ...
    def now_s(self) -> float: ...
    def handed(self) -> str: ...
    def reasons(self) -> list[str]: ...
    def send_report(self, text: str) -> bool: ...
    def fall_asleep(self, sequence: int, method: str, boot_id: str) -> str: ...
    def send_packet(self, machine: str) -> None: ...
    def tell(self, words: str) -> None: ...


@dataclass
class Notes:
    """What outlives boots, in memory (`memory.Memory` on the disk)."""

    sequence: int = 0
    refused: str = ""
    wish: tuple[str, float, float] = ("", 0.0, 0.0)

    def obeyed(self) -> tuple[int, str]:
        return self.sequence, self.refused

    def record(self, sequence: int, refused: str) -> None:
        self.sequence, self.refused = sequence, refused

    def wishes(self, boot_id: str) -> tuple[float, float]:
        boot, stay_until_s, asked_s = self.wish
        return stay_until_s, asked_s if boot == boot_id else 0.0

    def wish_for(self, boot_id: str, stay_until_s: float, sleep_asked_s: float) -> None:
        self.wish = (boot_id, stay_until_s, sleep_asked_s)


@dataclass(frozen=True)
class OrderFile:
    """Stands for the task's folder and for the one file in it that is read."""

    text: Callable[[], str]

    def __truediv__(self, _name: str) -> OrderFile:
        return self

    def read_text(self, errors: str = "") -> str:  # noqa: ARG002 - as Path's
        return self.text()


@dataclass
class Line:
    """Where reports go."""

    report: Callable[[str], bool]
    trouble: str = field(default="")


class NodeProgram(program.Program):  # type: ignore[misc,name-defined]
    """Obeys, refuses and reports by the program's own rules."""

    def __init__(self, body: Body, boot_id: str, notes: Notes) -> None:
        files = OrderFile(body.handed)
        where = program.Place(body.name, files, files, files, files, True, ())
        self.body = body
        super().__init__(where, program.Settings(sleeps=True), Line(body.send_report), body.now_s)
        self.memory, self.boot_id = notes, boot_id

    def step(self) -> None:
        """As the program's own; what it writes to its task's log is the body's to keep."""
        with contextlib.redirect_stderr(io.StringIO()) as log:
            super().step()
        for line in log.getvalue().splitlines():
            self.body.tell(line)

    def reasons(self) -> list[str]:
        return self.body.reasons()

    def obey(self, order: Any) -> None:
        """Packets go out in the model where the program would send them; for the rest an order without any is one to do nothing."""
        super().obey(order._replace(kind="none") if order.kind == "wake" else order)
        if order.kind == "wake" and self.obeyed() == (order.sequence, ""):
            for packet in order.packets:
                self.body.send_packet(packet.machine)

    def sleep(self, order: Any) -> str:
        stay_until_s, asked_s = self.memory.wishes(self.boot_id)
        if asked_s:
            self.memory.wish_for(self.boot_id, stay_until_s, 0.0)
        return self.body.fall_asleep(order.sequence, order.method, order.boot_id)
