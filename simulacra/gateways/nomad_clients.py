"""What only a job's own machines know, as Nomad hands it on: where its ports are, how its checks end, what its tasks print.

Source: https://developer.hashicorp.com/nomad/api-docs/client and …/jobs#list-job-services
"""

from __future__ import annotations

import re
from typing import Any

from simulacra.faults import Refusal
from simulacra.gateways.nomad_connection import CONNECT_S, NomadConnection, quoted
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_reading import Json, rows
from simulacra.gateways.printable import printable
from simulacra.model.served import CheckResult, CheckStatus, Registration

LOG_AT_MOST = 1 << 20
"""So many bytes of a log are read: a machine may print what it likes."""
OUTPUT_AT_MOST = 160
CLIENT_S = 8.0
"""So long a machine may take: one that has just been switched off isn't known to be gone yet."""
_MARKUP = re.compile(r"<[^>]*>")


class NomadClients(NomadConnection):
    """Each call is handed on to the machine that the allocation is on."""

    def registrations(self, job: str, namespace: str) -> tuple[Registration, ...]:
        """The job's entries in the service catalog, by name and address; empty if there is no such job."""

        def asked() -> Any:
            return self._api.job.request(quoted(job), "services", method="get", params={"namespace": namespace}).json()

        try:
            raw = rows(self._ask(f"read the services of job {job} (capability read-job)", asked, may_lack=True))
        except NotThere:
            return ()
        return tuple(sorted(map(_registration, raw), key=lambda it: (it.name, it.at, it.allocation)))

    def checks(self, allocation: str) -> tuple[CheckResult, ...]:
        """The allocation's checks of Nomad's own kind, by service. Raises `NotThere` where its machine, or it, is gone."""

        def asked() -> Any:
            endpoint = self._api.client.allocation
            return endpoint.request(quoted(allocation), "checks", method="get", timeout=(CONNECT_S, CLIENT_S)).json()

        raw = self._ask(f"read the checks of allocation {allocation} (capability read-job)", asked, repeat=False, may_lack=True)
        return tuple(sorted(map(_check, (raw or {}).values()), key=lambda it: (it.service, it.status, it.output)))

    def log(self, allocation: str, task: str) -> str:
        """What the task has printed so far. Raises `NotThere` where its machine, or it, is gone, `Refusal` for more than a mebibyte."""
        params = {"task": task, "type": "stdout", "plain": "true", "origin": "start", "offset": 0, "follow": "false"}

        def asked() -> bytes:
            endpoint = self._api.client.stream_logs
            read = b""
            with endpoint.request(quoted(allocation), method="get", params=dict(params), stream=True) as answer:
                for piece in answer.iter_content(1 << 16):
                    read += piece
                    if len(read) > LOG_AT_MOST:
                        break
            return read

        text = self._ask(f"read the log of allocation {allocation} (capability read-logs)", asked, may_lack=True)
        if len(text) > LOG_AT_MOST:
            raise Refusal(f"task {task} of allocation {allocation} has printed more than {LOG_AT_MOST >> 10} KiB: it isn't read")
        return text.decode(errors="replace")

    def purge(self, job: str, namespace: str) -> None:
        """Stop the job and have Nomad forget it at once."""
        self._ask(
            f"purge job {job} (capability submit-job)",
            lambda: self._api.job.deregister_job(quoted(job), namespace=namespace, purge=True),
        )


def _registration(raw: Json) -> Registration:
    return Registration(raw["ServiceName"], printable(raw.get("Address") or ""), raw.get("Port") or 0, raw["NodeID"], raw["AllocID"])


def _check(raw: Json) -> CheckResult:
    told = raw.get("Status")
    status: CheckStatus = told if told in ("success", "failure") else "pending"
    plain = printable(" ".join(_MARKUP.sub(" ", raw.get("Output") or "").split()))
    output = plain if len(plain) <= OUTPUT_AT_MOST else f"{plain[: OUTPUT_AT_MOST - 1]}…"
    return CheckResult(raw.get("Service") or "", status, raw.get("StatusCode") or 0, output)
