"""The gateway to Nomad: the one owner of python-nomad. Values in, values out; its failures are `simulacra.faults`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from simulacra.gateways import nomad_reading as reading
from simulacra.gateways.nomad_clients import NomadClients
from simulacra.gateways.nomad_cluster import LIVE, NomadCluster
from simulacra.gateways.nomad_connection import ANY_NAMESPACE, given, quoted
from simulacra.gateways.nomad_diffs import planned_job
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_history import NomadHistory
from simulacra.gateways.nomad_jobs import group_counts
from simulacra.gateways.nomad_settings import Settings, settings_from
from simulacra.gateways.nomad_steering import NomadSteering
from simulacra.gateways.nomad_values import (
    Agent,
    Allocation,
    Deployment,
    Evaluation,
    GroupCount,
    JobJson,
    JobStub,
    Member,
    Node,
    NodeDetail,
    PlannedJob,
    RegisteredJob,
    Token,
    ValidatedJob,
)
from simulacra.gateways.nomad_variables import NomadVariables
from simulacra.gateways.several import at_once
from simulacra.model.grid import Grid
from simulacra.model.jobspec import NO_VALUES, Values


def connect(grid: Grid | None = None, environment: Mapping[str, str] | None = None, tell: Callable[[str], None] | None = None) -> Nomad:
    """Nomad as NOMAD_* say, else as the grid does, else on this machine. Nothing is asked yet; raises `Usage`.

    ``tell`` is called once with a line for people where Nomad lets itself be waited for.
    """
    return Nomad(settings_from(os.environ if environment is None else environment, grid.nomad if grid is not None else None), tell)


class Nomad(NomadVariables, NomadSteering, NomadClients, NomadHistory, NomadCluster):
    """Every method raises `Unreachable` when Nomad doesn't answer for ``patience_s``, `Refusal` when it refuses."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        super().__init__(settings, tell)
        self._details: dict[str, tuple[int, NodeDetail]] = {}

    # jobs

    def parse(self, text: str, what: str = "the job", values: Values = NO_VALUES) -> JobJson:
        """A jobspec in HCL as Nomad's own parser reads it, defaults left out, as ``nomad job run`` sends it."""
        body = {"JobHCL": text, "Variables": values.merged, "Canonicalize": False}
        parsed: JobJson = self._ask(
            f"parse {what} (capability submit-job or parse-job)", lambda: self._api.jobs.request("parse", json=body, method="post").json()
        )
        return parsed

    def validate(self, job: JobJson) -> ValidatedJob:
        """What the server's own checks say of the job; nothing is written."""
        body = {"Job": {**job, "Namespace": job.get("Namespace") or self.settings.namespace}}
        what = f"validate job {job['ID']} (capability read-job)"
        raw = self._ask(what, lambda: self._api.validate.request("job", method="post", json=body).json())
        return ValidatedJob(tuple(raw.get("ValidationErrors") or ()), raw.get("Warnings") or "")

    def plan(self, job: JobJson) -> PlannedJob:
        """What registering the job would do, by the server's own scheduler; nothing is written."""
        raw = self._ask(f"plan job {job['ID']} (capability submit-job)", lambda: self._post_job(job, {"Diff": True}, "plan").json())
        return planned_job(raw)

    def register(self, job: JobJson, source: str, expected_index: int, preserve_counts: bool, values: Values = NO_VALUES) -> RegisteredJob:
        """Write the job if its modify index still is ``expected_index`` (0: there is none); else raises `Conflict`.

        ``source`` is its text, which the web UI shows, with the ``values`` for its variables. Repeated only where the first try surely did
        nothing.
        """
        more = {
            "EnforceIndex": True,
            "JobModifyIndex": expected_index,
            "PreserveCounts": preserve_counts,
            "Submission": {"Source": source, "Format": "hcl2", "VariableFlags": dict(values.flags), "Variables": values.files},
        }
        raw = self._ask(f"register job {job['ID']} (capability submit-job)", lambda: self._post_job(job, more).json(), repeat=False)
        return RegisteredJob(raw.get("EvalID") or None, raw["JobModifyIndex"], raw.get("Warnings") or "")

    def _post_job(self, job: JobJson, more: JobJson, *path: str) -> requests.Response:
        # The namespace and region of the job itself win over ours, as `nomad job run` has it
        params = {"namespace": job.get("Namespace") or self.settings.namespace, "region": job.get("Region") or self.settings.region}
        endpoint = self._api.job
        answer: requests.Response = endpoint.request(
            quoted(job["ID"]), *path, method="post", params=given(params), json={"Job": job, **more}
        )
        return answer

    def stop(self, job: str, namespace: str) -> str | None:
        """Stop the job (it stays visible until garbage collected); the id of the evaluation."""
        raw = self._ask(f"stop job {job} (capability submit-job)", lambda: self._api.job.deregister_job(quoted(job), namespace=namespace))
        return raw.get("EvalID") or None

    def scale(self, job: str, namespace: str, group: str, count: int, message: str) -> None:
        """Set the count of one of the job's groups. Refused while the job has a deployment under way."""
        body = {"Count": count, "Target": {"Group": group}, "Message": message}
        self._ask(
            f"scale job {job} (capability scale-job)",
            lambda: self._api.job.request(quoted(job), "scale", method="post", params={"namespace": namespace}, json=body),
        )

    def jobs(self, namespace: str = ANY_NAMESPACE) -> tuple[JobStub, ...]:
        """All jobs with their meta, in one call."""
        self._visible("jobs (capability list-jobs)", self._api.jobs.request)
        raw = self._ask("list jobs (capability list-jobs)", lambda: self._api.jobs.get_jobs(namespace=namespace, meta=True))
        return tuple(sorted((reading.job_stub(item) for item in raw), key=lambda job: (job.id, job.namespace)))

    def job(self, job: str, namespace: str) -> JobJson | None:
        """The job as Nomad keeps it; None if there is none."""
        try:
            found: JobJson = self._ask(
                f"read job {job} (capability read-job)",
                lambda: self._api.job.get_job(quoted(job), namespace=namespace),
                may_lack=True,
            )
        except NotThere:
            return None
        return found

    def whole_jobs(self, keys: Sequence[tuple[str, str]]) -> tuple[JobJson | None, ...]:
        """The jobs of these namespaces and ids as Nomad keeps them, a few calls at once; None for one that isn't there."""
        return tuple(at_once(lambda key: self.job(key[1], key[0]), keys))

    def counts(self, job: str, namespace: str) -> tuple[GroupCount, ...]:
        """The counts of a job's groups as they are now; empty if there is no such job."""
        return group_counts(self.job(job, namespace) or {})

    # what came of them

    def deployments(self, job: str, namespace: str) -> tuple[Deployment, ...]:
        """The job's deployments, the newest first."""
        raw = self._of_job(job, namespace, "deployments")
        return tuple(sorted((reading.deployment(item) for item in raw), key=lambda it: (-it.create_index, it.id)))

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]:
        """The job's evaluations, the newest first."""
        raw = self._of_job(job, namespace, "evaluations")
        return tuple(sorted((reading.evaluation(item) for item in raw), key=lambda it: (-it.create_index, it.id)))

    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]:
        """The job's allocations with their tasks' events, the newest first."""
        raw = self._of_job(job, namespace, "allocations")
        return tuple(sorted((reading.allocation(item) for item in raw), key=lambda it: (-it.create_index, it.id)))

    def _of_job(self, job: str, namespace: str, what: str) -> list[reading.Json]:
        def asked() -> Any:
            return self._api.job.request(quoted(job), what, method="get", params={"namespace": namespace}).json()

        return reading.rows(self._ask(f"read the {what} of job {job} (capability read-job)", asked))

    # the whole cluster, in one call each

    def allocations(self) -> tuple[Allocation, ...]:
        """All allocations that take up room, of all namespaces, with their resources."""

        def asked() -> Any:
            return self._api.allocations.get_allocations(filter_=LIVE, namespace=ANY_NAMESPACE, resources=True, task_states=False)

        self._visible("allocations (capability read-job)", self._api.allocations.request)
        return tuple(
            sorted((reading.allocation(item) for item in self._ask("list allocations (capability read-job)", asked)), key=lambda it: it.id)
        )

    def blocked(self) -> tuple[Evaluation, ...]:
        """The evaluations that wait for room, with the scheduler's hint why."""

        def asked() -> Any:
            params = {"filter": 'Status == "blocked"', "namespace": ANY_NAMESPACE}
            return self._api.evaluations.request(method="get", params=params).json()

        return tuple(
            sorted((reading.evaluation(item) for item in self._ask("list evaluations (capability read-job)", asked)), key=lambda it: it.id)
        )

    def nodes(self, filter_: str | None = None) -> tuple[Node, ...]:
        """All nodes (that the filter lets through) with their resources, by name."""
        raw = self._ask("list nodes (node read)", lambda: self._api.nodes.get_nodes(resources=True, filter_=filter_))
        return tuple(sorted((reading.node(item) for item in raw), key=lambda it: (it.name, it.id)))

    def node_detail(self, node: Node) -> NodeDetail:
        """A node's attributes and meta; asked again only when the node's modify index has moved."""
        known = self._details.get(node.id)
        if known is None or known[0] != node.modify_index:
            raw = self._ask(f"read node {node.name} (node read)", lambda: self._api.node.get_node(node.id))
            known = self._details[node.id] = (node.modify_index, reading.node_detail(raw))
        return known[1]

    # Nomad itself

    def agent(self) -> Agent:
        """The agent at the address, its version and its clock."""

        def asked() -> tuple[Any, str | None]:
            answer = self._api.agent.request("self", method="get")
            return answer.json(), answer.headers.get("Date")

        raw, date = self._ask("read the agent (agent read)", asked)
        return reading.agent(raw, parsedate_to_datetime(date).timestamp() if date else None)

    def members(self) -> tuple[Member, ...]:
        """The servers that the gossip knows, by name."""
        raw = self._ask("list the servers (node read)", lambda: self._api.agent.get_members())
        return tuple(sorted((reading.member(item) for item in reading.rows(raw["Members"])), key=lambda it: (it.region, it.name)))

    def leader(self) -> str | None:
        """The leader's address; None when there is none."""
        found: str = self._ask("ask for the leader", lambda: self._api.status.leader.get_leader())
        return found or None

    def token(self) -> Token | None:
        """Who we are; None where access control is off."""
        try:
            return reading.token(self._ask("read the token itself", lambda: self._api.acl.get_self_token(), may_lack=True))
        except NotThere:
            return None
