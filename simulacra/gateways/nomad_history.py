"""What Nomad remembers of batch jobs, until it forgets them (a day after their end, as it is set up by default).

Source: https://developer.hashicorp.com/nomad/api-docs/allocations, …/jobs#list-job-versions, …/configuration/server#batch_eval_gc_threshold
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulacra.gateways.nomad_connection import ANY_NAMESPACE, NomadConnection, quoted
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_history_reading import batch_run
from simulacra.gateways.nomad_values import JobJson
from simulacra.gateways.several import at_once
from simulacra.model.history import BatchRun

BATCH = 'Job.Type == "batch"'


class NomadHistory(NomadConnection):
    """Nothing is remembered between two calls."""

    def batch_runs(self) -> tuple[BatchRun, ...]:
        """All allocations of batch jobs, of all namespaces, the ended ones too, by id, in one call."""

        def asked() -> Any:
            return self._api.allocations.get_allocations(filter_=BATCH, namespace=ANY_NAMESPACE, resources=True, task_states=True)

        self._visible("allocations (capability read-job)", self._api.allocations.request)
        found = self._ask("list allocations (capability read-job)", asked)
        return tuple(sorted((batch_run(item) for item in found), key=lambda it: it.id))

    def job_versions(self, keys: Sequence[tuple[str, str]]) -> tuple[tuple[JobJson, ...], ...]:
        """All versions that Nomad keeps of jobs, by namespace and id, a few calls at once; none of a job that isn't there."""
        return tuple(at_once(self._versions, keys))

    def _versions(self, key: tuple[str, str]) -> tuple[JobJson, ...]:
        namespace, job = key

        def asked() -> Any:
            return self._api.job.request(quoted(job), "versions", method="get", params={"namespace": namespace}).json()

        try:
            return tuple(self._ask(f"read the versions of job {job} (capability read-job)", asked, may_lack=True).get("Versions") or ())
        except NotThere:
            return ()
