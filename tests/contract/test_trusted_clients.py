"""What Nomad itself gives its clients: why a report isn't signed, and why access control alone isn't enough. Kept so that docs/security.md
stays true: where one of these fails, the page promises too little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dev_agent import dev_agent
from fleet import Rpc
from guarded_grid import POLICIES, Guarded, eventually, job

from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS

pytestmark = pytest.mark.nomad
NEWCOMER = {
    "ID": "0d3b0a9e-5a43-4b4e-9d43-6f6b3a0b6b51",
    "SecretID": "5f3f6ad6-8a0b-4f0e-8d4a-2f6d2f1f6c11",
    "Name": "newcomer",
    "Datacenter": "dc1",
    "NodePool": "default",
    "Status": "ready",
    "HTTPAddr": "127.0.0.1:1",
    "Attributes": {"kernel.name": "linux", "nomad.version": "1.11.3"},
}
"""A client that nobody has invited, and that runs nothing."""
REPORT = {"Items": {"report": "{}"}}


@pytest.fixture(scope="module")
def newcomer(guarded: Guarded) -> Iterator[Rpc]:
    """Its connection; the job of every machine runs on another one."""
    rules = {"Name": NODE_JOB, "Rules": POLICIES["node"], "JobACL": {"Namespace": "default", "JobID": NODE_JOB}}
    guarded.call("POST", f"/v1/acl/policy/{NODE_JOB}", rules)
    guarded.call("POST", "/v1/jobs", {"Job": job(NODE_JOB)})
    eventually(lambda: '"running"' in guarded.call("GET", f"/v1/job/{NODE_JOB}/allocations"))
    connected = connected_to(guarded.folder)
    connected.call("Node.Register", {"Node": NEWCOMER, "Region": "global"})
    yield connected
    connected.close()


def connected_to(folder: Path) -> Rpc:
    """A connection to the RPC of the agent whose folder that is."""
    [port] = re.findall(r"rpc  = (\d+)", (folder / "agent.hcl").read_text())
    return Rpc(int(port))


def test_nomad_can_ask_newcomers_for_a_token(nomad_binary: Path, tmp_path: Path) -> None:
    strict = '\nserver {\n  client_introduction {\n    enforcement = "strict"\n  }\n}\n'
    with dev_agent(nomad_binary, tmp_path, strict, ready=False):
        newcomer = connected_to(tmp_path)
        try:
            with pytest.raises(RuntimeError, match="Permission denied"):
                newcomer.call("Node.Register", {"Node": NEWCOMER, "Region": "global"})
        finally:
            newcomer.close()


def test_without_mutual_tls_anybody_becomes_a_client_without_a_token(newcomer: Rpc, guarded: Guarded) -> None:  # noqa: ARG001 - it has
    assert {it["Name"]: it["Status"] for it in json.loads(guarded.call("GET", "/v1/nodes"))}["newcomer"] == "ready"


def test_a_client_is_handed_the_identity_of_any_allocation_that_it_can_name(newcomer: Rpc, guarded: Guarded) -> None:
    [allocation] = json.loads(guarded.call("GET", f"/v1/job/{NODE_JOB}/allocations"))
    asked = {"AllocIDs": [allocation["ID"]], "Region": "global", "AuthToken": NEWCOMER["SecretID"], "AllowStale": True}
    [told] = newcomer.call("Alloc.GetAllocs", asked)["Allocs"]
    assert told["NodeID"] != NEWCOMER["ID"]
    identity = told["SignedIdentities"]["it"]
    assert guarded.call("PUT", f"/v1/var/{REPORTS}/shelf", REPORT, token=identity).startswith("{")
    assert guarded.call("PUT", f"/v1/var/{ORDERS}/shelf", REPORT, token=identity) == "403", "more than the job's own policy it isn't"


@pytest.mark.parametrize("method", ["Alloc.List", "Job.List", "Job.Allocations", "Variables.Read"])
def test_which_allocations_there_are_it_isnt_told(method: str, newcomer: Rpc) -> None:
    asked = {"JobID": NODE_JOB, "Path": f"{REPORTS}/shelf", "Namespace": "default"}
    with pytest.raises(RuntimeError, match="Permission denied"):
        newcomer.call(method, {**asked, "Region": "global", "AuthToken": NEWCOMER["SecretID"], "AllowStale": True})
