"""The gateway and a Nomad that is guarded: TLS with a CA of its own, client certificates, access control."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dev_agent import Agent, clean_environment, dev_agent
from fake_nomad import jobspec

from simulacra.faults import Denied, Refusal, Unreachable, Usage
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_settings import settings_from
from simulacra.gateways.nomad_values import Node
from simulacra.model.journal import LogEntry, Record
from simulacra.model.snapshot import Scheduler

pytestmark = pytest.mark.nomad
POLICY = """
namespace "default" {
  capabilities = ["list-jobs", "read-job", "parse-job"]
}

node {
  policy = "read"
}
"""
STEERING = """
namespace "default" {
  capabilities = ["list-jobs", "read-job"]

  variables {
    path "simulacra/*" {
      capabilities = ["list", "read", "write"]
    }
  }
}

node {
  policy = "write"
}

operator {
  policy = "read"
}
"""


@pytest.fixture(scope="module")
def certificates(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA with a server's and a client's certificate, and a CA that signed none of them."""
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "other").mkdir()

    def make(*arguments: str, where: Path = folder) -> None:
        subprocess.run([nomad_binary, "tls", *arguments], cwd=where, check=True, capture_output=True, env=clean_environment())

    make("ca", "create")
    make("ca", "create", where=folder / "other")
    make("cert", "create", "-server", "-region", "global")
    make("cert", "create", "-client")
    return folder


def tls_block(folder: Path, more: str = "") -> str:
    return f"""
tls {{
  http      = true
  ca_file   = "{folder}/nomad-agent-ca.pem"
  cert_file = "{folder}/global-server-nomad.pem"
  key_file  = "{folder}/global-server-nomad-key.pem"
  {more}
}}
"""


