"""Secrets that are handed to it: looked for in all that is printed, written, logged, sent as a job, and seen in a list of processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dev_agent import NODE
from guarded_grid import POLICIES, Guarded, eventually, job
from made_up_clouds import MadeUp, made_up
from moto_cloud import Wire, moto_ec2

from simulacra.gateways.journal import Journal
from simulacra.model.journal import MACHINES, NODE_JOB, ORDERS, REPORTS

pytestmark = pytest.mark.nomad
SECUREON = "5e:c3:e7:0a:bc:de"
VARIABLE, BEFORE = "var-s3cret-4711", "var-s3cret-0815"
ACCOUNTS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLEKEY",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "DIGITALOCEAN_TOKEN": "dop_v1_5ecre7ecre7",
}
GRID = f"""
grid "secretive" {{
  mode = "act"

  nomad {{
    servers = ["200:1::1"]
  }}
}}

zone "attic" {{}}

machine "{NODE}" {{
  zone         = "attic"
  never_sleeps = true
}}

machine "sleeper" {{
  zone      = "attic"
  boot_time = "1s"

  wake "lan" {{
    mac      = "52:54:00:00:00:01"
    secureon = "{SECUREON}"
  }}
}}

service "vault" {{
  jobspec = "vault.nomad.hcl"
}}

tier "server" {{
  rank = 10
}}
"""
CLOUD = """
cloud "{name}" {{
  provider = "{provider}"
  region   = "eu-west-1"
  zone     = "attic"
  tier     = "server"
  sizes    = ["t3.small"]
  image    = "ami-03cf127a"
  peers    = ["tls://home.example.org:9001"]

  endpoint {{
    host   = "127.0.0.1"
    port   = {port}
    secure = false
  }}
}}
"""
JOBSPEC = """
variable "password" {}

variable "size" {
  type    = number
  default = 20
}

