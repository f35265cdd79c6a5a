"""What the program on a machine obeys, and what it refuses: with folders of hooks, never with the ways of this machine."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simulacra.gateways.journal_json import from_json, to_json
from simulacra.model.journal import Order, Packet, Report, variable_name

pytestmark = pytest.mark.usefixtures("commands")
NOW = 1_800_000_000.0
SLEEP = Order(7, "sleep", NOW + 60, "this-boot", "poweroff")


@dataclass
class Nomad:
    """Takes reports, or doesn't."""

    here: bool = True
    reports: list[Report] = field(default_factory=list)
    trouble: str = ""
    tries: int = 0

    def report(self, text: str) -> bool:
        self.tries += 1
        self.trouble = "" if self.here else "nobody there"
        if self.here:
            self.reports.append(from_json(Report, text))
        return self.here


class Machine:
    """A machine with hooks that only take notes; ``now_s`` is its clock."""

    def __init__(self, module: ModuleType, root: Path, folder: Path) -> None:
        self.module, self.folder, self.now_s, self.nomad = module, folder, NOW, Nomad()
        for name in ("local", "hooks"):
            (folder / name).mkdir()
        self.place = module.Place("tower", root, folder / "local", folder / "state", folder / "hooks", True, module.Place.of({}).senses)
        self.hook("poweroff", "echo off >> $0.done")
        self.hook("suspend", "echo suspended >> $0.done")
        self.settings = module.Settings(sleeps=True, busy_ports=(22,), busy_load=0.5)
        self.restart()

    def restart(self) -> None:
        """The task starts anew: what it knew is gone, its folders aren't."""
        self.program = self.module.Program(self.place, self.settings, self.nomad, lambda: self.now_s)

    def hook(self, name: str, script: str) -> None:
        path = self.folder / "hooks" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def order(self, order: Order) -> Report:
        """Hand it over as Nomad does, and let the program look; the report after it."""
        return self.order_text(to_json(order))

    def order_text(self, text: str) -> Report:
        (self.folder / "local/order.json").write_text(text + "\n")
        return self.step()

    def step(self) -> Report:
        self.program.step()
        return self.nomad.reports[-1]

    def done(self, hook: str = "poweroff") -> int:
        notes = self.folder / f"hooks/{hook}.done"
        return len(notes.read_text().splitlines()) if notes.exists() else 0


@pytest.fixture
def machine(program: ModuleType, root: Path, tmp_path: Path) -> Machine:
    return Machine(program, root, tmp_path)


def test_an_order_is_obeyed_once(machine: Machine) -> None:
    report = machine.order(SLEEP)
    assert (machine.done(), report.obeyed, report.refused) == (1, 7, "")
    machine.step()
    machine.restart()
    machine.step()
    assert machine.done() == 1


def test_it_is_recorded_and_reported_before_it_acts(machine: Machine) -> None:
    machine.hook("poweroff", f"cat {machine.folder}/state/obeyed.json > $0.done; exit 0")
    machine.order(SLEEP)
    assert json.loads((machine.folder / "hooks/poweroff.done").read_text()) == {"sequence": 7, "refused": ""}
    assert [(it.obeyed, it.refused) for it in machine.nomad.reports[:2]] == [(7, ""), (7, "")]


@pytest.mark.parametrize("sequence", [7, 6, 0, -1])
def test_nothing_older_is_obeyed(machine: Machine, sequence: int) -> None:
    machine.order(SLEEP)
    report = machine.order(replace(SLEEP, sequence=sequence))
    assert (machine.done(), report.obeyed) == (1, 7)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (replace(SLEEP, boot_id="another"), "it was meant for another boot"),
        (replace(SLEEP, boot_id=""), "it was meant for another boot"),
        (replace(SLEEP, expires_s=NOW - 5), "it came too late: 5 s after it expired"),
        (replace(SLEEP, method="hibernate"), "there is no hook hibernate"),
    ],
)
def test_refusals_say_why(machine: Machine, order: Order, why: str) -> None:
    report = machine.order(order)
    assert machine.done() == 0
    assert report.obeyed == 7
    assert report.refused.startswith(why)


