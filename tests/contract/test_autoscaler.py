"""The real Nomad Autoscaler with what is rendered for it: our plugins, other APMs and strategies, dry runs, deaths."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dev_agent import Agent, free_ports

from simulacra.definitions import load
from simulacra.render.autoscaler import places, render_autoscaler
from simulacra.render.files import apply, changes, files_below

ROOT = Path(__file__).resolve().parents[2]
GRID = 'grid "test" {\n  power {\n    evaluate_every = "1s"\n  }\n}\n'
FIXED = """
scaling "machines" {
  enabled = true
  min     = 0
  max     = 3

  policy {
    cooldown            = "1s"
    evaluation_interval = "1s"

    check "fixed" {
      strategy "fixed-value" {
        value = "9"
      }
    }

    target "simulacra-target" {TARGET}
  }
}
"""
NOMAD_APM = """
scaling "machines" {
  enabled = true
  min     = 0
  max     = 10

  policy {
    cooldown            = "1s"
    evaluation_interval = "1s"

    check "cpu" {
      source = "nomad-apm"
      query  = "percentage-allocated_cpu"

      strategy "threshold" {
        lower_bound           = 0
        within_bounds_trigger = 1
        delta                 = 1
      }
    }

    target "simulacra-target" {
      node_class = "autoscaler-default-pool"
    }
  }
}
"""

pytestmark = [pytest.mark.nomad, pytest.mark.autoscaler]


@dataclass(frozen=True)
class Home:
    """A folder with a grid and its rendered autoscaler, whose plugins work on a fake grid."""

    folder: Path
    state: Path
    log: Path

    def be(self, **state: Any) -> None:
        unfinished = self.state.with_suffix(".new")
        unfinished.write_text(json.dumps(state))
        unfinished.replace(self.state)

    def calls(self, name: str) -> list[dict[str, Any]]:
        noted = self.state.with_suffix(".log")
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [call for line in lines if (call := json.loads(line))["call"] == name]

    def told(self) -> str:
        return self.log.read_text()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    grid = tmp_path / "grid"
    grid.mkdir()
    (grid / "grid.hcl").write_text(GRID)
    out = tmp_path / "autoscaler"
    rendered = render_autoscaler(load(grid), places(grid, out))
    apply(out, changes(out, rendered, "test", listed=files_below))
    made = Home(tmp_path, tmp_path / "state.json", tmp_path / "autoscaler.log")
    for kind in ("apm", "target"):
        command = shlex.join([sys.executable, str(ROOT / "tests/contract/plugin_on_a_file.py"), kind, str(made.state)])
        launcher = (out / f"plugins/simulacra-{kind}").read_text()
        started = re.sub(r"\nfor program .*", f"\nexec {command}\n", launcher, flags=re.DOTALL)
        assert started != launcher
        (out / f"plugins/simulacra-{kind}").write_text(started)
    made.be(on=2, desired=2, mode="act")
    return made


@contextmanager
def running(home: Home, binary: Path, agent: Agent) -> Iterator[subprocess.Popen[bytes]]:
    """The autoscaler's agent, started as its rendered configuration says."""
    command = [binary, "agent", "-config", "autoscaler/agent.hcl", "-log-level", "debug", "-http-bind-port", str(free_ports(1)[0])]
    with home.log.open("w") as log:
        process = subprocess.Popen(command, cwd=home.folder, env=agent.environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="session")
def autoscaler_binary() -> Path:
    """The real nomad-autoscaler: the checkout's .tools/bin, else the one on PATH."""
    here = ROOT / ".tools/bin/nomad-autoscaler"
    found = str(here) if here.exists() else shutil.which("nomad-autoscaler")
    if not found:
        pytest.skip("no nomad-autoscaler: ./setup.sh builds one")
    return Path(found)