job "vault" {
  group "vault" {
    task "vault" {
      driver = "raw_exec"

      config {
        command = "sleep"
        args    = ["600"]
      }

      env {
        PASSWORD = "user:${var.password}"
        READ     = file("read.txt")
      }

      resources {
        cpu    = 20
        memory = var.size
      }
    }
  }
}
"""


@dataclass
class Witness:
    """Types commands as somebody with secrets in the environment, and keeps what was to be seen of it."""

    folder: Path
    environment: dict[str, str]
    secrets: tuple[str, ...]
    printed: dict[str, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)

    def types(self, words: str, **more: str) -> None:
        over = threading.Event()
        watching = threading.Thread(target=self._watch, args=(over,))
        watching.start()
        command = [sys.executable, "-m", "simulacra.cli.main", *words.split()]
        ran = subprocess.run(
            command, cwd=self.folder, env=self.environment | more, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        over.set()
        watching.join()
        said = " ".join((words, *more))
        self.printed[said] = f"{self.printed.get(said, '')}{ran.stdout}{ran.stderr}"
        assert "Traceback" not in self.printed[said]

    def _watch(self, over: threading.Event) -> None:
        """Whatever runs meanwhile, as anybody on the machine can list it."""
        while not over.wait(0.02):
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.listed.add(place.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    def leaks(self, text: str) -> list[str]:
        return [it for it in self.secrets if it.lower() in text.lower()]


@dataclass(frozen=True)
class Clouds:
    """EC2, and a provider that says again what it was told."""

    ec2: Wire
    echo: MadeUp


@pytest.fixture(scope="module")
def clouds() -> Iterator[Clouds]:
    with moto_ec2() as ec2, made_up() as echo:
        yield Clouds(ec2, echo)


@pytest.fixture(scope="module")
def witness(guarded: Guarded, clouds: Clouds, nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    folder = tmp_path_factory.mktemp("secretive")
    (folder / "grid").mkdir()
    rented = CLOUD.format(name="burst", provider="EC2", port=clouds.ec2.port)
    rented += CLOUD.format(name="drops", provider="DIGITAL_OCEAN", port=clouds.echo.port)
    for name, text in (("grid.hcl", GRID), ("clouds.hcl", rented), ("vault.nomad.hcl", JOBSPEC), ("read.txt", "read\n")):
        (folder / "grid" / name).write_text(text)
    token = guarded.token(POLICIES["operator"])
    guarded.call("DELETE", f"/v1/job/{NODE_JOB}?purge=true")
    guarded.call("POST", "/v1/jobs", {"Job": job(NODE_JOB)})  # so that there is somebody to send magic packets, who won't
    eventually(lambda: '"running"' in guarded.call("GET", f"/v1/job/{NODE_JOB}/allocations"))
    environment = (
        guarded.agent.environment
        | ACCOUNTS
        | {
            "NOMAD_TOKEN": token,
            "NOMAD_VAR_password": BEFORE,
            "SIMULACRA_CACHE_DIR": str(folder / "cache"),
            "SIMULACRA_NOMAD_BIN": str(nomad_binary),
            "TMPDIR": str(folder),
            "COLUMNS": "200",
        }
    )
    secrets = (token, guarded.management, SECUREON, SECUREON.replace(":", ""), VARIABLE, BEFORE, *ACCOUNTS.values())
    made = Witness(folder, environment, secrets)
    for words in ("validate", "render", "run vault --detach", "run --dry-run", "plan", "status", "doctor", "explain sleeper", "zones"):
        made.types(words)
    for words in ("plan", "run vault --detach", "validate --nomad --format sarif", "validate --nomad"):
        made.types(words, NOMAD_VAR_password=VARIABLE)
    for words in ("wake sleeper", "hold sleeper --for 1h", "log --json", "status --json", "scale --dry-run --json", "split"):
        made.types(words)
    made.types("plan", NOMAD_VAR_size=VARIABLE)
    for words, more in (
        ("status", {"NOMAD_ADDR": "http://127.0.0.1:1"}),
        ("doctor", {"NOMAD_TOKEN": f"{token}\n"}),
        ("plan", {"NOMAD_TOKEN": "no"}),
    ):
        made.types(words, **more)

    _rent(made, clouds)
    yield made
    for name in ("vault", NODE_JOB):
        guarded.call("DELETE", f"/v1/job/{name}?purge=true")


def _rent(made: Witness, clouds: Clouds) -> None:
    """What is said of clouds: as long as they answer, and by those that refuse, or say again what they were told."""
    for words in (
        "clouds",
        "clouds --json",
        "clouds user-data burst-t3-small-1",
        "explain burst-t3-small-1",
        "wake burst-t3-small-1 --detach",
        "costs",
    ):
        made.types(words)
    clouds.echo.refuses = (422, f"{ACCOUNTS['DIGITALOCEAN_TOKEN']} is no token of ours")
    for fault in ("denied", "credentials"):
        clouds.ec2.faults = [("", fault)] * 9
        made.types("clouds", said=fault)
    made.types("clouds", AWS_SECRET_ACCESS_KEY=f"{ACCOUNTS['AWS_SECRET_ACCESS_KEY']}\n")
    made.types("clouds", DIGITALOCEAN_TOKEN="")


def test_the_commands_did_what_they_do(witness: Witness) -> None:
    assert "submitted vault" in witness.printed["run vault --detach"]
    assert "PASSWORD" in witness.printed["plan NOMAD_VAR_password"]
    assert "Nomad refuses (parse the jobspec of service vault" in witness.printed["plan NOMAD_VAR_size"]
    assert "doesn't know the token: set NOMAD_TOKEN" in witness.printed["plan NOMAD_TOKEN"]
    assert "t3.small" in witness.printed["clouds"]
    assert "UnauthorizedOperation" in witness.printed["clouds said"]
    assert "… is no token of ours" in witness.printed["clouds said"]
    assert "no credentials for DIGITAL_OCEAN: set DIGITALOCEAN_TOKEN" in witness.printed["clouds DIGITALOCEAN_TOKEN"]
    assert any("simulacra.cli.main run vault" in line for line in witness.listed)
    assert any(" job run -output " in line for line in witness.listed), "the program that reads the jobspec was seen too"


def test_none_is_printed(witness: Witness) -> None:
    assert {words: found for words, text in witness.printed.items() if (found := witness.leaks(text))} == {}


def test_none_is_in_a_list_of_processes(witness: Witness) -> None:
    assert [line for line in witness.listed if witness.leaks(line)] == []


def test_none_is_written(witness: Witness) -> None:
    """But in the definitions themselves, which their owner wrote, and in what is kept of them for the next time, which only he may read."""
    written = [path for path in witness.folder.rglob("*") if path.is_file()]
    assert {"jobspecs", "cache"} <= {path.relative_to(witness.folder).parts[0] for path in written}
    leaking = {path for path in written if witness.leaks(path.read_bytes().decode(errors="replace"))}
    kept = {path for path in leaking if path.is_relative_to(witness.folder / "cache")}
    assert leaking - kept == {witness.folder / "grid/grid.hcl"}
    assert not any(witness.leaks(path.read_text(errors="replace")) for path in kept if VARIABLE in path.read_text(errors="replace"))
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


def test_none_is_in_the_agents_log_or_in_the_jobs_but_for_the_one_that_asks_for_it(witness: Witness, guarded: Guarded) -> None:
    assert witness.leaks((guarded.folder / "agent.log").read_text()) == []
    for name in ("there", NODE_JOB):
        assert witness.leaks(guarded.call("GET", f"/v1/job/{name}")) == []


def test_a_sleepers_password_is_in_the_order_to_wake_it_alone(witness: Witness, guarded: Guarded) -> None:
    nomad = guarded.nomad()
    holding = {
        stub.path
        for prefix in ("simulacra/", ORDERS, REPORTS)
        for stub in nomad.variables(prefix)
        if (variable := nomad.variable(stub.path)) is not None and witness.leaks(str(variable.items))
    }
    assert holding == {f"{ORDERS}/{NODE}"}
    assert nomad.variable(f"{MACHINES}/sleeper") is not None
    order = Journal(nomad).orders(NODE)
    assert order is not None
    assert [packet.payload[-12:] for packet in order.packets] == [SECUREON.replace(":", "")]