@pytest.mark.parametrize("expires_s", ["NaN", "-Infinity", "-1e999"])
def test_what_never_expires_has(machine: Machine, expires_s: str) -> None:
    report = machine.order_text(to_json(SLEEP).replace(str(SLEEP.expires_s), expires_s))
    assert (machine.done(), report.obeyed) == (0, 7)
    assert report.refused.startswith("it came too late")


@pytest.mark.parametrize(
    "sequence", ["1e999", "NaN", "1" * 5000, "9223372036854775808", "-9223372036854775808", '"nine"', "[]", "null", "[" * 9999]
)
def test_an_order_without_a_sensible_number_is_none(machine: Machine, sequence: str) -> None:
    report = machine.order_text(to_json(SLEEP).replace('"sequence":7', f'"sequence":{sequence}'))
    assert (machine.done(), report.obeyed) == (0, 0)
    assert machine.order(SLEEP).obeyed == 7


def test_an_old_order_that_is_put_there_again_is_not_obeyed_even_by_a_new_task(machine: Machine) -> None:
    machine.order(SLEEP)
    machine.order(replace(SLEEP, sequence=8, kind="none"))
    machine.restart()
    assert machine.order(SLEEP).obeyed == 8
    assert machine.done() == 1


def test_the_order_that_woke_it_in_the_last_boot_does_not_put_it_to_sleep_again(machine: Machine) -> None:
    machine.order(SLEEP)
    (machine.folder / "root/proc/sys/kernel/random/boot_id").write_text("next-boot\n")
    machine.restart()
    report = machine.step()
    assert (machine.done(), report.boot_id, report.obeyed, report.refused) == (1, "next-boot", 7, "")


def test_after_a_suspend_it_reports_afresh_and_obeys_the_next_order(machine: Machine) -> None:
    before = len(machine.order(replace(SLEEP, method="suspend")).cards)
    assert (machine.done("suspend"), before) == (1, len(machine.nomad.reports[-1].cards))
    count = len(machine.nomad.reports)
    assert count == 2
    machine.order(replace(SLEEP, sequence=8, method="suspend"))
    assert machine.done("suspend") == 2


def test_a_hook_that_fails_is_a_refusal_too(machine: Machine) -> None:
    machine.hook("poweroff", "echo broken; exit 3")
    report = machine.order(SLEEP)
    assert report.obeyed == 7
    assert report.refused.endswith("poweroff: exit code 3: broken")


def test_a_reason_of_the_hook_keeps_it_awake(machine: Machine) -> None:
    machine.hook("keep-awake", "echo a film is on; echo; echo the bath runs in")
    report = machine.order(SLEEP)
    assert (machine.done(), report.refused) == (0, "a film is on; the bath runs in")
    assert report.keep_awake == ("a film is on", "the bath runs in")


def test_somebody_who_comes_between_the_record_and_the_act_counts(machine: Machine) -> None:
    machine.hook("keep-awake", f"test -e {machine.folder}/state/obeyed.json && echo here I am; exit 0")
    report = machine.order(SLEEP)
    assert (machine.done(), report.refused) == (0, "here I am")


def test_a_hook_that_cannot_tell_keeps_it_awake(machine: Machine) -> None:
    machine.hook("keep-awake", "exit 4")
    assert machine.order(SLEEP).refused == "the hook keep-awake failed: exit code 4"
    assert machine.done() == 0


def test_where_it_cannot_be_written_down_nothing_is_done(machine: Machine) -> None:
    (machine.folder / "state").write_text("in the way")
    report = machine.order(SLEEP)
    assert machine.done() == 0
    assert report.obeyed == 7
    assert report.refused.startswith("what was obeyed can't be written down in")


def test_it_is_obeyed_while_no_server_answers(machine: Machine) -> None:
    machine.nomad.here = False
    (machine.folder / "local/order.json").write_text(to_json(SLEEP))
    machine.program.step()
    assert machine.done() == 1


@pytest.mark.parametrize("text", ["", "\n", "null", "[]", "{", '{"sequence": "x"}', '{"sequence": 9, "kind": "sleep", "expires_s": null}'])
def test_what_is_no_order_is_none(machine: Machine, text: str) -> None:
    (machine.folder / "local/order.json").write_text(text)
    assert machine.step().obeyed == 0