def eventually(home: Home, holds: Callable[[], object], within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, home.told()[-6000:]
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    """The direct children of a process, whichever of its threads started them."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_queries_arrive_and_what_they_answer_is_scaled_to(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    with running(home, autoscaler_binary, nomad_agent) as agent:
        eventually(home, lambda: home.calls("plan") and home.calls("nudge"))
        assert not home.calls("scale")
        home.be(on=2, desired=4, mode="act")
        eventually(home, lambda: home.calls("scale"))
        eventually(home, lambda: "wake m1: work waits" in home.told())
        eventually(home, lambda: "placed into cooldown" in home.told())
        assert json.loads(home.state.read_text())["on"] == 4
        plugins = children(agent.pid)
        assert len(plugins) == 2
        assert "failed to" not in home.told()  # later it may fail to ask a plugin that is ending
    assert (home.calls("scale")[0]["count"], home.calls("scale")[0]["dry"]) == (4, False)
    [opened, _] = home.calls("open")
    assert Path(opened["grid"]).resolve() == home.folder / "grid"
    assert opened["config"]["nomad_address"] == nomad_agent.address
    eventually(home, lambda: not any(map(alive, plugins)), 10)
    assert len(home.calls("close")) == 2


def test_nothing_to_do_is_no_failure(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    home.be(on=3, desired=2, mode="act")
    with running(home, autoscaler_binary, nomad_agent):
        eventually(home, lambda: "nothing to do now towards 2 machines" in home.told())
    assert "unable to scale" not in home.told()


def test_a_grid_that_only_observes_says_what_it_would_do(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    home.be(on=2, desired=3, mode="observe")
    with running(home, autoscaler_binary, nomad_agent):
        eventually(home, lambda: "would wake m0: work waits" in home.told() and len(home.calls("scale")) > 2)
    assert all(call["dry"] for call in home.calls("scale"))
    assert "the grid only observes" in home.told()
    assert "unable to scale" not in home.told()
    assert [line for line in home.told().splitlines() if "[INFO]" in line and "would wake m0" in line][1:] == []


@pytest.mark.parametrize(("config", "dry"), [("", False), ('\n      dry-run = "true"\n    ', True)])
def test_another_strategy_decides_how_many_and_its_policy_bounds_it(
    home: Home, autoscaler_binary: Path, nomad_agent: Agent, config: str, dry: bool
) -> None:
    (home.folder / "autoscaler/policies/machines.hcl").write_text(FIXED.replace("TARGET", config))
    with running(home, autoscaler_binary, nomad_agent):
        eventually(home, lambda: home.calls("scale"))
        eventually(home, lambda: "would wake m0" in home.told() if dry else json.loads(home.state.read_text())["on"] == 3)
    assert {(call["count"], call["dry"]) for call in home.calls("scale")} == {(3, dry)}


def test_nomads_own_apm_works_with_our_target(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    (home.folder / "autoscaler/policies/machines.hcl").write_text(NOMAD_APM)
    with running(home, autoscaler_binary, nomad_agent):
        eventually(home, lambda: home.calls("scale"))
    assert home.calls("scale")[0]["count"] == 3


def test_trouble_at_the_start_passes(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    home.be(fault="Nomad doesn't answer")
    with running(home, autoscaler_binary, nomad_agent):
        eventually(home, lambda: home.told().count("the machines can't be counted now: Nomad doesn't answer") > 2)
        home.be(on=0, desired=1, mode="act")
        eventually(home, lambda: home.calls("scale"))


def test_a_count_that_takes_longer_than_the_agent_waits_is_the_next_answer(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    home.be(on=0, desired=1, mode="act", slow_s=1.5)
    with running(home, autoscaler_binary, nomad_agent):
        eventually(home, lambda: home.calls("scale"))
    assert "can't be counted in time" in home.told()
    assert "error starting the policy handler" not in home.told()


def test_kill_9_of_the_agent_ends_its_plugins(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    with running(home, autoscaler_binary, nomad_agent) as agent:
        eventually(home, lambda: home.calls("nudge"))
        plugins = children(agent.pid)
        workers = [worker for plugin in plugins for worker in children(plugin)]
        assert (len(plugins), len(workers)) == (2, 2)
        agent.kill()
        agent.wait()
        eventually(home, lambda: not any(map(alive, [*plugins, *workers])), 10)


def test_a_worker_that_is_killed_is_replaced_with_its_configuration(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    with running(home, autoscaler_binary, nomad_agent) as agent:
        eventually(home, lambda: home.calls("nudge"))
        workers = {worker for plugin in children(agent.pid) for worker in children(plugin)}
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        eventually(home, lambda: "another one takes its place" in home.told())
        home.be(on=2, desired=4, mode="act")
        eventually(home, lambda: home.calls("scale"), 60)
        assert {call["config"]["nomad_address"] for call in home.calls("open")} == {nomad_agent.address}


def test_a_wrong_key_ends_the_agent_with_a_message(home: Home, autoscaler_binary: Path, nomad_agent: Agent) -> None:
    agent_file = home.folder / "autoscaler/agent.hcl"
    agent_file.write_text(
        agent_file.read_text().replace('driver = "simulacra-apm"', 'driver = "simulacra-apm"\n  config = { gird = "/x" }')
    )
    with running(home, autoscaler_binary, nomad_agent) as agent:
        assert agent.wait(20) != 0
    assert "`gird` isn't a key of this plugin's config: did you mean `grid`?" in home.told()
