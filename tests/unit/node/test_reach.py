"""Which devices the program finds that its machine reaches: by real sockets on loopback, and by answers that a test wants."""

from __future__ import annotations

import importlib
import json
import os
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_interface
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from simulacra.gateways.journal_json import from_json
from simulacra.model.journal import Report
from simulacra.render.node_job import PARTS

NOBODY = "255.255.255.255"
"""No connection is made there, and no packet leaves the machine for it."""


@pytest.fixture
def reach() -> ModuleType:
    return importlib.import_module("reach")


@pytest.fixture
def probing() -> ModuleType:
    return importlib.import_module("probing")


@contextmanager
def listening(family: socket.AddressFamily = socket.AF_INET, address: str = "127.0.0.1") -> Iterator[int]:
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.bind((address, 0))
        opened.listen()
        yield opened.getsockname()[1]


def device(name: str, address: str = "127.0.0.1", kind: str = "ip", port: int | None = 80, sleeps: bool = False) -> Any:
    return importlib.import_module("place").Device(name, address, kind, port, sleeps)


@pytest.mark.parametrize(
    ("heard", "reached", "changes"),
    [
        ("", None, 0),
        ("+", True, 1),
        ("-", None, 0),
        ("+--", True, 1),
        ("+---", False, 2),
        ("+--+--+--", True, 1),
        ("---", False, 1),
        ("-+", True, 1),
        ("---+", False, 1),
        ("---++", True, 2),
        ("+---+-+-+-", False, 2),
        ("+---++", True, 3),
    ],
)
def test_it_takes_three_failures_and_two_answers(reach: ModuleType, heard: str, reached: bool | None, changes: int) -> None:
    verdict = reach.Verdict()
    assert sum(verdict.hear(it == "+", 3.0 * at) for at, it in enumerate(heard)) == changes
    assert verdict.reached is reached


def test_what_is_lost_again_and_again_must_answer_longer(reach: ModuleType) -> None:
    verdict, now_s, needed = reach.Verdict(), 0.0, []
    verdict.hear(True, now_s)
    for _ in range(8):
        while verdict.reached:
            verdict.hear(False, now_s)
        answers = 0
        while not verdict.reached:
            answers += 1
            verdict.hear(True, now_s)
        needed.append(answers)
    assert needed == [2, 4, 8, 16, 32, 64, 100, 100]
    for answered in (False, False, False, True, True):
        verdict.hear(answered, now_s + 3601)
    assert verdict.reached


def test_what_answers_again_and_not_for_long_enough_draws_no_proxy_and_drives_none_away(reach: ModuleType, root: Path) -> None:
    it = looks(reach, root, device("lamp"))
    said = []
    for answered in (heard == "+" for heard in "+---++---++++---++++++++"):
        it.verdicts["lamp"].hear(answered, 0.0)
        said += [it.found()] if it.found() not in said[-1:] else []
    assert said[-3:] == [([], ["lamp"]), ([], []), (["lamp"], [])]


def test_an_open_port_and_a_shut_one_are_answers(probing: ModuleType) -> None:
    with listening() as opened, listening(socket.AF_INET6, "::1") as six:
        with listening() as shut:
            pass
        began_s = time.monotonic()
        targets = {
            "open": ("127.0.0.1", opened),
            "shut": ("127.0.0.1", shut),
            "six": ("::1", six),
            "nobody": (NOBODY, 80),
            "there": ("127.0.0.1", None),
        }
        assert probing.probe(targets) == {"open", "shut", "six", "there"}
        assert time.monotonic() - began_s < 0.9, "it waits no longer than the last takes to answer"


def test_five_hundred_at_once_leave_nothing_open(probing: ModuleType) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with listening() as opened:
        targets = {f"d{at}": (f"127.0.{at // 200}.{at % 200 + 1}", opened if at % 2 else None) for at in range(500)}
        threads = threading.active_count()
        assert probing.probe(targets) == set(targets)
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == (before, threads)


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