def test_an_order_that_is_called_off(machine: Machine) -> None:
    report = machine.order(Order(8, "none", NOW + 60))
    assert (report.obeyed, report.refused) == (8, "")
    assert machine.order(SLEEP).obeyed == 8
    assert machine.done() == 0


def test_packets_go_out_three_times(machine: Machine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(5)
        packet = Packet("desk", "ff" * 6 + "525400a71c02" * 16, "127.0.0.1", heard.getsockname()[1])
        report = machine.order(Order(8, "wake", NOW + 60, packets=(packet,)))
        assert [heard.recv(200).hex() for _ in range(3)] == [packet.payload] * 3
    assert (report.obeyed, report.refused) == (8, "")


def test_packets_that_cannot_be_sent_are_told(machine: Machine) -> None:
    order = Order(8, "wake", NOW + 60, packets=(Packet("desk", "ff", "240.0.0.256"),))
    assert machine.order(order).refused.startswith("the packet for desk can't be sent: 240.0.0.256: ")


def test_buttons(machine: Machine) -> None:
    module, place = machine.module, machine.place
    assert module.press("stay-awake", place, machine.settings, NOW) == "tower stays awake for 4 hours"
    report = machine.order(SLEEP)
    assert (machine.done(), report.refused, report.stay_until_s) == (0, "somebody asked it to stay awake", NOW + 4 * 3600)
    module.press("sleep-now", place, machine.settings, NOW + 1)
    report = machine.order(replace(SLEEP, sequence=8))
    assert (machine.done(), report.refused) == (1, "")
    assert (report.stay_until_s, report.sleep_asked_s) == (0.0, 0.0)
    assert machine.nomad.reports[-2].sleep_asked_s == NOW + 1
    assert "nothing was done" in module.press("sleep-now", place, module.Settings(), NOW)


def test_a_wish_to_sleep_ends_with_the_boot(machine: Machine) -> None:
    machine.module.press("sleep-now", machine.place, machine.settings, NOW)
    assert machine.step().sleep_asked_s == NOW
    (machine.folder / "root/proc/sys/kernel/random/boot_id").write_text("next-boot\n")
    machine.restart()
    assert machine.step().sleep_asked_s == 0.0


def test_reports_when_something_is_new_or_the_last_one_is_old(machine: Machine) -> None:
    machine.step()
    machine.now_s += 5
    machine.step()
    assert len(machine.nomad.reports) == 1
    machine.hook("keep-awake", "echo me")
    machine.step()
    assert [it.keep_awake for it in machine.nomad.reports] == [(), ("me",)]
    machine.now_s += 300
    machine.step()
    assert [it.at_s for it in machine.nomad.reports] == [NOW, NOW + 5, NOW + 305]


def test_reports_are_tried_again_with_pauses(machine: Machine) -> None:
    machine.nomad.here = False
    tried = []
    for second in range(120):
        before = machine.nomad.tries
        machine.program.step()
        machine.now_s += 1
        tried += [second] * (machine.nomad.tries - before)
    assert tried == [0, 2, 6, 14, 30, 62]


@pytest.mark.parametrize("name", ["tower", "Tower_2", "a.b-c.example", "ü"])
def test_variables_are_named_as_the_grid_names_them(program: ModuleType, name: str) -> None:
    text = json.dumps({"overlay": "ygg0", "reports": "there", "machines": {}})
    assert program.Settings.of(text, name).reports == f"there/{variable_name(name)}"


def test_the_system_is_never_asked_where_hooks_are_given(program: ModuleType, root: Path, tmp_path: Path, commands: Path) -> None:
    called = tmp_path / "called"
    for name in ("systemctl", "poweroff", "busybox"):
        (commands / name).write_text(f"#!/bin/sh\ntouch {called}\n")
        (commands / name).chmod(0o755)
    given: dict[str, Any] = {"machine": "tower", "local": tmp_path, "state": tmp_path, "hooks": tmp_path / "none", "senses": ("hooks",)}
    for place in (program.Place(root=Path("/"), hooks_only=True, **given), program.Place(root=root, hooks_only=False, **given)):
        for method in ("poweroff", "suspend", "command"):
            assert program.fall_asleep(place, method, ["systemctl"]).startswith(f"there is no hook {method} in")
    assert not called.exists()
