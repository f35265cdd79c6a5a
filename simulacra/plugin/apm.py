"""``simulacra-apm``: how many machines should be on, how many instances of a gated service, and numbers that people graph."""

from __future__ import annotations

import time
from collections.abc import Callable
from difflib import get_close_matches

import grpc

from simulacra.model.plan import Plan
from simulacra.plugin.protocol import apm_pb2, shared_pb2
from simulacra.plugin.services import Declined, Method, Methods
from simulacra.plugin.session import Session
from simulacra.plugin.steering_port import Steering

GATE = "gate/"
QUERIES: dict[str, Callable[[Plan], float]] = {
    "machines": lambda plan: plan.desired,
    "on": lambda plan: plan.on,
    "waiting": lambda plan: sum(it.count for it in plan.waiting),
    "headroom/cpu": lambda plan: _percent(plan.totals.cpu_free_mhz, plan.totals.cpu_mhz),
    "headroom/memory": lambda plan: _percent(plan.totals.memory_free_mb, plan.totals.memory_mb),
    "watts": lambda plan: plan.totals.watts,
}
"""machines: how many should be on. on: how many are on or coming. waiting: instances that wait for room. headroom: what is free on
the machines that take work, in percent. watts: an estimate over all machines."""


def value_of(query: str, steering: Steering) -> float:
    """The answer to one query. Raises `Declined` for one that there isn't, and `simulacra.faults.Fault`."""
    if query.startswith(GATE):
        return steering.gate(query.removeprefix(GATE))
    if query not in QUERIES:
        near = get_close_matches(query, QUERIES, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        known = ", ".join([*QUERIES, f"{GATE}SERVICE"])
        raise Declined(grpc.StatusCode.INVALID_ARGUMENT, f"there is no query {query!r}; {hint}there are {known}")
    return QUERIES[query](steering.plan())


def apm_methods(session: Session, clock: Callable[[], float] = time.time) -> Methods:
    """The APM's service; every answer is one value, of now, whatever range of time is asked for."""

    def answer(query: str) -> apm_pb2.QueryResponse:
        metric = shared_pb2.TimestampedMetric(value=value_of(query, session.steering()))
        metric.timestamp.FromNanoseconds(int(clock() * 1e9))
        return apm_pb2.QueryResponse(timestamped_metric=[metric])

    def query(request: apm_pb2.QueryRequest, _: float | None) -> apm_pb2.QueryResponse:
        return answer(request.query)

    def query_multiple(request: apm_pb2.QueryMultipleRequest, _: float | None) -> apm_pb2.QueryMultipleResponse:
        return apm_pb2.QueryMultipleResponse(timestamped_metric=[answer(request.query)])

    service = "/hashicorp.nomad_autoscaler.plugins.apm.proto.v1.APMPluginService"
    return {
        f"{service}/Query": Method(query, apm_pb2.QueryRequest),
        f"{service}/QueryMultiple": Method(query_multiple, apm_pb2.QueryMultipleRequest),
    }


def _percent(free: float, whole: float) -> float:
    return 100.0 * free / whole if whole else 0.0