@pytest.fixture(scope="module")
def tls_agent(nomad_binary: Path, certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    block = tls_block(certificates)
    trust = certificates / "nomad-agent-ca.pem"
    with dev_agent(nomad_binary, tmp_path_factory.mktemp("tls"), block, scheme="https", trust=trust, ready=False) as agent:
        yield agent


def to(agent: Agent, **environment: str) -> Nomad:
    return Nomad(replace(settings_from({**agent.environment, **environment}), patience_s=1.0))


def test_the_right_ca_is_trusted(tls_agent: Agent, certificates: Path) -> None:
    assert to(tls_agent, NOMAD_CACERT=f"{certificates}/nomad-agent-ca.pem").leader()


def test_a_folder_of_cas_is_trusted(tls_agent: Agent, certificates: Path, tmp_path: Path) -> None:
    for number, ca in enumerate((certificates / "other", certificates)):
        (tmp_path / f"{number}.pem").write_bytes((ca / "nomad-agent-ca.pem").read_bytes())
    assert to(tls_agent, NOMAD_CAPATH=str(tmp_path)).leader()


@pytest.mark.parametrize("bundle", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_unknown_ca_is_refused_whatever_requests_is_told(
    tls_agent: Agent, certificates: Path, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(bundle, f"{certificates}/nomad-agent-ca.pem")
    with pytest.raises(Unreachable, match="isn't signed by a CA known here; set NOMAD_CACERT"):
        to(tls_agent).leader()


def test_the_wrong_ca_is_refused(tls_agent: Agent, certificates: Path) -> None:
    with pytest.raises(Unreachable, match="certificate"):
        to(tls_agent, NOMAD_CACERT=f"{certificates}/other/nomad-agent-ca.pem").leader()


def test_skip_verify_is_obeyed(tls_agent: Agent, recwarn: pytest.WarningsRecorder) -> None:
    assert to(tls_agent, NOMAD_SKIP_VERIFY="true").leader()
    assert not recwarn.list


def test_the_name_in_the_certificate_must_fit(tls_agent: Agent, certificates: Path) -> None:
    ca = f"{certificates}/nomad-agent-ca.pem"
    assert to(tls_agent, NOMAD_CACERT=ca, NOMAD_TLS_SERVER_NAME="server.global.nomad").leader()
    with pytest.raises(Unreachable, match="is for another name; set NOMAD_TLS_SERVER_NAME"):
        to(tls_agent, NOMAD_CACERT=ca, NOMAD_TLS_SERVER_NAME="elsewhere.example").leader()


def test_http_to_a_tls_address_says_so(tls_agent: Agent) -> None:
    with pytest.raises(Unreachable, match="write its address as https://"):
        to(tls_agent, NOMAD_ADDR=tls_agent.address.replace("https", "http")).leader()


def test_https_to_a_plain_address_says_so(nomad_agent: Agent) -> None:
    with pytest.raises(Unreachable, match="write its address as http://"):
        to(nomad_agent, NOMAD_ADDR=nomad_agent.address.replace("http", "https")).leader()


def test_unreadable_certificates_are_wrong_usage(tls_agent: Agent, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="NOMAD_CACERT"):
        to(tls_agent, NOMAD_CACERT=str(tmp_path / "none.pem"))
    with pytest.raises(Usage, match="NOMAD_CAPATH"):
        to(tls_agent, NOMAD_CAPATH=str(tmp_path))


def test_a_client_certificate_is_shown(nomad_binary: Path, certificates: Path, tmp_path: Path) -> None:
    block = tls_block(certificates, "verify_https_client = true")
    ca = {"NOMAD_CACERT": f"{certificates}/nomad-agent-ca.pem"}
    mine = {
        "NOMAD_CLIENT_CERT": f"{certificates}/global-client-nomad.pem",
        "NOMAD_CLIENT_KEY": f"{certificates}/global-client-nomad-key.pem",
    }
    with dev_agent(nomad_binary, tmp_path, block, scheme="https", trust=certificates / "nomad-agent-ca.pem", ready=None) as agent:
        patient = Nomad(settings_from({**agent.environment, **ca, **mine}))
        assert patient.members()
        with pytest.raises(Unreachable, match="client certificate; set NOMAD_CLIENT_CERT"):
            to(agent, **ca).members()


@pytest.fixture(scope="module")
def acl_agent(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agent, str, str]]:
    """The agent, a management token, and one that may look but not touch."""
    with dev_agent(nomad_binary, tmp_path_factory.mktemp("acl"), "\nacl {\n  enabled = true\n}\n", ready=False) as agent:
        management = _post(agent, "/v1/acl/bootstrap", {})["SecretID"]
        _post(agent, "/v1/acl/policy/look", {"Name": "look", "Rules": POLICY}, management)
        looking = _post(agent, "/v1/acl/token", {"Name": "looker", "Type": "client", "Policies": ["look"]}, management)["SecretID"]
        yield agent, management, looking


@pytest.fixture(scope="module")
def steering(acl_agent: tuple[Agent, str, str]) -> Nomad:
    """With a token that has just what steering needs."""
    agent, management, _ = acl_agent
    _post(agent, "/v1/acl/policy/steer", {"Name": "steer", "Rules": STEERING}, management)
    token = _post(agent, "/v1/acl/token", {"Name": "steering", "Type": "client", "Policies": ["steer"]}, management)["SecretID"]
    return to(agent, NOMAD_TOKEN=token)


def ready_node(nomad: Nomad) -> Node:
    """The agent's own node, once it has joined."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := nomad.nodes('Status == "ready"'):
            return found[0]
        time.sleep(0.2)
    raise AssertionError("the agent's node isn't ready")


def _post(agent: Agent, path: str, body: object, token: str = "") -> dict[str, str]:
    request = urllib.request.Request(agent.address + path, json.dumps(body).encode(), {"X-Nomad-Token": token}, method="POST")
    text = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).read()
    found: dict[str, str] = json.loads(text) if text.strip() else {}
    return found


def test_without_a_token_it_says_to_set_one(acl_agent: tuple[Agent, str, str]) -> None:
    agent, _, _ = acl_agent
    with pytest.raises(Refusal, match=r"asks for a token .*: set NOMAD_TOKEN"):
        to(agent).nodes()


def test_a_token_that_lacks_a_right_is_told_which(acl_agent: tuple[Agent, str, str]) -> None:
    agent, _, looking = acl_agent
    nomad = to(agent, NOMAD_TOKEN=looking)
    assert nomad.nodes() is not None
    assert nomad.jobs() == ()
    job = nomad.parse(jobspec("guarded"))
    assert nomad.validate(job).errors == ()
    with pytest.raises(Denied, match=r"the token lacks the right to plan job guarded \(capability submit-job\)"):
        nomad.plan(job)
    with pytest.raises(Refusal, match="submit-job"):
        nomad.register(job, "", 0, preserve_counts=True)
    token = nomad.token()
    assert token is not None
    assert (token.name, token.type, token.policies, token.anonymous) == ("looker", "client", ("look",), False)


def test_steering_needs_no_more_than_its_policy_says(acl_agent: tuple[Agent, str, str], steering: Nomad) -> None:
    agent, management, _ = acl_agent
    node = ready_node(steering)
    journal = Journal(steering)
    written = journal.write(Record("tower"))
    journal.log([LogEntry(1.0, "tower", "on", "draining", "a test", "plan")])
    assert journal.take_lease("a", 10.0, 1.0)
    journal.release("a")
    assert (journal.records(), len(journal.entries()), journal.leader(2.0)) == ((written,), 1, None)
    assert steering.scheduler() == to(agent, NOMAD_TOKEN=management).scheduler()
    steering.drain(node.id, reason="a test")
    steering.end_drain(node.id, eligible=True)
    steering.set_meta(node.id, {"contract_label": None})
    with pytest.raises(Refusal, match=r"the token lacks the right to write variable elsewhere \(variables write\)"):
        steering.write_variable("elsewhere", {"a": "1"}, 0)


def test_indexes_are_those_of_whole_tables_whatever_the_token_may_see(acl_agent: tuple[Agent, str, str], steering: Nomad) -> None:
    agent, management, looking = acl_agent
    all_seeing = to(agent, NOMAD_TOKEN=management)
    end = time.monotonic() + 30
    while time.monotonic() < end and all_seeing.indexes() != steering.indexes():
        time.sleep(0.5)
    assert all_seeing.indexes() == steering.indexes()
    all_seeing.write_variable("elsewhere", {"a": "1"}, 0)
    assert all_seeing.indexes()[4] == steering.indexes()[4]
    all_seeing.delete_variable("elsewhere")
    assert to(agent, NOMAD_TOKEN=looking).indexes()[:4] == all_seeing.indexes()[:4]


def test_who_may_only_look_changes_nothing(acl_agent: tuple[Agent, str, str]) -> None:
    agent, management, looking = acl_agent
    nomad = to(agent, NOMAD_TOKEN=looking)
    node = ready_node(nomad)
    for call in (
        lambda: nomad.drain(node.id),
        lambda: nomad.end_drain(node.id, True),
        lambda: nomad.set_eligible(node.id, False),
        lambda: nomad.set_meta(node.id, {"a": "b"}),
    ):
        with pytest.raises(Refusal, match=r"lacks the right to .* \(node write\)"):
            call()
    with pytest.raises(Refusal, match=r"\(variables write\)"):
        nomad.write_variable("simulacra/lease", {"a": "1"}, 0)
    assert nomad.scheduler() == Scheduler(), "not allowed to read it: Nomad's defaults"
    assert to(agent, NOMAD_TOKEN=management).nodes()[0].eligible


def test_a_token_nobody_knows_is_refused(acl_agent: tuple[Agent, str, str]) -> None:
    agent, _, _ = acl_agent
    with pytest.raises(Refusal, match="isn't valid any more"):
        to(agent, NOMAD_TOKEN="b2c1f0aa-0000-0000-0000-000000000000").nodes()


def test_a_management_token_may_do_anything(acl_agent: tuple[Agent, str, str]) -> None:
    agent, management, _ = acl_agent
    nomad = to(agent, NOMAD_TOKEN=management)
    assert (nomad.agent().acl, nomad.agent().tls) == (True, False)
    token = nomad.token()
    assert token is not None
    assert token.type == "management"
    nomad.register(nomad.parse(jobspec("guarded")), "", 0, preserve_counts=True)
    nomad.stop("guarded", "default")


def test_nobody_there_is_unreachable_after_some_patience() -> None:
    nomad = connect(environment={"NOMAD_ADDR": "http://127.0.0.1:1"})
    with pytest.raises(Unreachable, match=r"http://127.0.0.1:1 can't be reached: connection refused; check NOMAD_ADDR"):
        Nomad(replace(nomad.settings, patience_s=0.2)).nodes()
