"""What only machines know of their allocations: one contract, kept by the real Nomad and by the fake that other tests use."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from dev_agent import Agent
from fake_clients import FakeClients

from simulacra.faults import Refusal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_clients import LOG_AT_MOST
from simulacra.gateways.nomad_faults import NotThere
from simulacra.model.served import CheckResult, Registration

NOBODY = "00000000-0000-0000-0000-000000000000"
PROGRAM = f"""
import http.server, os
print("über", "x" * int(os.environ["MANY"]), flush=True)
class Device(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/well" else 503)
        self.end_headers()
        self.wfile.write(b"<h1>Nobody</h1> {"y" * 500}")
http.server.HTTPServer(("127.0.0.1", int(os.environ["NOMAD_PORT_one"])), Device).serve_forever()
"""


def jobspec(name: str, many: int) -> str:
    services = "".join(
        f"""
    service {{
      name     = "{name}-{path}"
      port     = "one"
      provider = "nomad"

      check {{
        type     = "http"
        path     = "/{path}"
        interval = "1s"
        timeout  = "1s"
      }}
    }}
"""
        for path in ("down", "well")
    )
    return f"""job "{name}" {{
  group "it" {{
    network {{
      port "one" {{
        host_network = "overlay"
      }}
    }}
{services}
    task "it" {{
      driver = "raw_exec"

      config {{
        command = "python3"
        args    = ["-c", file_of_it]
      }}

      env {{
        MANY = "{many}"
      }}

      resources {{
        cpu    = 20
        memory = 32
      }}
    }}
  }}
}}
""".replace("file_of_it", f"<<EOT\n{PROGRAM}EOT\n      ")


@dataclass(frozen=True)
class Scene:
    clients: Nomad | FakeClients
    job: str
    allocation: str
    port: int


def fake() -> Scene:
    at = [Registration(f"it-{path}", "127.0.0.1", 20000, "n", "a") for path in ("well", "down")]
    checks = (CheckResult("it-well", "success", 200, "nomad: http ok"), CheckResult("it-down", "failure", 503, f"Nobody {'y' * 152}…"))
    return Scene(FakeClients({"it": tuple(at)}, {"a": checks}, {("a", "it"): "über x\n"}), "it", "a", 20000)


def real(agent: Agent, many: int = 1) -> Iterator[Scene]:
    nomad, name = connect(environment=agent.environment), f"contract-{uuid4().hex[:8]}"
    text = jobspec(name, many)
    nomad.register(nomad.parse(text), text, 0, preserve_counts=True)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = nomad.allocations_of(name, "default")
            if found and found[0].status == "running" and {it.status for it in nomad.checks(found[0].id)} == {"success", "failure"}:
                break
            time.sleep(0.3)
        registered = nomad.registrations(name, "default")
        yield Scene(nomad, name, found[0].id, registered[0].port)
    finally:
        nomad.purge(name, "default")
        assert nomad.job(name, "default") is None
        nomad.purge(name, "default")  # what isn't there is gone already


@pytest.fixture(scope="module", params=["fake", pytest.param("real", marks=pytest.mark.nomad)])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    if request.param == "fake":
        yield fake()
    else:
        yield from real(request.getfixturevalue("nomad_agent"))


def test_where_a_jobs_ports_are(scene: Scene) -> None:
    found = scene.clients.registrations(scene.job, "default")
    assert [(it.name, it.at, it.allocation) for it in found] == [
        (f"{scene.job}-{path}", f"127.0.0.1:{scene.port}", scene.allocation) for path in ("down", "well")
    ]
    assert scene.clients.registrations("no-such-job", "default") == ()


def test_how_checks_end_in_words(scene: Scene) -> None:
    down, well = scene.clients.checks(scene.allocation)
    assert (down.service, down.status, down.code, down.output) == (f"{scene.job}-down", "failure", 503, f"Nobody {'y' * 152}…")
    assert (well.service, well.status) == (f"{scene.job}-well", "success")


def test_what_a_task_prints(scene: Scene) -> None:
    assert scene.clients.log(scene.allocation, "it") == "über x\n"


def test_nobody_can_be_asked_of_what_isnt_there(scene: Scene) -> None:
    with pytest.raises(NotThere):
        scene.clients.checks(NOBODY)
    with pytest.raises(NotThere):
        scene.clients.log(NOBODY, "it")


@pytest.mark.nomad
def test_a_log_without_end_is_not_read(nomad_agent: Agent) -> None:
    for scene in real(nomad_agent, LOG_AT_MOST):
        with pytest.raises(Refusal, match="has printed more than 1024 KiB"):
            scene.clients.log(scene.allocation, "it")
