"""State, processes and programs: what the lab knows and what it finds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from simulacra.faults import Refusal, Usage
from simulacra.lab import processes, state
from simulacra.lab.leftovers import mounts_below
from simulacra.lab.programs import find_nomad, find_programs, path_with, require_root
from simulacra.lab.state import Cable, Delay, LabState, Resident, Router

STATE = LabState(
    name="one",
    grid="home",
    phase="starting",
    wan_namespace="simlab.one.wan",
    interface="ygg0",
    residents=(Resident("nas", "attic", "simlab.one.m.nas", True, "200::1", "port0", processes.Process(1, 2), None),),
    routers=(Router("attic", "simlab.one.z.attic", "zone0", "172.31.240.1", processes.Process(3, 4)),),
    cables=(Cable("street", "cable0", ("attic",)),),
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_state_is_read_back_as_it_was_written() -> None:
    assert state.load_state("one") is None
    state.lab_folder("one").mkdir(parents=True)
    slow = (Delay("zone:attic", 4.0, 0.5, "up0", processes.Process(7, 8)), Delay("machine:nas", 1.0, 0.0, "lan0"))
    up = replace(STATE, phase="up", nomad_port=4646, forward=processes.Process(5, 6), delays=slow)
    for found in (STATE, up, replace(up, consul="/bin/consul", consul_port=8500, consul_forward=processes.Process(9, 10))):
        state.save(found)
        assert state.load_state("one") == found
    assert state.known_labs() == ("one",)
    state.forget("one")
    assert (state.load_state("one"), state.known_labs()) == (None, ())


@pytest.mark.parametrize("text", ["", "{", "{}", '{"name": "one"}', "[]"])
def test_a_broken_state_is_none(text: str) -> None:
    state.lab_folder("one").mkdir(parents=True)
    (state.lab_folder("one") / "state.json").write_text(text)
    assert state.load_state("one") is None


def test_two_do_not_build_the_same_lab() -> None:
    with state.held("one"), state.held("two"), pytest.raises(Refusal, match="another `simulacra lab`"), state.held("one"):
        pytest.fail("held twice")
    with state.held("one"):
        pass


def test_a_process_is_known_by_its_start_too(tmp_path: Path) -> None:
    started = processes.spawn([sys.executable, "-c", "import time; print('on', flush=True); time.sleep(60)"], tmp_path / "log")
    assert processes.alive(started)
    assert not processes.alive(replace(started, started=started.started + 1))
    processes.end(started)
    assert not processes.alive(started)


def test_descendants_are_found_at_any_distance() -> None:
    inner = "import subprocess,sys; subprocess.run(['sleep', '60'])"
    child = subprocess.Popen([sys.executable, "-c", f"import subprocess,sys; subprocess.run([sys.executable, '-c', {inner!r}])"])
    try:
        for _ in range(200):
            if len(below := processes.descendants({child.pid})) == 2:
                break
        assert len(below) == 2
    finally:
        for pid in (child.pid, *processes.descendants({child.pid})):
            os.kill(pid, 9)
        child.wait()


def test_agents_see_neither_proxies_nor_other_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_CA_BUNDLE", "HTTPS_PROXY", "no_proxy", "NOMAD_ADDR", "NOMAD_TOKEN", "VAULT_ADDR"):
        monkeypatch.setenv(name, "x")
    seen = processes.clean_environment(NOMAD_ADDR="here")
    assert {name for name, value in seen.items() if value == "x"} == set()
    assert seen["NOMAD_ADDR"] == "here"
    assert "PATH" in seen


def test_mounts_are_found_the_innermost_first() -> None:
    lines = [
        "36 35 98:0 / /lab/one/nas rw - tmpfs tmpfs rw",
        "37 35 98:0 / /lab/one/nas/a\\040b/secrets rw - tmpfs tmpfs rw",
        "38 35 98:0 / /lab/one2/nas rw - tmpfs tmpfs rw",
        "39 35 98:0 / / rw - ext4 /dev/vda rw",
    ]
    assert mounts_below(Path("/lab/one"), "\n".join(lines)) == ("/lab/one/nas/a b/secrets", "/lab/one/nas")


def test_what_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulacra.lab.programs._which", lambda name: None if name == "yggdrasil" else f"/bin/{name}")
    monkeypatch.setenv("SIMULACRA_NOMAD_BIN", "/nowhere/nomad")
    with pytest.raises(Usage) as told:
        find_programs()
    assert str(told.value).splitlines() == [
        "lab: `yggdrasil` isn't there; `apt install yggdrasil`",
        "lab: `nomad` isn't there; install it, let `./setup.sh` of a checkout build it, or set SIMULACRA_NOMAD_BIN to its path",
    ]


def test_nomad_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULACRA_NOMAD_BIN", "/bin/true")
    assert find_nomad() == "/bin/true"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/usr/bin:/bin", "/usr/bin:/bin:/opt/tools"),
        ("/opt/tools:/bin", "/opt/tools:/bin"),
        (None, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/tools"),
    ],
)
def test_a_command_in_the_lab_finds_nomad(path: str | None, found: str) -> None:
    assert path_with("/opt/tools/nomad", path) == found


def test_only_root_has_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Usage, match="run it again with sudo"):
        require_root()
