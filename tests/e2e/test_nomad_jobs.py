"""The command line against a real Nomad: plan, run, status, prune, and how it ends when something is amiss."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from dev_agent import NODE, Agent, dev_agent, free_ports

from simulacra.act.submit import JobText, look, submit, wanted_jobs
from simulacra.definitions import load
from simulacra.gateways.nomad import connect
from simulacra.lab.programs import find_programs
from simulacra.render import render_job

pytestmark = pytest.mark.nomad
ROOT = Path(__file__).resolve().parents[2]
HEAD = """
grid "GRID" {}

zone "attic" {}

tier "server" {
  rank = 20
}

tier "hypervisor" {
  rank = 40
}

machine "shelf" {
  zone = "attic"
  tier = "server"
}

machine "tower" {
  zone = "attic"
  tier = "hypervisor"

  wake "command" {
    command = ["true"]
  }
}
"""
FOREIGN = """
job "NAME" {
  group "web" {
    task "web" {
      driver = "raw_exec"

      config {
        command = "sleep"
        args    = ["600"]
      }
    }
  }
}
"""
PORT = """
  port "http" {
    to = 8080

    check {
      type     = "tcp"
      interval = "10s"
      timeout  = "2s"
    }
  }
"""
SLEEP = '\n  driver "raw_exec" {\n    command = "sleep"\n    args    = ["600"]\n  }\n'
QUICK = '\n  group {\n    update {\n      min_healthy_time = "0s"\n    }\n  }\n'
SMALL = "\n  resources {\n    cpu    = 20\n    memory = 32\n  }\n"


@dataclass
class Trial:
    """A grid of the test's own on the shared agent: a ``~`` in names stands for what makes them its own."""

    folder: Path
    agent: Agent
    own: str

    @property
    def grid(self) -> str:
        return f"trial-{self.own}"

    def define(self, **services: str) -> None:
        """Write the definitions; a service's name gets the trial's own ending."""
        blocks = [f'service "{name}-{self.own}" {{\n{body}\n}}\n' for name, body in services.items()]
        self.folder.mkdir(exist_ok=True)
        (self.folder / "grid.hcl").write_text(HEAD.replace("GRID", self.grid) + "\n".join(blocks))

    def command(self, *arguments: str) -> list[str]:
        words = [word.replace("~", f"-{self.own}") for word in arguments]
        return [sys.executable, "-m", "simulacra.cli.main", "--grid", str(self.folder), *words]

    def cli(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run the command line, check its exit code, give all it said, with ``~`` for our own ending."""
        done = subprocess.run(
            self.command(*arguments),
            env={**self.agent.environment, **environment},
            cwd=self.folder.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said.replace(f"-{self.own}", "~")

    def api(self, path: str) -> Any:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.agent.address + path, timeout=10) as answer:
            return json.load(answer)

    def job(self, name: str) -> Any:
        return self.api(f"/v1/job/{name}-{self.own}")


@pytest.fixture
def trial(nomad_agent: Agent, tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path / "grid", nomad_agent, uuid4().hex[:6])
    yield made
    nomad = connect(environment=nomad_agent.environment)
    for stub in nomad.jobs():
        if stub.id.endswith(made.own) and not stub.stopped:
            nomad.stop(stub.id, stub.namespace)


def test_plan_run_plan_status(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + QUICK)
    said = trial.cli("plan", code=1)
    assert '+ job "web~"' in said
    assert "1 to create, 0 to change, 0 unchanged" in said
    said = trial.cli("run")
    assert "submitted web~" in said
    assert "✓ web~: 1 of 1 healthy, deployed" in said
    assert trial.cli("plan").strip() == "0 to create, 0 to change, 1 unchanged"
    assert "submitted" not in trial.cli("run")
    status = json.loads(trial.cli("status", "--json"))
    assert status["services"] == [{"name": "web~", "desired": 1, "running": 1, "zones": {"attic": 1}, "waiting": None}]
    powers = {machine["name"]: machine["power"] for machine in status["machines"]}
    assert powers == {NODE: "on", "tower": "asleep"}
    assert set(status["machines"][0]) == {"name", "zone", "tier", "power", "reason", "since", "allocations"}
    assert "web~  1/1   attic" in trial.cli("status")


def test_a_change_shows_as_nomads_own_diff_and_only_it_is_submitted(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + QUICK, other=SLEEP + SMALL + QUICK)
    trial.cli("run")
    trial.define(web=SLEEP + SMALL.replace("32", "48") + QUICK, other=SLEEP + SMALL + QUICK)
    said = trial.cli("plan", code=1)
    assert "~ job" in said
    assert '~ MemoryMB: "32" => "48"' in said
    assert "0 to create, 1 to change, 1 unchanged" in said
    said = trial.cli("run")
    assert "submitted web~" in said
    assert "submitted other~" not in said


def test_a_new_count_arrives(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + QUICK)
    trial.cli("run")
    trial.define(web=SLEEP + SMALL + QUICK + "\n  count = 2\n")
    trial.cli("run")
    assert trial.job("web")["TaskGroups"][0]["Count"] == 2


def test_what_waits_for_a_machine_is_no_failure_and_says_why(trial: Trial) -> None:
    trial.define(
        big='\n  tier = "hypervisor"\n' + SLEEP,
        box='\n  driver "docker" {\n    image = "caddy:2"\n  }\n',
        none='\n  type = "system"\n\n  driver "docker" {\n    image = "caddy:2"\n  }\n',
        huge=SLEEP + "\n  resources {\n    memory = 900000\n  }\n",
    )
    assert "would wait: no machine of tier hypervisor or above is on; tower is asleep" in trial.cli("plan", code=1)
    begun = time.monotonic()
    said = trial.cli("run")
    assert time.monotonic() - begun < 20
    assert "◌ big~ waits: no machine of tier hypervisor or above is on; tower is asleep" in said
    assert "◌ box~ waits: no machine with driver docker is on; tower is asleep" in said
    assert "◌ none~ waits: no machine with driver docker is on; tower is asleep" in said
    assert "◌ huge~ waits: not enough memory: asks 900000 MiB, most free is " in said
    services = {it["name"]: it["waiting"] for it in json.loads(trial.cli("status", "--json"))["services"]}
    assert services["big~"] == "no machine of tier hypervisor or above is on; tower is asleep"
    assert services["none~"] == "no machine with driver docker is on; tower is asleep"
    assert services["box~"] == "no machine with driver docker is on; tower is asleep"


def test_a_crash_fails_with_its_last_events(trial: Trial) -> None:
    never = '\n    restart {\n      attempts = 0\n      mode     = "fail"\n    }\n'
    trial.define(crash='\n  driver "raw_exec" {\n    command = "false"\n  }\n' + SMALL + "\n  group {" + never + "  }\n")
    said = trial.cli("run", code=1)
    assert "✗ crash~: " in said
    assert "crash~: Terminated: Exit Code: 1" in said


def test_batch_periodic_and_system_jobs(trial: Trial) -> None:
    true = '\n  driver "raw_exec" {\n    command = "true"\n  }\n' + SMALL
    trial.define(
        once='\n  type = "batch"\n' + true,
        nightly='\n  type = "batch"\n' + true + '\n  job {\n    periodic {\n      crons = ["0 3 * * *"]\n    }\n  }\n',
        all='\n  type = "system"\n' + SLEEP + SMALL,
        sweep='\n  type = "sysbatch"\n' + true,
    )
    said = trial.cli("run")
    assert "submitted nightly~: next launch at " in said
    assert "T03:00:00Z" in said
    for name in ("once", "all", "sweep"):
        assert f"✓ {name}~: 1 of 1 healthy" in said
    trial.cli("plan")


def test_a_failing_batch_job_fails(trial: Trial) -> None:
    never = '\n  group {\n    restart {\n      attempts = 0\n      mode     = "fail"\n    }\n  }\n'
    trial.define(once='\n  type = "batch"\n\n  driver "raw_exec" {\n    command = "false"\n  }\n' + SMALL + never)
    said = trial.cli("run", code=1)
    assert "✗ once~: 0 of 1 healthy, a task failed" in said


def test_detach_does_not_wait(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL)
    assert "healthy" not in trial.cli("run", "--detach")


def test_dry_run_and_prune(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + QUICK, old=SLEEP + SMALL + QUICK)
    said = trial.cli("run", "--dry-run")
    assert "would create web~: it isn't there yet" in said
    assert "nothing was changed" in said
    trial.cli("status")
    trial.cli("run")
    trial.define(web=SLEEP + SMALL + QUICK)
    said = trial.cli("plan", code=1)
    assert '- job "old~" would be stopped with --prune' in said
    trial.cli("plan", "web~")
    assert "left over, --prune stops them: old~" in trial.cli("run")
    assert "would stop old~" in trial.cli("run", "--prune", "--dry-run")
    assert trial.job("old")["Stop"] is False
    assert "stopped old~" in trial.cli("run", "--prune")
    assert trial.job("old")["Stop"] is True
    assert trial.job("web")["Stop"] is False
    trial.cli("plan")


def test_a_job_that_is_not_ours_is_left_alone_unless_adopted(trial: Trial, nomad_binary: Path) -> None:
    foreign = FOREIGN.replace("NAME", f"web-{trial.own}")
    (trial.folder.parent / "foreign.hcl").write_text(foreign)
    subprocess.run(
        [nomad_binary, "job", "run", "-detach", trial.folder.parent / "foreign.hcl"],
        env=trial.agent.environment,
        check=True,
        capture_output=True,
    )
    trial.define(web=SLEEP + SMALL + QUICK, more=SLEEP + SMALL + QUICK)
    assert "! web~: job web~ is there already and wasn't made by simulacra" in trial.cli("plan", code=1)
    said = trial.cli("run", code=1)
    assert "take it over with --adopt" in said
    assert "nothing was submitted" in said
    assert [it["ID"] for it in trial.api(f"/v1/jobs?prefix=more-{trial.own}")] == []
    trial.cli("run", "--adopt")
    assert trial.job("web")["Meta"]["simulacra_grid"] == trial.grid


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + QUICK)
    trial.cli("run")
    trial.define(web=SLEEP + SMALL.replace("32", "48") + QUICK)
    nomad, grid = connect(environment=trial.agent.environment), load(trial.folder)
    wanted = wanted_jobs([JobText(it.name, render_job(grid, it), it.source) for it in grid.services], nomad, None)
    looked = look(grid, wanted, None, nomad, adopt=False)
    trial.define(web=SLEEP + SMALL.replace("32", "64") + QUICK)
    trial.cli("run", "--detach")
    (done,) = submit(looked, nomad)
    assert done.registered is None
    assert "somebody changed it meanwhile" in str(done.refusal)
    assert trial.job("web")["TaskGroups"][0]["Tasks"][0]["Resources"]["MemoryMB"] == 64


def test_the_owners_templates_are_used(trial: Trial) -> None:
    trial.define(web=SLEEP)
    templates = trial.folder.parent / "templates"
    templates.mkdir()
    shipped = (ROOT / "templates" / "job.nomad.hcl.j2").read_text()
    (templates / "job.nomad.hcl.j2").write_text(shipped.replace("  meta {", '  meta {\n    mine = "yes"', 1))
    trial.cli("run", "--detach")
    assert trial.job("web")["Meta"]["mine"] == "yes"


def test_only_the_services_named(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + QUICK, other=SLEEP + SMALL + QUICK)
    assert "other~" not in trial.cli("run", "web~", "--detach")
    assert "did you mean web~?" in trial.cli("run", "wep~", code=2)


def test_broken_definitions_and_jobs_that_nomad_refuses(trial: Trial) -> None:
    trial.define(web='\n  tier = "nowhere"\n' + SLEEP)
    assert "nowhere" in trial.cli("run", code=2)
    trial.define(web=SLEEP + "\n  group {\n    no_such_stanza {}\n  }\n")
    assert "Nomad knows no block `no_such_stanza` in `group`" in trial.cli("plan", code=2)
    trial.define(web=SLEEP + '\n  group {\n    shutdown_delay = "soon"\n  }\n')
    line = (trial.folder / "grid.hcl").read_text().splitlines().index('    shutdown_delay = "soon"') + 1
    assert f"grid/grid.hcl:{line}: Nomad refuses" in trial.cli("plan", code=1).replace(trial.folder.name, "grid")


def test_the_web_ui_shows_the_definition(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL)
    trial.cli("run", "--detach")
    submission = trial.api(f"/v1/job/web-{trial.own}/submission?version=0")
    grid = load(trial.folder)
    assert submission["Source"] == render_job(grid, grid.services[0])
    assert submission["Format"] == "hcl2"


def _comparable(job: dict[str, Any]) -> dict[str, Any]:
    passing = ("SubmitTime", "Version", "Stable", "Status", "StatusDescription", "VersionTag")
    return {key: value for key, value in job.items() if not key.endswith("Index") and key not in passing}


def test_nomad_job_run_gives_the_same_job(trial: Trial, nomad_binary: Path) -> None:
    trial.define(
        web=SLEEP + SMALL + PORT,
        each='\n  zones = "each"\n\n  run_twice = true\n\n  description = "in $${words} and \\"more\\""\n' + SLEEP,
        nightly='\n  type = "batch"\n' + SLEEP + '\n  job {\n    periodic {\n      crons = ["0 3 * * *"]\n    }\n  }\n',
        all='\n  type = "system"\n' + SLEEP,
    )
    trial.cli("run", "--detach")
    grid = load(trial.folder)
    for service in grid.services:
        ours = trial.api(f"/v1/job/{service.name}")
        request = urllib.request.Request(f"{trial.agent.address}/v1/job/{service.name}?purge=true", method="DELETE")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()
        file = trial.folder.parent / f"{service.name}.nomad.hcl"
        file.write_text(render_job(grid, service))
        subprocess.run(
            [nomad_binary, "job", "run", "-detach", "-preserve-counts", file], env=trial.agent.environment, check=True, capture_output=True
        )
        assert _comparable(trial.api(f"/v1/job/{service.name}")) == _comparable(ours), service.name
    trial.cli("plan")


def test_an_interrupt_while_waiting_says_that_the_jobs_go_on(trial: Trial) -> None:
    trial.define(web=SLEEP + SMALL + '\n  group {\n    update {\n      min_healthy_time = "60s"\n    }\n  }\n')
    process = subprocess.Popen(
        trial.command("run"), env=trial.agent.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not trial.api(f"/v1/jobs?prefix=web-{trial.own}"):
        time.sleep(0.2)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert "the jobs are submitted and go on" in said
    assert process.returncode == 130


def test_nobody_there(trial: Trial) -> None:
    trial.define(web=SLEEP)
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    for command in ("plan", "status"):
        waits, line = trial.cli(command, code=3, NOMAD_ADDR=address).splitlines()
        assert waits == f"Nomad at {address} doesn't answer yet; trying for 10 s"
        assert line.startswith(f"Nomad at {address} can't be reached: connection refused; check NOMAD_ADDR")


def test_an_address_that_is_none(trial: Trial) -> None:
    trial.define(web=SLEEP)
    assert "write it as http://HOST:PORT" in trial.cli("status", code=2, NOMAD_ADDR="localhost:4646")


def test_a_token_is_asked_for(trial: Trial, nomad_binary: Path, tmp_path: Path) -> None:
    trial.define(web=SLEEP)
    with dev_agent(nomad_binary, tmp_path, "\nacl {\n  enabled = true\n}\n", ready=False) as guarded:
        for command in ("plan", "run", "status", "doctor"):
            (line,) = trial.cli(command, code=1, NOMAD_ADDR=guarded.address).splitlines()
            assert line.endswith("set NOMAD_TOKEN"), line


def test_doctor(trial: Trial) -> None:
    trial.define(web=SLEEP)
    said = trial.cli("doctor")
    assert "✓ machine shelf: raw_exec, labels and host network are as they should be" in said
    findings = json.loads(trial.cli("doctor", "--json"))
    assert set(findings[0]) == {"level", "subject", "what", "todo"}
    definitions = trial.folder / "grid.hcl"
    definitions.write_text(definitions.read_text().replace('tier = "server"', 'tier = "hypervisor"'))
    assert "label simulacra_rank is '20', its definition says '40'" in trial.cli("doctor", code=1)


@pytest.mark.parametrize("where", ["grid", "elsewhere"])
def test_init_from_nomad_then_everything_works(trial: Trial, nomad_binary: Path, where: str) -> None:
    folder = trial.folder.parent / where
    before = trial.api("/v1/jobs")
    said = trial.cli("init", str(folder), "--from-nomad", "--name", "mine")
    assert "1 machine in 1 zone" in said
    grid = load(folder)
    assert [(it.name, it.zone, it.server) for it in grid.machines] == [(NODE, "attic", True)]
    assert "raw_exec" in (grid.machines[0].has.drivers if grid.machines[0].has else ())
    assert grid.nomad.address == trial.agent.address
    assert trial.api("/v1/jobs") == before
    again: Callable[..., str] = Trial(folder, trial.agent, trial.own).cli
    assert "has definitions already" in again("init", code=1)
    machines = json.loads(again("status", "--json"))["machines"]
    assert [(it["name"], it["zone"], it["power"]) for it in machines] == [(NODE, "attic", "on")]
    config = folder.parent / "client.hcl"
    config.write_text(again("client-config", NODE))
    done = subprocess.run([nomad_binary, "config", "validate", config], capture_output=True, text=True, check=False)
    assert "Configuration is valid" in done.stdout, done.stdout + done.stderr
    assert "did you mean shelf?" in again("client-config", "shelv", code=2)


def test_the_example_grid_is_parsed_as_nomad_job_run_does(nomad_agent: Agent, nomad_binary: Path, tmp_path: Path) -> None:
    grid, nomad = load(ROOT / "grid"), connect(environment=nomad_agent.environment)
    for service in grid.services:
        file = tmp_path / f"{service.name}.nomad.hcl"
        file.write_text(render_job(grid, service))
        done = subprocess.run([nomad_binary, "job", "run", "-output", file], env=nomad_agent.environment, check=True, capture_output=True)
        assert json.loads(done.stdout)["Job"] == nomad.parse(file.read_text()), service.name


def test_a_gated_service_is_submitted_once(trial: Trial) -> None:
    """Nomad says `~ Scaling {}` of it after its first registration, with nothing in it: that is no difference."""
    trial.define(gated=SLEEP + SMALL + "\n  needs {\n    machines = 1\n  }\n")
    trial.cli("run", "--detach")
    assert trial.cli("plan").strip() == "0 to create, 0 to change, 1 unchanged"


EXISTING = """
variable "words" {
  description = "What it is told"
}

variable "times" {
  type = number
}

variable "more" {
  type    = list(string)
  default = []
}

variable "secret" {}

job "NAME" {
  meta = { words = var.words, more = join("+", var.more) }

  group "NAME" {
    count = var.times

    task "sleep" {
      driver = "raw_exec"

      config {
        command = "sleep"
        args    = ["600"]
      }

      env {
        SECRET = var.secret
      }

      resources {
        cpu    = 20
        memory = 32
      }
    }
  }
}
"""


def test_a_jobspec_of_ones_own_runs_with_values_for_its_variables(trial: Trial) -> None:
    """Files win over the environment, the definition wins over files, and each is read as Nomad's own command reads it."""
    trial.define(
        own='  jobspec   = "own.nomad.hcl"\n  tier      = "server"\n  var_files = ["own.vars.hcl"]\n'
        '  vars      = { words = "it\'s $${mine}", more = "[\\"a\\", \\"b\\"]" }\n'
    )
    (trial.folder / "own.nomad.hcl").write_text(EXISTING.replace("NAME", f"own-{trial.own}"))
    (trial.folder / "own.vars.hcl").write_text('words = "filed"\ntimes = 2\n')
    said = trial.cli("run", NOMAD_VAR_times="7", NOMAD_VAR_secret="hush")
    assert "✓ own~: 2 of 2 healthy, deployed" in said
    job = trial.job("own")
    meta = {"simulacra_grid": trial.grid, "simulacra_definition": f"service.own-{trial.own}", "words": "it's ${mine}", "more": "a+b"}
    assert job["Meta"] == meta
    assert job["TaskGroups"][0]["Tasks"][0]["Env"] == {"SECRET": "hush"}
    assert [it["RTarget"] for it in job["Constraints"] if it["LTarget"] == "${meta.simulacra_rank}"] == ["20"]
    shown = trial.api(f"/v1/job/own-{trial.own}/submission?version={job['Version']}")
    assert shown["Variables"] == 'times = 2\nwords = "filed"\n'
    assert shown["VariableFlags"] == {"words": "it's ${mine}", "more": '["a", "b"]', "times": "7", "secret": "hush"}
    assert trial.cli("plan", NOMAD_VAR_secret="hush").strip() == "0 to create, 0 to change, 1 unchanged"
    assert "own~  2/2   attic 2" in trial.cli("status")
    assert "secret" in trial.cli("plan", code=1), "without a value Nomad says which is missing"


def test_a_jobspec_that_reads_files_finds_them_beside_it(trial: Trial) -> None:
    trial.define(reads='  jobspec = "jobs/reads.nomad.hcl"')
    (trial.folder / "jobs").mkdir()
    text = EXISTING.replace("NAME", f"reads-{trial.own}").replace('variable "secret" {}', "").replace("var.secret", 'file("secret.txt")')
    (trial.folder / "jobs/reads.nomad.hcl").write_text(text)
    (trial.folder / "jobs/secret.txt").write_text("from a file")
    around = {"NOMAD_VAR_words": "w", "NOMAD_VAR_times": "1"}
    assert "`nomad` program" in trial.cli("run", code=2, SIMULACRA_NOMAD_BIN="/nowhere/nomad", **around)
    trial.cli("run", "--detach", SIMULACRA_NOMAD_BIN=find_programs().nomad, **around)
    assert trial.job("reads")["TaskGroups"][0]["Tasks"][0]["Env"] == {"SECRET": "from a file"}
    (trial.folder / "jobs/secret.txt").unlink()
    assert "secret.txt" in trial.cli("run", code=1, SIMULACRA_NOMAD_BIN=find_programs().nomad, **around)
