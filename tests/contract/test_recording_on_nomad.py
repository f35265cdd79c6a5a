"""`simulacra record` on a real Nomad: run times as they were, nothing twice, and nothing lost when Nomad forgets."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from dev_agent import RANK, TIER, ZONE, Agent, dev_agent
from guarded_grid import POLICIES, Guarded

from simulacra.gateways.nomad import Nomad, connect
from simulacra.simulate.reading import read_trace
from simulacra.simulate.trace import TraceJob

pytestmark = pytest.mark.nomad
MHZ, MEMORY_MB = 200, 24
SLACK_S = 3.0
"""So much longer a task may run than it sleeps on a busy machine. Nomad notes its start a moment after it."""
GRID = f"""
grid "trial" {{}}

zone "{ZONE}" {{}}

tier "{TIER}" {{
  rank = {RANK}
}}

machine "shelf" {{
  zone = "{ZONE}"
}}
"""
PLACED = f"""
  priority = 70

  constraint {{
    attribute = "${{meta.simulacra_rank}}"
    operator  = ">="
    value     = "{RANK}"
  }}

  constraint {{
    attribute = "${{meta.simulacra_zone}}"
    value     = "{ZONE}"
  }}
"""
EACH_SECOND = """
  periodic {
    crons            = ["* * * * * * *"]
    prohibit_overlap = true
  }
"""
TWICE = """
    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts       = 1
      interval       = "1h"
      delay          = "5s"
      delay_function = "constant"
      unlimited      = false
    }
"""


def jobspec(name: str, command: str, job: str = "", group: str = "", count: int = 1, cpu: int = MHZ) -> str:
    return f"""
