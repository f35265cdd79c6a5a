"""A lab with access control and mutual TLS: who is let in, who may do what, and that an order needs the right to give one."""

from __future__ import annotations

import json
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from power_lab import autoscaler_pids
from running_lab import FORBIDDEN, RunningLab, eventually

from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.lab.access import AUTOSCALER, MANAGEMENT, OPERATOR, READER, environment_file, read_environment
from simulacra.lab.certificates import make_certificates, tls_context
from simulacra.lab.programs import find_programs
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS, Order, next_sequence

pytestmark = pytest.mark.lab
ROLES = (MANAGEMENT, OPERATOR, READER, AUTOSCALER)
STRANGER = """
job "stranger" {{
  type = "batch"

  constraint {{
    attribute = "${{node.unique.name}}"
    value     = "tower"
  }}

  group "stranger" {{
    reschedule {{
      attempts  = 0
      unlimited = false
    }}

    task "stranger" {{
      driver = "raw_exec"

      config {{
        command = "/usr/bin/python3"
        args    = ["local/try.py", "{answers}"]
      }}

      identity {{
        env = true
      }}

      template {{
        destination = "local/try.py"
        data        = <<END
{script}
END
      }}

      resources {{
        cpu    = 50
        memory = 64
      }}
    }}
  }}
}}
"""
TRY = """
import http.client, json, os, socket, sys

class Api(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.environ["NOMAD_SECRETS_DIR"] + "/api.sock")

ORDER = json.dumps({"Items": {"order": json.dumps({"sequence": 99999999999999, "kind": "sleep", "expires_s": 4e9})}})
answers = {}
for path in ("nomad/jobs/simulacra-node/orders/desk", "nomad/jobs/simulacra-node/reports/desk", "simulacra/lease"):
    for method, body in (("PUT", ORDER), ("GET", None)):
        api = Api("localhost")
        api.request(method, "/v1/var/" + path, body, {"Authorization": "Bearer " + os.environ["NOMAD_TOKEN"]})
        answers[method + " " + path] = api.getresponse().status
api = Api("localhost")
api.request("PUT", "/v1/job/simulacra-node/scale", "{}", {"Authorization": "Bearer " + os.environ["NOMAD_TOKEN"]})
answers["scale"] = api.getresponse().status
with open(sys.argv[1], "w") as file:
    json.dump(answers, file)
"""
"""What a job may try that has no rights but those of every task, through the door that every task has."""

KNOCK = """
import socket, sys
made = socket.create_connection((sys.argv[1], 4647), 5)
made.settimeout(5)
made.sendall(b"\\x01" + bytes.fromhex(sys.argv[2]))
try:
    print(repr(made.recv(100)))
except ConnectionResetError:
    print(repr(b""))
"""
"""Asks a server's RPC for a sign of life, as an agent does that shows no certificate."""
PING = "83ad536572766963654d6574686f64ab5374617475732e50696e67a353657101a54572726f72a081a6526567696f6ea6676c6f62616c"
"""``Status.Ping`` in MessagePack."""


def folder_of(lab: RunningLab) -> Path:
    return environment_file(lab.name, OPERATOR).parent


def tokens(lab: RunningLab) -> dict[str, str]:
    return {role: read_environment(environment_file(lab.name, role))["NOMAD_TOKEN"] for role in ROLES}


def test_what_is_secret_only_root_can_read(lab: RunningLab) -> None:
    folder = folder_of(lab)
    assert folder.stat().st_mode & 0o777 == 0o700
    secret = [*folder.glob("*-key.pem"), *folder.glob("*.env")]
    assert len(secret) == 3 + len(ROLES)
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    assert not [path for path in folder.iterdir() if "ca-key" in path.name], "the CA signs nothing more"
    assert len(set(tokens(lab).values())) == len(ROLES)
    lines = {line for path in Path("/proc").glob("[0-9]*/cmdline") if (line := _read(path))}
    assert not [line for line in lines for token in tokens(lab).values() if token in line]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_nobody_is_let_in_without_a_certificate_and_nobody_told_without_a_token(lab: RunningLab) -> None:
    ca = read_environment(environment_file(lab.name, OPERATOR))["NOMAD_CACERT"]
    with pytest.raises(OSError, match=r"certificate required|reset|EOF"):
        ask(lab, ssl.create_default_context(cafile=ca))
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(lab, tls_context(folder_of(lab)))
    assert refused.value.code == FORBIDDEN


def ask(lab: RunningLab, context: ssl.SSLContext) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    with opener.open(f"{lab.nomad_addr}/v1/nodes", timeout=15) as answer:
        return str(answer.read())