@pytest.mark.parametrize(
    ("family", "state", "attributes", "told"),
    [
        (2, 0x02, attribute(1, b"\x0a\0\0\x07") + attribute(2, bytes(range(6))), ("10.0.0.7", "00:01:02:03:04:05", True)),
        (2, 0x04, attribute(9, b"xy") + attribute(1, b"\x0a\0\0\x07") + attribute(2, bytes(6)), ("10.0.0.7", "00:00:00:00:00:00", True)),
        (2, 0x20, attribute(1, b"\x0a\0\0\x07"), ("10.0.0.7", "", False)),
        (2, 0x01, attribute(1, b"\x0a\0\0\x07"), ("10.0.0.7", "", False)),
        (10, 0x08, attribute(1, bytes(15) + b"\x01") + attribute(2, bytes(6)), ("::1", "00:00:00:00:00:00", True)),
        (2, 0x02, attribute(1, bytes(16)), None),
        (7, 0x02, attribute(1, bytes(4)), None),
        (2, 0x02, b"\1\0\1\0", None),
        (2, 0x02, b"\xff\xff\1\0ab", None),
    ],
)
def test_a_neighbour_as_the_kernel_tells_it(
    probing: ModuleType, family: int, state: int, attributes: bytes, told: tuple[str, str, bool] | None
) -> None:
    message = struct.pack("=BxHiHBB", family, 0, 3, state, 0, 1) + attributes
    assert [(it.address, it.mac, it.there) for it in probing.neighbour_of(message)] == ([told] if told else [])
    assert {(it.state, it.interface) for it in probing.neighbour_of(message)} <= {(state, 3)}
    assert list(probing.neighbour_of(message[:11])) == []


def test_the_kernels_table_can_be_read(probing: ModuleType) -> None:
    assert all(ip_interface(it.address) and (not it.mac or len(it.mac) == 17) for it in probing.neighbours())


def test_what_lies_behind_a_router_is_asked_by_ping(probing: ModuleType, commands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        probing, "neighbours", lambda: [probing.Neighbour("10.0.0.1", "", 0x20, 1), probing.Neighbour("10.0.0.2", "", 0x80, 1)]
    )
    silent = {"gone": "10.0.0.1", "there": "10.0.0.2", "beyond": "10.9.0.1", "further": "10.9.0.2"}
    assert probing._there(silent) == {"there"}, "where there is no ping"
    (commands / "ping").write_text('#!/bin/sh\nfor it; do :; done\ntest "$it" = 10.9.0.1\n')
    (commands / "ping").chmod(0o755)
    assert probing._there(silent) == {"there", "beyond"}


def looks(reach: ModuleType, root: Path, *devices: Any) -> Any:
    return reach.Reach(root, devices, "ygg0")


def test_what_is_reached_and_what_isnt(reach: ModuleType, root: Path) -> None:
    with listening() as opened:
        it = looks(reach, root, device("printer", port=opened), device("lamp", NOBODY), device("bulb", port=None))
        assert it.found() == ([], [])
        assert it.look() is True
        assert it.found() == (["bulb", "printer"], []), "what hasn't answered yet may still"
        assert [it.look() for _ in range(3)] == [False, True, False]
        assert it.found() == (["bulb", "printer"], ["lamp"])


def test_names_are_looked_up_beside_and_nothing_is_said_before(reach: ModuleType, root: Path) -> None:
    with listening() as opened:
        it = looks(reach, root, device("web", "localhost", "dns", opened), device("none", "no-such.invalid", "dns", opened))
        it.look()
        until_s = time.monotonic() + 20
        while sum(map(len, it.found())) < 2 and time.monotonic() < until_s:
            time.sleep(0.05)
            it.look()
        assert it.found() == (["web"], ["none"])


