"""Each kind of fault that chaos knows, done to a real lab once: it does what it says, and is undone."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running_lab import RunningLab, bring_up, eventually, simulacra

from simulacra.cli.chaos import grid_folder
from simulacra.definitions import load
from simulacra.faults import Fault
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad
from simulacra.gateways.nomad_settings import Settings
from simulacra.lab import lab as labs
from simulacra.lab.chaos.deeds import Done, strike
from simulacra.lab.chaos.kinds import KINDS, ground_of
from simulacra.lab.chaos.marks import Unit
from simulacra.lab.chaos.schedule import Strike
from simulacra.lab.chaos.seen import Bounds, Seen
from simulacra.lab.chaos.site import Agent, Site, agents
from simulacra.lab.chaos.watching import Lookout, who_answers
from simulacra.lab.magic import read_card
from simulacra.lab.network import enter_namespace
from simulacra.lab.processes import Process, alive
from simulacra.lab.programs import find_autoscaler

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]
WAITS, STEERS = "the one that waits", "the one that steers"


@pytest.fixture(scope="module")
def running(lab_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:  # noqa: ARG001 - a fixture asked for
    """A lab of chaos' own grid with its jobs; but it only observes, so that nothing is switched but by us."""
    grid, outer, name = tmp_path_factory.mktemp("chaos") / "grid", os.environ["PATH"], f"deeds-{os.getpid()}"
    shutil.copytree(grid_folder(), grid)
    definition = (grid / "grid.hcl").read_text()
    assert '"act"' in definition
    (grid / "grid.hcl").write_text(definition.replace('"act"', '"observe"'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), str(Path(find_autoscaler()).parent), outer]))
        try:
            running = bring_up(name, grid, secure=False)
            patch.setenv("NOMAD_ADDR", running.nomad_addr)
            ran = simulacra(grid, "run", "--detach")
            assert ran.returncode == 0, ran.stdout + ran.stderr
            yield running
        finally:
            simulacra(grid, "lab", "down", "--name", name)


@pytest.fixture(scope="module")
def site(running: RunningLab) -> Site:
    nomad, found = Nomad(Settings(running.nomad_addr, patience_s=2.0)), labs.running(running.name)
    ground = ground_of(load(running.grid), tuple(it.name for it in found.residents if it.server))
    made = Site(found, ground, nomad, Journal(nomad))
    assert eventually(lambda: len(agents(made)) == 2 and any(it.steers for it in agents(made)), 90)
    assert eventually(lambda: len(beacons(made)) == 3, 60)
    return made


def do(site: Site, kind: str, whom: str) -> Done:
    done = strike(site, Strike(0.0, kind, whom, 5.0))
    assert not done.missed
    return done


def beacons(site: Site) -> dict[str, Unit]:
    """Those that run, by machine."""
    seen = Seen(site.ground, Bounds(), 0.0, 0.0)
    lookout = Lookout(site)
    seen = lookout.look(lookout.look(seen, 1.0), 2.0)
    return {it.machine: it for it in seen.units if it.job == "beacon" and it.over_s is None}


def agent(site: Site, steers: bool) -> Agent | None:
    return next((it for it in agents(site) if it.steers == steers), None)


def agent_killed(site: Site) -> None:
    for whom in (WAITS, STEERS):
        before = {it.pid for it in agents(site)}
        do(site, "agent killed", whom)
        assert eventually(lambda before=before: len(agents(site)) == 2 and {it.pid for it in agents(site)} != before, 90)  # type: ignore[misc]
        assert eventually(lambda: agent(site, True) is not None and agent(site, False) is not None, 90)


def plugin_killed(site: Site) -> None:
    for name in ("simulacra-apm", "simulacra-target"):
        assert eventually(lambda: (steers := agent(site, True)) is not None and len(steers.workers) == 2, 60)
        before = agent(site, True)
        assert before is not None
        do(site, "plugin killed", name)

        def replaced(before: Agent = before, name: str = name) -> bool:
            now = agent(site, True)
            return now is not None and now.pid == before.pid and now.workers.get(name) not in (None, before.workers[name])

        assert eventually(replaced, 30)


def agent_frozen(site: Site) -> None:
    before = agent(site, True)
    assert before is not None
    frozen = [before.pid, *before.workers.values()]
    done = do(site, "agent frozen", STEERS)
    assert eventually(lambda: all(_state(pid) == "T" for pid in frozen), 5)
    done.undo()
    assert eventually(lambda: all(_state(pid) != "T" for pid in frozen), 5)


def _state(pid: int) -> str:
    path = Path(f"/proc/{pid}/stat")
    return path.read_text().rpartition(")")[2].split()[0] if path.exists() else ""


def _servers(site: Site) -> set[str]:
    return {name for name in site.ground.servers if (power := site.power(name)).server_agent and alive(power.server_agent)}


def _leader(site: Site) -> str | None:
    try:
        leader = site.nomad.leader()
    except Fault:
        return None
    return site.server_at(leader) if leader else None


def server_killed(site: Site) -> None:
    done = do(site, "server killed", "mini")
    assert eventually(lambda: _servers(site) == {"nas", "vps"}, 10)
    done.undo()
    assert _servers(site) == {"mini", "nas", "vps"}
    assert eventually(lambda: _leader(site) is not None, 60)


def leader_killed(site: Site) -> None:
    before = _leader(site)
    done = do(site, "leader killed", "Nomad's leader")
    assert eventually(lambda: before not in _servers(site), 10)
    assert eventually(lambda: _leader(site) not in (None, before), 60)
    done.undo()
    assert _servers(site) == set(site.ground.servers)


