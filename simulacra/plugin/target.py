"""``simulacra-target``: the machines that are on; asked for another number of them, it chooses which."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import grpc

from simulacra.faults import Fault
from simulacra.model.plan import Action
from simulacra.plugin.protocol import shared_pb2, target_pb2
from simulacra.plugin.services import Declined, Method, Methods
from simulacra.plugin.session import Session

DRY_COUNT = -1
"""The count by which the agent says that an action is a dry run. Source: ``sdk/strategy.go`` of nomad-autoscaler 0.5.0."""
DRY_KEY = "dry-run"
DRY_META_COUNT = "nomad_autoscaler.dry_run.count"
"""Where in an action's meta the agent has put the count that was meant."""

IN_TIME = 0.7
"""So much of the time that the agent waits is used."""
LONGEST_S = 3600.0

_log = logging.getLogger(__name__)


def target_methods(session: Session) -> Methods:
    """The target's service."""
    counting = Counting(session)

    def status(_: target_pb2.StatusRequest, remaining_s: float | None) -> target_pb2.StatusResponse:
        return counting.answer(remaining_s)

    def scale(request: target_pb2.ScaleRequest, _: float | None) -> target_pb2.ScaleResponse:
        _scale(session, request.action, request.config)
        return target_pb2.ScaleResponse()

    service = "/hashicorp.nomad_autoscaler.plugins.target.proto.v1.TargetPluginService"
    return {
        f"{service}/Status": Method(status, target_pb2.StatusRequest),
        f"{service}/Scale": Method(scale, target_pb2.ScaleRequest),
    }


class Counting:
    """How many machines are on, said in time. A count that takes long goes on, and is the next answer.

    It is ready also while machines boot or are emptied: else nothing would be evaluated meanwhile. It isn't where that can't be told now.
    It never fails: the agent gives up a policy for good whose first Status does.
    Source: ``processMessageAndUpdateHandlers`` and the file source of nomad-autoscaler 0.5.0.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._one_at_a_time = ThreadPoolExecutor(1, thread_name_prefix="count")
        self._count: Future[target_pb2.StatusResponse] | None = None
        self._lock = threading.Lock()

    def answer(self, remaining_s: float | None) -> target_pb2.StatusResponse:
        with self._lock:
            count = self._count = self._count or self._one_at_a_time.submit(self._counted)
        try:
            answer = count.result(None if remaining_s is None else min(IN_TIME * remaining_s, LONGEST_S))
        except TimeoutError:
            _log.warning("the machines can't be counted in time; this evaluation is left out")
            return target_pb2.StatusResponse(ready=False)
        with self._lock:
            if self._count is count:
                self._count = None
        return answer

    def _counted(self) -> target_pb2.StatusResponse:
        try:
            steering = self._session.steering()
            steering.nudge()
            plan = steering.plan()
            meta = {"mode": steering.mode(), "desired": str(plan.desired), "waiting": str(sum(it.count for it in plan.waiting))}
        except Fault as fault:
            _log.error("the machines can't be counted now: %s", fault)
            return target_pb2.StatusResponse(ready=False)
        except Exception:  # noqa: BLE001 - see above: steering would end until somebody starts the agent again
            _log.exception("a fault of simulacra's own: the machines can't be counted")
            return target_pb2.StatusResponse(ready=False)
        return target_pb2.StatusResponse(ready=True, count=plan.on, meta=meta)


def _scale(session: Session, action: shared_pb2.ScalingAction, config: Mapping[str, str]) -> None:
    """Begin what brings the number of machines to the action's count; raises `Declined` (ABORTED) where nothing is begun."""
    dry = action.count == DRY_COUNT or config.get(DRY_KEY) == "true"
    count = _meant(action) if action.count == DRY_COUNT else action.count
    if count is None:
        raise Declined(grpc.StatusCode.ABORTED, "a dry run: nothing was done")
    if count < 0:
        raise Declined(grpc.StatusCode.INVALID_ARGUMENT, f"{count} isn't a number of machines")
    steering = session.steering()
    observing = steering.mode() != "act"
    begun = steering.scale(count, action.reason, dry or observing)
    if dry or observing:
        why = "a dry run" if dry else 'the grid only observes (mode = "act" in its definitions would let it act)'
        raise Declined(grpc.StatusCode.ABORTED, f"{why}: nothing was done towards {_machines(count)}")
    if not begun:
        raise Declined(grpc.StatusCode.ABORTED, f"nothing to do now towards {_machines(count)}")
    for one in begun:
        _log.info("%s", _said(one))


def _meant(action: shared_pb2.ScalingAction) -> int | None:
    """The count that a dry run was about; None where the agent doesn't say."""
    try:
        meta = json.loads(action.meta.value or b"{}")
    except ValueError:
        return None
    count = meta.get(DRY_META_COUNT) if isinstance(meta, dict) else None
    return int(count) if isinstance(count, (int, float)) and count >= 0 else None


def _machines(count: int) -> str:
    return f"{count} machine{'' if count == 1 else 's'}"


def _said(action: Action) -> str:
    return f"{action.action} {action.machine}: {action.reason}"