def test_a_card_is_looked_for_in_the_kernels_table(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    naming = importlib.import_module("naming")
    table = [("fe80::1", True), ("127.0.0.9", False), ("::1", True), ("127.0.0.1", True)]
    monkeypatch.setattr(naming, "lans", lambda *_: [])
    monkeypatch.setattr(
        naming, "neighbours", lambda: [SimpleNamespace(address=address, mac="52:54:00:00:00:0a", there=there) for address, there in table]
    )
    names = naming.Names(root, "ygg0")
    assert names._by_card(["52:54:00:00:00:0A", "52:54:00:00:00:0b"]) == {"52:54:00:00:00:0A": "127.0.0.1"}


def test_an_address_that_was_found_is_kept_until_there_is_another(root: Path) -> None:
    clock = [0.0]
    names = importlib.import_module("naming").Names(root, "ygg0", lambda: clock[0])
    it = device("web", "web.example", "dns")
    assert names.address(it) is None
    for found, address, again_s in (({}, "", 15.0), ({"web.example": "10.0.0.1"}, "10.0.0.1", 60.0), ({}, "10.0.0.1", 15.0)):
        names._found(["web.example"], lambda _, found=found: found)  # type: ignore[misc]
        assert (names.address(it), names.due_s["web.example"]) == (address, again_s)

    def fails(_: list[str]) -> dict[str, str]:
        raise OSError("no network")

    names._found(["web.example"], fails)
    assert names.address(it) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "lan", "reached"),
    [
        (NOBODY, ["255.255.255.254/24"], True),
        (NOBODY, ["192.168.1.7/24"], False),
        (NOBODY, [], False),
        ("", ["192.168.1.7/24"], True),
        ("", [], False),
    ],
)
def test_what_may_sleep_counts_as_reached_while_its_lan_is_there(
    reach: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch, address: str, lan: list[str], reached: bool
) -> None:
    monkeypatch.setattr(reach, "lans", lambda *_: [ip_interface(text) for text in lan])
    kind = "ip" if address else "mdns"
    it = looks(reach, root, device("console", address or "console.local", kind, 80, True), device("lamp", NOBODY))
    it.names.known["console.local"], it.names.due_s["console.local"] = "", float("inf")
    for _ in range(reach.FALL):
        it.look()
    assert it.found() == ((["console"], ["lamp"]) if reached else ([], ["console", "lamp"]))


def test_a_report_has_room_for_all_or_says_less(reach: ModuleType, root: Path) -> None:
    it = looks(reach, root, *(device(f"device-{at:0>50}") for at in range(1000)))
    for at, name in enumerate(sorted(it.verdicts)):
        for _ in range(reach.FALL):
            it.verdicts[name].hear(at % 2 == 0, 0.0)
    reached, unreached = it.found()
    assert len(json.dumps([reached, unreached])) < 48_000
    assert (len(unreached), 0 < len(reached) < 500) == (500, True), "what isn't reached goes before"


def test_when_nobody_looks_any_more_nothing_is_said(reach: ModuleType, root: Path) -> None:
    it = looks(reach, root, device("printer"))
    it.look()
    assert it.found() == (["printer"], [])
    it.thread = threading.Thread(target=lambda: None)
    assert it.found() == ([], [])


