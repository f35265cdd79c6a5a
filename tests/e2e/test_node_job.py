"""The machine's side on a real Nomad: the job runs, reports, obeys each order once; and the machine that the test runs on stays on.

The agent knows of no program that switches a machine off, and names a folder of hooks: where that is set, nothing else is ever used.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from dev_agent import NODE, Agent, dev_agent
from running_lab import RunningLab

from simulacra.definitions import load
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.lab.access import MANAGEMENT
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS, Order, Packet, Report
from simulacra.model.machine import Machine, Sleep, WakeLan
from simulacra.render.node_job import PARTS, render_node_job
from simulacra.render.templates import shipped_templates

pytestmark = pytest.mark.nomad
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0
GRID = Grid(
    "trial",
    machines=(
        Machine("desk", "attic", wake=WakeLan("52:54:00:a7:1c:02")),
        Machine(NODE, "attic", sleep=Sleep(busy_ports=(), busy_load=0.0, idle_after_s=0.0)),
    ),
)
POLICY = ROOT / "autoscaler/acl/node.hcl"
ACLS = "\nacl {\n  enabled = true\n}\n"


@dataclass
class Seat:
    """The machine under test: its agent, and the folder of its hooks and its memory."""

    agent: Agent
    folder: Path
    binary: Path

    @property
    def journal(self) -> Journal:
        return Journal(self.nomad)

    @property
    def nomad(self) -> Nomad:
        return connect(environment=self.agent.environment)

    def report(self, fits: Callable[[Report], bool] = bool) -> Report:
        """The machine's report, once there is one that fits."""
        end, seen = time.monotonic() + PATIENCE_S, ()
        while time.monotonic() < end:
            seen = self.journal.reports()
            if seen and fits(seen[0]):
                return seen[0]
            time.sleep(0.1)
        raise AssertionError(f"no such report; there is {seen}")

    def hook(self, name: str, script: str) -> None:
        path = self.folder / "hooks" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def offs(self) -> int:
        notes = self.folder / "off.txt"
        return len(notes.read_text().splitlines()) if notes.exists() else 0

    def went_off(self, times: int) -> bool:
        """Whether it has been put to sleep that often, after a moment: an order is reported as obeyed before it is carried out."""
        return eventually(lambda: self.offs() >= times) and self.offs() == times

    def order(self, kind: str, **more: object) -> Order:
        """The next order after the last one obeyed, for this boot."""
        now = self.report()
        made = Order(now.obeyed + 1, kind, time.time() + 60, now.boot_id)  # type: ignore[arg-type]
        return replace(made, **more)  # type: ignore[arg-type]

    def hand_over(self, order: Order) -> Report:
        """Write the order, and wait until it has been obeyed or refused."""
        self.journal.order(NODE, order)
        return self.report(lambda report: report.obeyed == order.sequence)

    def local(self) -> Path:
        [found] = (self.folder / "data/alloc").glob("*/node/local")
        return found

    def cli(self, *words: str) -> str:
        done = subprocess.run([self.binary, *words], env=self.agent.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def eventually(true: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    end = time.monotonic() + within_s
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


@contextmanager
def seat(binary: Path, folder: Path, more: str = "", prepare: Callable[[Agent], Agent] = lambda agent: agent) -> Iterator[Seat]:
    """An agent on which no way to switch this machine off is within reach, and the job on it.

    The folder's path must be short: the socket of a task that reports stands deep in it, and a socket's path has 107 characters.
    """
    programs = folder / "programs"
    programs.mkdir()
    for name in ("sh", "cat", "df", "mount", "uname", "ip"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    (programs / "python3").symlink_to(sys.executable)
    (folder / "hooks").mkdir()
    surroundings = {"PATH": str(programs), "SIMULACRA_HOOKS": str(folder / "hooks"), "SIMULACRA_STATE": str(folder / "state")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in surroundings.items():
            patch.setenv(name, value)
        started = dev_agent(binary, folder, more, ready=not more)
        agent = started.__enter__()
    try:
        assert not [name for name in ("systemctl", "poweroff", "busybox") if shutil.which(name, path=str(programs))]
        made = Seat(prepare(agent), folder, binary)
        made.hook("poweroff", f"echo off >> {folder}/off.txt")
        made.hook("suspend", f"echo suspended >> {folder}/off.txt")
        made.nomad.register(made.nomad.parse(render_node_job(GRID), "the job"), "", 0, preserve_counts=True)
        yield made
    finally:
        started.__exit__(None, None, None)


@pytest.fixture(scope="module")
def machine(nomad_binary: Path) -> Iterator[Seat]:
    with tempfile.TemporaryDirectory() as folder, seat(nomad_binary, Path(folder)) as made:
        yield made


def program_of(machine: Seat) -> int | None:
    """The pid of the machine's program, by where it runs; None while there is none."""
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if path.resolve() == machine.local().parent and b"local/program.py" in (path.parent / "cmdline").read_bytes():
                return int(path.parent.name)
        except OSError:
            continue
    return None


def test_it_reports_without_access_control(machine: Seat) -> None:
    report = machine.report()
    assert report.machine == NODE
    assert report.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert (report.obeyed, report.refused) == (0, "")
    assert machine.journal.broken() == ()


def test_the_program_arrives_byte_by_byte(machine: Seat) -> None:
    machine.report()
    for name in PARTS:
        assert (machine.local() / name).read_bytes() == (shipped_templates() / "node" / name).read_bytes()


def test_a_part_of_the_users_own_arrives_too(nomad_binary: Path, tmp_path: Path) -> None:
    own = '"""${a} $${b} %{ if c } %%{d} {{ e }} \\\\n [[[ f"""\n\t# last ü'
    (tmp_path / "node").mkdir()
    (tmp_path / "node/hooks.py").write_text(own)
    (tmp_path / "job.nomad.hcl").write_text(render_node_job(GRID, tmp_path))
    command = [nomad_binary, "job", "run", "-output", tmp_path / "job.nomad.hcl"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    templates = told["Job"]["TaskGroups"][0]["Tasks"][0]["Templates"]
    assert [it["EmbeddedTmpl"] for it in templates if it["DestPath"] == "local/hooks.py"] == [own + "\n"]


def test_an_order_to_sleep_is_obeyed_exactly_once_also_after_a_restart_of_the_task(machine: Seat) -> None:
    before = machine.offs()
    order = machine.order("sleep")
    assert machine.hand_over(order).refused == ""
    assert machine.went_off(before + 1)
    pid = program_of(machine)
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: program_of(machine) not in (pid, None))
    assert json.loads((machine.local() / "order.json").read_text())["sequence"] == order.sequence
    # it obeys the next one, so it has looked at the old one: and left it alone
    machine.hand_over(machine.order("none"))
    assert machine.offs() == before + 1


def test_what_is_meant_for_another_boot_or_comes_too_late_is_refused(machine: Seat) -> None:
    before = machine.offs()
    assert machine.hand_over(machine.order("sleep", boot_id="another")).refused == "it was meant for another boot"
    assert "it came too late" in machine.hand_over(machine.order("sleep", expires_s=time.time() - 5)).refused
    # written past the journal, which would not let an older order replace a newer one
    machine.cli("var", "put", "-force", "-out", "none", f"{ORDERS}/{NODE}", f"order={json.dumps(older(machine))}")
    machine.hand_over(machine.order("none"))
    assert machine.offs() == before


def older(machine: Seat) -> dict[str, object]:
    order = machine.order("sleep")
    return {"sequence": order.sequence - 1, "kind": "sleep", "expires_s": order.expires_s, "boot_id": order.boot_id, "method": "poweroff"}


def test_a_reason_of_the_hook_keeps_it_awake_and_is_reported(machine: Seat) -> None:
    before = machine.offs()
    machine.hook("keep-awake", "echo a film is on")
    try:
        machine.report(lambda report: report.keep_awake == ("a film is on",))
        assert machine.hand_over(machine.order("sleep")).refused == "a film is on"
    finally:
        (machine.folder / "hooks/keep-awake").unlink()
    machine.report(lambda report: not report.keep_awake)
    assert machine.offs() == before


def test_a_suspended_machine_reports_again(machine: Seat) -> None:
    before = machine.offs()
    order = machine.order("sleep", method="suspend")
    machine.hand_over(order)
    assert machine.went_off(before + 1)
    asleep_s = (machine.folder / "off.txt").stat().st_mtime
    assert machine.report(lambda after: after.at_s > asleep_s).obeyed == order.sequence


def test_magic_packets_are_sent(machine: Seat) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(PATIENCE_S)
        packet = Packet("desk", "ff" * 6 + "525400a71c02" * 16, "127.0.0.1", heard.getsockname()[1])
        order = machine.order("wake", packets=(packet,))
        machine.journal.order(NODE, order)
        assert [heard.recv(200).hex() for _ in range(3)] == [packet.payload] * 3
    assert machine.report(lambda report: report.obeyed == order.sequence).refused == ""


def test_other_machines_orders_do_not_disturb(machine: Seat) -> None:
    machine.report()
    before = (machine.local() / "order.json").stat()
    machine.journal.order("desk", Order(1, "none", time.time() + 60))
    order = machine.order("none")
    after = (machine.local() / "order.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    machine.hand_over(order)
    assert (machine.local() / "order.json").stat().st_mtime_ns != before.st_mtime_ns


def test_the_buttons_of_the_web_page(machine: Seat) -> None:
    button = ("job", "action", "-job", NODE_JOB, "-group", "node", "-task", "node")
    before = machine.offs()
    assert f"{NODE} stays awake for 4 hours" in machine.cli(*button, "stay-awake")
    assert machine.report(lambda report: report.stay_until_s > 0).stay_until_s > time.time() + 3 * 3600
    assert machine.hand_over(machine.order("sleep")).refused == "somebody asked it to stay awake"
    assert "was asked to empty" in machine.cli(*button, "sleep-now")
    report = machine.report(lambda report: report.sleep_asked_s > 0)
    assert (report.stay_until_s, machine.offs()) == (0.0, before)


@pytest.mark.lab
def test_machines_on_one_lan_report_each_other(lab: RunningLab) -> None:
    """Not on the agent of the other tests: neighbours are found by an overlay."""
    nomad = connect(environment=lab.environment())
    machines = lab.status()

    def reports() -> dict[str, Report]:
        return {report.machine: report for report in Journal(nomad).reports()}

    def neighbours(name: str) -> set[str]:
        """The machines among them; routers have an overlay's node too."""
        found = reports()[name].neighbours if name in reports() else ()
        return {other for other, machine in machines.items() if machine["address"] in found}

    try:
        known = next((it.modify_index for it in nomad.jobs() if it.id == NODE_JOB), 0)  # others may have left it stopped
        nomad.register(nomad.parse(render_node_job(load(lab.grid)), "the job"), "", known, preserve_counts=True)
        pairs = {"nas": {"tower"}, "tower": {"nas"}, "mini": {"desk"}, "desk": {"mini"}, "phone": {"vps"}, "vps": {"phone"}}
        # one that may not be put to sleep looks around once a minute, and its overlay may have to find its neighbours first
        assert eventually(lambda: {name: neighbours(name) for name in pairs} == pairs, 100), reports()
        found = {name: report.addresses for name, report in reports().items()}
        assert (found["nas"], found["tower"], found["phone"]) == (("192.168.1.10/24",), ("192.168.1.11/24",), ("10.77.2.10/24",))
        before = reports()
        time.sleep(12)
        assert reports() == before, "what is the same isn't reported again"
    finally:
        for path in (f"job/{NODE_JOB}?purge=true", *(f"var/{REPORTS}/{name}" for name in machines)):
            lab.call(path, "DELETE", MANAGEMENT)


def test_it_ends_at_once(machine: Seat) -> None:
    pid, ended_s = program_of(machine), time.time()
    assert pid
    os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())
    machine.report(lambda report: report.at_s > ended_s)


def call(agent: Agent, path: str, body: object, token: str = "") -> dict[str, str]:
    request = urllib.request.Request(agent.address + path, json.dumps(body).encode(), {"X-Nomad-Token": token}, method="POST")
    text = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).read()
    found: dict[str, str] = json.loads(text) if text.strip() else {}
    return found


def test_with_access_control_the_rendered_policy_is_enough(nomad_binary: Path) -> None:
    def guarded(agent: Agent) -> Agent:
        token = call(agent, "/v1/acl/bootstrap", {})["SecretID"]
        rules = {"Name": NODE_JOB, "Rules": POLICY.read_text(), "JobACL": {"Namespace": "default", "JobID": NODE_JOB}}
        call(agent, f"/v1/acl/policy/{NODE_JOB}", rules, token)
        return replace(agent, environment={**agent.environment, "NOMAD_TOKEN": token})

    with tempfile.TemporaryDirectory() as folder, seat(nomad_binary, Path(folder), ACLS, guarded) as machine:
        assert machine.hand_over(machine.order("sleep")).refused == ""
        assert machine.went_off(1)