def quorum_lost(site: Site) -> None:
    done = do(site, "quorum lost", "mini and vps")
    assert eventually(lambda: _servers(site) == {"nas"} and _leader(site) is None, 30)
    done.undo()
    assert eventually(lambda: _leader(site) is not None, 60)


def client_killed(site: Site) -> None:
    before = next(iter(beacons(site).values()))
    client = site.power(before.machine).agent
    assert client is not None
    done = do(site, "client killed", before.machine)
    assert eventually(lambda: not alive(client), 10)
    assert alive(Process(before.pid, before.started))
    done.undo()
    assert site.power(before.machine).agent != client
    stubs = {it.name: it.status for it in site.nomad.nodes()}
    assert stubs[before.machine] == "ready"
    time.sleep(5)
    assert beacons(site)[before.machine] == before, "what runs there goes on"


def _inside(machine: str, site: Site, call: Callable[[], object]) -> object:
    """What the call says on the machine."""
    with ThreadPoolExecutor(1) as surveyor:
        surveyor.submit(enter_namespace, site.resident(machine).namespace).result()
        return surveyor.submit(call).result()


def _connects_in_s(site: Site, from_: str, to: str) -> float | None:
    """How long a connection over the overlay takes; None where there is none."""

    def connect() -> float | None:
        began = time.monotonic()
        try:
            socket.create_connection((site.resident(to).address, 4646), 2.0).close()
        except OSError:
            return None
        return time.monotonic() - began

    found = _inside(from_, site, connect)
    assert found is None or isinstance(found, float)
    return found


def zone_cut(site: Site) -> None:
    done = do(site, "zone cut", "office")
    assert eventually(lambda: _connects_in_s(site, "nas", "mini") is None, 20)
    assert _connects_in_s(site, "mini", "desk") is not None
    assert set(done.machines) == {"desk", "mini"}
    done.undo()
    assert eventually(lambda: _connects_in_s(site, "nas", "mini") is not None, 60)


def machine_cut(site: Site) -> None:
    there = beacons(site)
    done = do(site, "machine cut", "mini")
    assert eventually(lambda: _connects_in_s(site, "desk", "mini") is None, 20)
    with ThreadPoolExecutor(1) as asking:
        answered = asking.submit(who_answers, site, there.values()).result()
    assert answered == tuple(there.values()), "each is asked on its own machine"
    done.undo()
    assert eventually(lambda: _connects_in_s(site, "desk", "mini") is not None, 60)


def slow_cable(site: Site) -> None:
    done = do(site, "slow cable", "office")
    assert eventually(lambda: (_connects_in_s(site, "nas", "mini") or 0.0) > 0.19, 20)
    done.undo()
    assert eventually(lambda: (_connects_in_s(site, "nas", "mini") or 1.0) < 0.19, 20)


def packets_lost(site: Site) -> None:
    done = do(site, "packets lost", "small")
    assert 120 < _arrive(site, 200) < 200
    done.undo()
    assert _arrive(site, 200) == 200


def _arrive(site: Site, count: int) -> int:
    """How many of so many packets from nas come to small, over their LAN; no more than a socket holds."""
    address = read_card(site.folder("small")).address.partition("/")[0]

    def made() -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    ear, mouth = _inside("small", site, made), _inside("nas", site, made)
    assert isinstance(ear, socket.socket)
    assert isinstance(mouth, socket.socket)
    with ear, mouth:
        ear.bind((address, 0))
        ear.settimeout(3.0)
        came = 0
        for number in range(count):
            mouth.sendto(b"%d" % number, ear.getsockname())
            time.sleep(0.001)
        mouth.close()
        try:
            while came < count:
                ear.recv(100)
                came += 1
        except TimeoutError:
            pass
        return came


def unplugged(site: Site) -> None:
    done = do(site, "unplugged", "tower")
    assert not site.power("tower").plugged
    done.undo()
    assert site.power("tower").plugged


def slow_boot(site: Site) -> None:
    done = do(site, "slow boot", "tower")
    assert site.power("tower").slow_s > 0
    done.undo()
    assert site.power("tower").slow_s == 0


def person(site: Site) -> None:
    done = do(site, "person", "tower")
    assert site.power("tower").person
    done.undo()
    assert not site.power("tower").person


def power_cut(site: Site) -> None:
    done = do(site, "power cut", "tower")
    assert eventually(lambda: site.power("tower").switch == "asleep", 20)
    assert strike(site, Strike(0.0, "power cut", "tower", 5.0)).missed
    done.undo()
    assert eventually(lambda: site.power("tower").switch == "on", 30)


def button_pressed(site: Site) -> None:
    assert strike(site, Strike(0.0, "button pressed", "desk")).missed, "it is on"
    labs.switch(site.name, "press", "desk")
    assert eventually(lambda: site.power("desk").switch == "asleep", 20)
    do(site, "button pressed", "desk")
    assert eventually(lambda: site.power("desk").switch == "on", 30)


TRIALS: dict[str, Callable[[Site], None]] = {
    it.__name__.replace("_", " "): it
    for it in (
        *(agent_killed, plugin_killed, agent_frozen, server_killed, leader_killed, quorum_lost, client_killed, packets_lost, slow_cable),
        *(zone_cut, machine_cut, unplugged, slow_boot, person, power_cut, button_pressed),
    )
}


@pytest.mark.parametrize("trial", [TRIALS[it.name] for it in KINDS], ids=[it.name for it in KINDS])
def test_a_fault_does_what_it_says_and_is_undone(trial: Callable[[Site], None], site: Site) -> None:
    trial(site)