def test_trouble_is_told_once_and_ends(
    reach: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    it, left = looks(reach, root, device("printer")), [OSError(24, "Too many open files")] * 2

    def probe(_: object) -> set[str]:
        if left:
            raise left.pop()
        return {"printer"}

    class Enough(Exception):
        pass

    def changed() -> None:
        raise Enough

    monkeypatch.setattr(reach, "probe", probe)
    monkeypatch.setattr(reach.time, "sleep", lambda _: None)
    with suppress(Enough):
        it._run(changed)
    assert capsys.readouterr().err == "devices can't be looked for: Too many open files\n"
    assert it.found() == (["printer"], [])


def test_programs_are_looked_for_where_servers_are_too(reach: ModuleType, root: Path, commands: Path) -> None:
    assert reach.programs(root) == []
    (commands / "python3").symlink_to("/bin/sh")
    for folder, name in (("usr/sbin", "haproxy"), ("usr/local/sbin", "nginx")):
        (root / folder).mkdir(parents=True)
        (root / folder / name).write_text("#!/bin/sh\n")
    assert reach.programs(root) == ["python3"], "what can't be run isn't there"
    for path in root.glob("usr/**/[hn]*"):
        path.chmod(0o755)
    assert reach.programs(root) == ["haproxy", "python3"], "an nginx without streams hands no datagrams on"
    module = root / "usr/lib/nginx/modules/ngx_stream_module.so"
    module.parent.mkdir(parents=True)
    module.touch()
    assert reach.programs(root) == ["haproxy", "nginx", "python3"]


@pytest.mark.parametrize(
    ("said", "there"), [("--with-stream --with-threads", True), ("--with-stream=dynamic", False), ("--with-stream", True)]
)
def test_nginx_may_have_streams_built_in(reach: ModuleType, root: Path, commands: Path, said: str, there: bool) -> None:
    (commands / "nginx").write_text(f"#!/bin/sh\necho 'configure arguments: {said}' >&2\n")
    (commands / "nginx").chmod(0o755)
    assert ("nginx" in reach.programs(root)) is there


def settings(port: int, machines: tuple[str, ...] = ("tower",)) -> str:
    printer = {"name": "printer", "address": "127.0.0.1", "kind": "ip", "port": port, "sleeps": False}
    return json.dumps({"overlay": "ygg0", "reports": "there", "machines": {}, "reach": [{"machines": machines, "devices": [printer]}]})


def test_each_machine_looks_for_the_devices_of_its_place(program: ModuleType) -> None:
    assert program.Settings.of(settings(631), "tower").devices == (device("printer", port=631),)
    other = program.Settings.of(settings(631), "mini")
    assert (other.devices, other.proxies) == ((), True)
    none = program.Settings.of(json.dumps({"overlay": "ygg0", "reports": "there", "machines": {}}), "tower")
    assert (none.devices, none.proxies) == ((), False)


@contextmanager
def task_api(path: Path) -> Iterator[list[Report]]:
    """Takes reports as Nomad's task API does."""
    heard: list[Report] = []

    class Takes(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline().strip().lower()) != b"":
                length = int(line.partition(b":")[2]) if line.startswith(b"content-length:") else length
            heard.append(from_json(Report, json.loads(self.rfile.read(length))["Items"]["report"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    with socketserver.UnixStreamServer(str(path), Takes) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield heard
        server.shutdown()
        thread.join()


def test_a_change_is_reported_at_once(program_folder: Path, tmp_path: Path) -> None:
    """The whole program, on a machine that otherwise looks around once a minute."""
    (tmp_path / "settings.json").write_text(settings(9))
    environment = {
        "PATH": os.environ["PATH"], "SIMULACRA_MACHINE": "tower", "NOMAD_TASK_DIR": str(tmp_path), "NOMAD_SECRETS_DIR": str(tmp_path),
        "SIMULACRA_STATE": str(tmp_path / "state"), "SIMULACRA_HOOKS": str(tmp_path / "none"), "SIMULACRA_SENSES": "reach",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    with task_api(tmp_path / "api.sock") as heard:
        running = subprocess.Popen([sys.executable, str(program_folder / "program.py")], env=environment)
        try:
            until_s = time.monotonic() + 20
            while not any(it.reached for it in heard) and time.monotonic() < until_s:
                assert running.poll() is None
                time.sleep(0.05)
        finally:
            running.terminate()
            running.wait(10)
    assert (heard[-1].reached, heard[-1].unreached) == (("printer",), ())
    assert "python3" in heard[-1].programs
    assert "reach.py" in PARTS