def test_nobody_joins_without_a_certificate(lab: RunningLab) -> None:
    server = next(it["address"] for it in lab.status().values() if it["server"])
    assert lab.exec("tower", sys.executable, "-c", KNOCK, server, PING).stdout.strip() == "b''"


def test_the_doctor_has_nothing_to_say_of_rights(lab: RunningLab) -> None:
    told = lab.asks("doctor").stdout
    assert "access control: token operator has the policies simulacra-operator" in told
    assert "mutual TLS" not in told


def test_who_looks_changes_nothing(lab: RunningLab) -> None:
    assert lab.nomad("node", "status", role=READER).returncode == 0
    refused = lab.nomad("job", "run", "-detach", "-", given=STRANGER.format(answers="/dev/null", script=""), role=READER)
    assert "Permission denied" in refused.stderr
    for role in (OPERATOR, READER, AUTOSCALER):
        assert "Permission denied" in lab.nomad("acl", "token", "list", role=role).stderr


def test_the_autoscaler_works_with_its_own_token(lab: RunningLab) -> None:
    ask_for = ("lab", "autoscaler", "--name", lab.name)
    assert lab.simulacra(*ask_for).returncode == 0
    try:
        assert eventually(lambda: len(autoscaler_pids(lab, "simulacra.plugin.worker")) == 2, 60)
        for pid in autoscaler_pids(lab, "simulacra.plugin.worker"):
            around = _read(Path(f"/proc/{pid}/environ"))
            assert [role for role, token in tokens(lab).items() if token in around] == [AUTOSCALER]
    finally:
        assert lab.simulacra(*ask_for, "--stop").returncode == 0


@pytest.fixture
def reporting(lab: RunningLab) -> Iterator[Nomad]:
    """Nomad as an operator has it, once the program runs on all machines; that is gone again afterwards."""
    ran = lab.asks("run", NODE_JOB, "--detach")
    assert ran.returncode == 0, ran.stderr
    nomad = connect(environment=lab.environment())
    machines = set(lab.status())
    try:
        assert eventually(lambda: {it.machine for it in Journal(nomad).reports()} == machines, 90)
        yield nomad
    finally:
        lab.call(f"job/{NODE_JOB}?purge=true", "DELETE")
        for path in (*(f"{ORDERS}/{name}" for name in machines), *(f"{REPORTS}/{name}" for name in machines)):
            lab.call(f"var/{path}", "DELETE", MANAGEMENT)


def test_a_job_without_rights_can_hand_nobody_an_order(lab: RunningLab, reporting: Nomad, tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    started = lab.nomad("job", "run", "-detach", "-", given=STRANGER.format(answers=answers, script=TRY))
    assert started.returncode == 0, started.stderr
    try:
        assert eventually(lambda: answers.exists() and bool(answers.read_text()), 60)
        assert set(json.loads(answers.read_text()).values()) == {FORBIDDEN}
        assert Journal(reporting).orders("desk") is None
    finally:
        lab.call("job/stranger?purge=true", "DELETE")


def test_an_order_that_was_obeyed_is_obeyed_once(lab: RunningLab, reporting: Nomad) -> None:
    journal = Journal(reporting)

    def report(machine: str) -> int:
        return next(it.obeyed for it in journal.reports() if it.machine == machine)

    [boot] = [it.boot_id for it in journal.reports() if it.machine == "desk"]
    old = Order(next_sequence(time.time()), "none", time.time() + 60)
    journal.order("desk", old)
    assert eventually(lambda: report("desk") == old.sequence, 30)
    journal.order("desk", Order(old.sequence, "sleep", time.time() + 60, boot, "poweroff"))
    new = Order(next_sequence(time.time(), old.sequence), "none", time.time() + 60)
    assert not eventually(lambda: lab.status()["desk"]["power"] != "on", 5)
    journal.order("desk", new)
    assert eventually(lambda: report("desk") == new.sequence, 30), "it listened all the time"
    assert lab.status()["desk"]["power"] == "on"


def test_a_certificate_of_another_ca_is_refused(lab: RunningLab, tmp_path: Path) -> None:
    make_certificates(find_programs().nomad, tmp_path / "others", "global")
    context = tls_context(tmp_path / "others")
    context.load_verify_locations(cafile=read_environment(environment_file(lab.name, OPERATOR))["NOMAD_CACERT"])
    with pytest.raises(OSError, match=r"unknown ca|bad certificate|reset|EOF"):
        ask(lab, context)
