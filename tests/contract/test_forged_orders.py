"""Who can hand a machine an order, or speak for it: tasks with their identities, on a real Nomad with the rendered policies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from acl_rights import Right, rights, without
from dev_agent import NODE
from guarded_grid import POLICIES, Guarded, eventually, job

from simulacra.gateways.journal import Journal
from simulacra.model.journal import LEASE, MACHINES, NODE_JOB, ORDERS, REPORTS, Order

pytestmark = pytest.mark.nomad
ORDER = {"Items": {"order": '{"sequence": 99999999999999, "kind": "sleep", "expires_s": 4e9, "boot_id": "b"}'}}
REPORT = {"Items": {"report": '{"machine": "shelf", "at_s": 1, "boot_id": "b"}'}}
REFUSED = "403"


@dataclass(frozen=True)
class Task:
    """A task that runs, with the token of its own identity."""

    guarded: Guarded
    token: str

    def reads(self, path: str) -> str:
        return self.guarded.call("GET", f"/v1/var/{path}", token=self.token)

    def writes(self, path: str, body: object) -> str:
        return self.guarded.call("PUT", f"/v1/var/{path}", body, token=self.token)


def started(guarded: Guarded, name: str, folder: Path) -> Task:
    made = job(name)
    [group] = made["TaskGroups"]  # type: ignore[misc]
    [task] = group["Tasks"]
    script = f'printf %s "$NOMAD_TOKEN" > {folder}/{name}.new && mv {folder}/{name}.new {folder}/{name}; sleep 600'
    task |= {"Config": {"command": "sh", "args": ["-c", script]}, "Identity": {"Env": True}}
    guarded.call("DELETE", f"/v1/job/{name}?purge=true")
    assert guarded.call("POST", "/v1/jobs", {"Job": made}).startswith("{")
    eventually((folder / name).exists)
    return Task(guarded, (folder / name).read_text())


@pytest.fixture(scope="module")
def tasks(guarded: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Task]]:
    """A task of the job on every machine, whose identity has the rendered policy, and one of any other job."""
    rules = {"Name": NODE_JOB, "Rules": POLICIES["node"], "JobACL": {"Namespace": "default", "JobID": NODE_JOB}}
    guarded.call("POST", f"/v1/acl/policy/{NODE_JOB}", rules)
    Journal(guarded.nomad()).order(NODE, Order(time.time_ns(), "none", 4e9))
    folder = tmp_path_factory.mktemp("tokens")
    yield {name: started(guarded, name, folder) for name in (NODE_JOB, "stranger")}
    for name in (NODE_JOB, "stranger"):
        guarded.call("DELETE", f"/v1/job/{name}?purge=true")


@pytest.mark.parametrize("machine", [NODE, "tower"])
def test_another_job_can_neither_order_nor_report_nor_read(machine: str, tasks: dict[str, Task]) -> None:
    stranger = tasks["stranger"]
    assert stranger.writes(f"{ORDERS}/{machine}", ORDER) == REFUSED
    assert stranger.writes(f"{REPORTS}/{machine}", REPORT) == REFUSED
    for path in (f"{ORDERS}/{machine}", f"{REPORTS}/{machine}", LEASE, f"{MACHINES}/spare", f"nomad/jobs/{NODE_JOB}"):
        assert stranger.reads(path) == REFUSED
        assert stranger.writes(path, ORDER) == REFUSED


def test_a_job_named_alike_is_another_job(guarded: Guarded, tmp_path: Path) -> None:
    alike = started(guarded, f"{NODE_JOB}-orders", tmp_path)
    try:
        assert alike.writes(f"{ORDERS}/{NODE}", ORDER) == REFUSED
        assert alike.reads(f"{ORDERS}/{NODE}") == REFUSED
    finally:
        guarded.call("DELETE", f"/v1/job/{NODE_JOB}-orders?purge=true")


def test_the_program_reads_orders_and_reports_and_does_nothing_else(tasks: dict[str, Task], guarded: Guarded) -> None:
    program = tasks[NODE_JOB]
    assert '"sequence' in program.reads(f"{ORDERS}/{NODE}").replace("\\", "")
    assert program.writes(f"{REPORTS}/{NODE}", REPORT).startswith("{")
    assert program.writes(f"{REPORTS}/tower", REPORT).startswith("{"), "Nomad's rights are by job: docs/security.md says what that can do"
    for path in (f"{ORDERS}/{NODE}", f"{ORDERS}/tower", LEASE, f"{MACHINES}/spare", f"nomad/jobs/{NODE_JOB}", f"{REPORTS}"):
        assert program.writes(path, ORDER) == REFUSED
    for path in (f"{REPORTS}/{NODE}", f"{REPORTS}/tower", LEASE, f"{MACHINES}/spare"):
        assert program.reads(path) == REFUSED
    for path in ("/v1/nodes", "/v1/job/there", "/v1/acl/tokens", "/v1/agent/self"):
        assert guarded.call("GET", path, token=program.token) == REFUSED
    assert guarded.call("POST", "/v1/job/there/scale", {"Count": 0, "Target": {"Group": "it"}}, program.token) == REFUSED


@pytest.mark.parametrize("right", rights(POLICIES["node"]), ids=str)
def test_without_a_right_the_program_is_refused(right: Right, tasks: dict[str, Task], guarded: Guarded) -> None:
    program, bound = tasks[NODE_JOB], {"Namespace": "default", "JobID": NODE_JOB}

    def asks() -> str:
        return program.reads(f"{ORDERS}/{NODE}") if right.name == "read" else program.writes(f"{REPORTS}/{NODE}", REPORT)

    assert asks().startswith("{")
    less = {"Name": NODE_JOB, "Rules": without(POLICIES["node"], right), "JobACL": bound}
    try:
        guarded.call("POST", f"/v1/acl/policy/{NODE_JOB}", less)
        eventually(lambda: asks() == REFUSED)
    finally:
        guarded.call("POST", f"/v1/acl/policy/{NODE_JOB}", {**less, "Rules": POLICIES["node"]})