job "{name}" {{
  type = "batch"
{job}
  group "{name}" {{
    count = {count}
{group}
    task "it" {{
      driver = "raw_exec"

      config {{
        command = "/bin/sh"
        args    = ["-c", "{command}"]
      }}

      resources {{
        cpu    = {cpu}
        memory = {MEMORY_MB}
      }}
    }}
  }}
}}
"""


WORK = {
    "pair": jobspec("pair", "sleep 2", job=PLACED, count=2),
    "cron": jobspec("cron", "sleep 0.2", job=EACH_SECOND),
    "called": jobspec("called", "sleep 1", job="  parameterized {}"),
    "fails": jobspec("fails", "sleep 0.5; exit 1", group=TWICE),
    "moved": jobspec("moved", "sleep 3"),
    "long": jobspec("long", "sleep 600"),
    "large": jobspec("large", "true", cpu=10_000_000),
    "shop": jobspec("shop", "sleep 600").replace('type = "batch"', 'type = "service"'),
}


@pytest.fixture(scope="module")
def agent(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """A Nomad of its own: it is made to forget."""
    with dev_agent(nomad_binary, tmp_path_factory.mktemp("recorded")) as made:
        yield made


@pytest.fixture(scope="module")
def nomad(agent: Agent) -> Nomad:
    return connect(environment=agent.environment)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "grid.hcl").write_text(GRID)
    return folder


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.2)


def ended(nomad: Nomad) -> Mapping[str, int]:
    """How many allocations of each job, or of its children, have ended after they ran."""
    counts = dict.fromkeys(WORK, 0)
    for run in nomad.batch_runs():
        counts[run.job.partition("/")[0]] += run.ran_s is not None
    return counts


@pytest.fixture(scope="module")
def began_s(nomad: Nomad, agent: Agent, nomad_binary: Path) -> float:
    """When the work was submitted, all of which has ended that will."""
    now_s = time.time()
    for text in WORK.values():
        nomad.register(nomad.parse(text), text, 0, preserve_counts=True)
    subprocess.run([nomad_binary, "job", "dispatch", "-detach", "called"], env=agent.environment, check=True, capture_output=True)
    until(lambda: any(run.job == "moved" and run.began_s is not None for run in nomad.batch_runs()))
    nomad.stop_allocation(next(run.id for run in nomad.batch_runs() if run.job == "moved"))
    until(lambda: ended(nomad).items() >= {"pair": 2, "called": 1, "fails": 2, "moved": 2}.items() and ended(nomad)["cron"] > 2)
    nomad.stop("cron", "default")
    until(lambda: sum(run.at_work for run in nomad.batch_runs()) == 1)
    return now_s


def record(grid: Path, agent: Agent, file: Path) -> list[str]:
    command = [sys.executable, "-m", "simulacra.cli.main", "--grid", grid, "record", file]
    done = subprocess.run(command, env=agent.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def jobs_of(file: Path, name: str) -> list[TraceJob]:
    return [job for job in read_trace(file).jobs if job.name == name]


@pytest.fixture(scope="module")
def file(began_s: float, grid: Path, agent: Agent, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001 - there is work then
    path = tmp_path_factory.mktemp("traces") / "grid.csv"
    said = record(grid, agent, path)
    count = len(read_trace(path).jobs)
    assert said == [
        f"{path}: {count} jobs added, {count} in all",
        "1 still running and 1 waiting: written once they have ended",
        "not work of its own: 1 had to make room and began anew elsewhere: only the last try counts",
        "not recorded: 1 job of type service, system or sysbatch, which don't end, or run on every machine",
    ]
    return path


def test_each_instance_has_its_own_line_with_what_it_took(file: Path, nomad: Nomad, began_s: float) -> None:
    (node,) = nomad.nodes()
    pair = jobs_of(file, "pair")
    assert [(job.tier, job.zone, job.priority, job.memory_mb) for job in pair] == [(TIER, ZONE, 70, MEMORY_MB)] * 2
    core_mhz = read_trace(file).core_mhz
    assert core_mhz == pytest.approx(node.cpu_mhz / node.cores)
    assert core_mhz is not None
    assert [job.cpu_cores for job in pair] == pytest.approx([MHZ / core_mhz] * 2, abs=1e-4)
    assert all(1.8 < job.run_s < 2 + SLACK_S for job in pair)
    assert read_trace(file).begins_s + pair[0].submit_s == pytest.approx(began_s, abs=5)
    assert pair[0].submit_s == pair[1].submit_s


def test_children_are_submitted_when_they_are_launched(file: Path) -> None:
    launched = [job.submit_s for job in jobs_of(file, "cron")]
    assert len(launched) >= 3
    assert all(later > earlier for earlier, later in pairwise(launched))
    (called,) = jobs_of(file, "called")
    assert (called.tier, called.zone, called.priority) == (None, None, 50)
    assert 0.8 < called.run_s < 1 + SLACK_S


def test_a_failed_try_and_the_next_are_both_work(file: Path) -> None:
    first, second = jobs_of(file, "fails")
    assert second.submit_s >= first.submit_s + first.run_s


def test_what_was_moved_is_work_once_as_long_as_it_took_in_the_end(file: Path) -> None:
    (moved,) = jobs_of(file, "moved")
    assert 2.8 < moved.run_s < 3 + SLACK_S


def test_nothing_comes_twice_and_nothing_is_lost_when_nomad_forgets(
    file: Path, grid: Path, agent: Agent, nomad: Nomad, nomad_binary: Path
) -> None:
    before = file.read_bytes()
    known = {job.id for job in read_trace(file).jobs}
    count = len(known)
    assert record(grid, agent, file)[0] == f"{file}: nothing added, {count} in all"
    subprocess.run([nomad_binary, "system", "gc"], env=agent.environment, check=True, capture_output=True)
    until(lambda: [run.job for run in nomad.batch_runs()] == ["long"])
    assert record(grid, agent, file)[0] == f"{file}: nothing added, {count} in all"
    assert file.read_bytes() == before
    nomad.stop("long", "default")
    until(lambda: ended(nomad)["long"] == 1)
    assert record(grid, agent, file)[0] == f"{file}: 1 job added, {count + 1} in all"
    assert {job.id for job in read_trace(file).jobs} > known


def test_whoever_may_look_may_record(guarded: Guarded, tmp_path: Path) -> None:
    text = jobspec("once", "true")
    guarded.nomad().register(guarded.nomad().parse(text), text, 0, preserve_counts=True)
    until(lambda: any(run.ran_s is not None for run in guarded.nomad().batch_runs()))
    reader = Agent(guarded.agent.address, {**guarded.agent.environment, "NOMAD_TOKEN": guarded.token(POLICIES["reader"])})
    said = record(guarded.folder / "grid", reader, tmp_path / "grid.csv")
    assert said[0] == f"{tmp_path / 'grid.csv'}: 1 job added, 1 in all"
