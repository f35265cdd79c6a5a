"""The plugins as programs: started by hand, by an agent, and left alone by it."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest

from simulacra.plugin.handshake import COOKIE, COOKIE_VALUE
from simulacra.plugin.hclog import Hclog, Saying
from simulacra.plugin.protocol import base_pb2, control_pb2

ROOT = Path(__file__).resolve().parents[3]
LAUNCHER = ROOT / "autoscaler/plugins/simulacra-target"
WITH_COOKIE = {**os.environ, COOKIE: COOKIE_VALUE}


def test_by_hand_it_says_who_starts_it(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != COOKIE}
    ran = subprocess.run([LAUNCHER], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "is a plugin of the Nomad Autoscaler" in ran.stderr


def test_a_wrong_option(tmp_path: Path) -> None:
    ran = subprocess.run([LAUNCHER, "--gird", "x"], capture_output=True, text=True, check=False, env=WITH_COOKIE, cwd=tmp_path)
    assert ran.returncode == 2
    assert "--gird x: its only option is --grid DIR" in ran.stderr


def test_without_a_program_the_launcher_says_what_to_do(tmp_path: Path) -> None:
    launcher = tmp_path / "autoscaler/plugins/simulacra-target"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(LAUNCHER.read_text())
    ran = subprocess.run(["/bin/sh", launcher], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert ran.returncode == 1
    assert "is neither in" in ran.stderr
    assert "install simulacra" in ran.stderr


def test_it_introduces_itself_and_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    process = subprocess.Popen([LAUNCHER], stdout=subprocess.PIPE, text=True, env={**WITH_COOKIE, "TMPDIR": str(tmp_path)}, cwd=tmp_path)
    try:
        assert process.stdout is not None
        fields = process.stdout.readline().rstrip("\n").split("|")
        assert (fields[:3], fields[4:]) == (["1", "1", "unix"], ["grpc", ""])
        socket = Path(fields[3])
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        with grpc.insecure_channel(f"unix:{socket}") as channel:
            service = "/hashicorp.nomad_autoscaler.plugins.base.proto.v1.BasePluginService"
            info = channel.unary_unary(f"{service}/PluginInfo", None, base_pb2.PluginInfoResponse.FromString)(b"", timeout=20)
            assert info.name == "simulacra-target"
            assert channel.unary_unary("/plugin.GRPCController/Shutdown", None, control_pb2.Empty.FromString)(b"", timeout=20) is not None
        assert process.wait(20) == 0
        assert process.stdout.read() == ""
        assert not socket.parent.exists()
    finally:
        process.kill()
        process.wait()


PARENT = """
import os, subprocess, sys
plugin = subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE, text=True)
print(plugin.pid, plugin.stdout.readline(), flush=True)
sys.stdin.read()
"""


def test_it_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, LAUNCHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=WITH_COOKIE, cwd=tmp_path
    )
    assert parent.stdout is not None
    pid, line = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    end = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() or Path(line.split("|")[3]).exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_log_lines_as_the_agent_takes_them() -> None:
    record = logging.makeLogRecord({"msg": "who: %s", "args": ("é",), "levelno": logging.WARNING, "created": 1_700_000_000.25})
    assert json.loads(Hclog("simulacra-apm").format(record)) == {
        "@level": "warn",
        "@message": "who: é",
        "@module": "simulacra-apm",
        "@timestamp": "2023-11-14T22:13:20.250000Z",
    }


def test_what_was_just_said_is_said_softly(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    now = [0.0]
    say = Saying(logging.getLogger("simulacra.test"), 60.0, lambda: now[0])
    for at, text in ((0.0, "a"), (1.0, "a"), (2.0, "b"), (61.0, "a")):
        now[0] = at
        say(text)
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "a"),
        ("DEBUG", "a"),
        ("INFO", "b"),
        ("INFO", "a"),
    ]
