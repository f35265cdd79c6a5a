"""What the plugins answer, method by method, on a grid that is made up."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest

from simulacra.faults import Refusal, Unreachable, Usage
from simulacra.model.plan import Action, Plan, Totals, Waiting
from simulacra.model.settings import Mode
from simulacra.plugin.apm import QUERIES, apm_methods
from simulacra.plugin.common import common_methods
from simulacra.plugin.protocol import apm_pb2, base_pb2, health_pb2, shared_pb2, target_pb2
from simulacra.plugin.services import Declined, Methods, code_of
from simulacra.plugin.session import Session
from simulacra.plugin.steering_port import Tell
from simulacra.plugin.target import DRY_COUNT, target_methods

TOTALS = Totals(cpu_mhz=4000, cpu_free_mhz=1000, memory_mb=8000, memory_free_mb=6000, watts=66.5)
PLAN = Plan(desired=3, on=2, waiting=(Waiting("render", "render", 2, ""), Waiting("blog", "blog", 1, "")), totals=TOTALS)
WAKE = Action("wake", "tower", "render waits")


class Made:
    """A steered grid of constants, which remembers what it was asked to begin."""

    def __init__(self, mode: Mode = "act", plan: Plan | Exception = PLAN, begins: tuple[Action, ...] = (WAKE,)) -> None:
        self._mode, self._plan, self._begins = mode, plan, begins
        self.asked: list[tuple[int, str, bool]] = []
        self.nudged = 0

    def mode(self) -> Mode:
        return self._mode

    def plan(self) -> Plan:
        if isinstance(self._plan, Exception):
            raise self._plan
        return self._plan

    def gate(self, service: str) -> int:
        if service != "jenkins":
            raise Usage(f"the grid has no service {service}")
        return 1

    def nudge(self) -> None:
        self.nudged += 1

    def scale(self, count: int, reason: str, dry: bool) -> tuple[Action, ...]:
        self.asked.append((count, reason, dry))
        return () if dry else self._begins

    def close(self) -> None:
        pass


def session(made: Made, tmp_path: Path, opened: list[Mapping[str, str]] | None = None) -> Session:
    def opener(_: Path, sent: Mapping[str, str], __: Tell) -> Made:
        if opened is not None:
            opened.append(sent)
        return made

    return Session(opener, tmp_path)


def call(methods: Methods, name: str, request: Any, remaining_s: float | None = None) -> Any:
    [method] = [method for path, method in methods.items() if path.endswith(f"/{name}")]
    return method.answer(method.takes.FromString(request.SerializeToString()), remaining_s)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("machines", 3.0),
        ("on", 2.0),
        ("waiting", 3.0),
        ("headroom/cpu", 25.0),
        ("headroom/memory", 75.0),
        ("watts", 66.5),
        ("gate/jenkins", 1.0),
    ],
)
def test_queries(query: str, value: float, tmp_path: Path) -> None:
    methods = apm_methods(session(Made(), tmp_path), lambda: 1000.5)
    one = call(methods, "Query", apm_pb2.QueryRequest(query=query))
    assert [(it.value, it.timestamp.seconds, it.timestamp.nanos) for it in one.timestamped_metric] == [(value, 1000, 500_000_000)]
    many = call(methods, "QueryMultiple", apm_pb2.QueryMultipleRequest(query=query))
    assert list(many.timestamped_metric) == [one]


def test_a_grid_without_machines_has_no_headroom(tmp_path: Path) -> None:
    methods = apm_methods(session(Made(plan=Plan()), tmp_path))
    for query in QUERIES:
        assert call(methods, "Query", apm_pb2.QueryRequest(query=query)).timestamped_metric[0].value == 0.0


@pytest.mark.parametrize(
    ("query", "told"),
    [("mashines", "did you mean 'machines'?"), ("", "there are machines, on, waiting, "), ("x/y", "gate/SERVICE")],
)
def test_an_unknown_query_is_told_which_there_are(query: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Declined) as declined:
        call(apm_methods(session(Made(), tmp_path)), "Query", apm_pb2.QueryRequest(query=query))
    assert declined.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert told in str(declined.value)


def test_a_gate_of_no_service_is_a_fault_of_the_policys(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="has no service jenkin"):
        call(apm_methods(session(Made(), tmp_path)), "Query", apm_pb2.QueryRequest(query="gate/jenkin"))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Unreachable("x"), grpc.StatusCode.UNAVAILABLE),
        (Usage("x"), grpc.StatusCode.FAILED_PRECONDITION),
        (Refusal("x"), grpc.StatusCode.FAILED_PRECONDITION),
    ],
)
def test_faults_as_status_codes(fault: Any, code: grpc.StatusCode) -> None:
    assert code_of(fault) is code


def test_status_counts_and_lets_the_machines_go_on(tmp_path: Path) -> None:
    made = Made()
    status = call(target_methods(session(made, tmp_path)), "Status", target_pb2.StatusRequest())
    assert (status.ready, status.count, dict(status.meta)) == (True, 2, {"mode": "act", "desired": "3", "waiting": "3"})
    assert made.nudged == 1


@pytest.mark.parametrize("fault", [Unreachable("no answer"), Usage("broken"), ZeroDivisionError("a mistake")])
def test_status_never_fails(fault: Exception, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    methods = target_methods(session(Made(plan=fault), tmp_path))
    assert not call(methods, "Status", target_pb2.StatusRequest()).ready
    assert "can't be counted" in caplog.text
    assert str(fault) in caplog.text


def scaled(made: Made, tmp_path: Path, count: int, meta: Mapping[str, Any] | None = None, **config: str) -> Declined | None:
    action = shared_pb2.ScalingAction(count=count, reason="said so")
    action.meta.value = json.dumps(meta or {}).encode()
    try:
        call(target_methods(session(made, tmp_path)), "Scale", target_pb2.ScaleRequest(action=action, config=config))
    except Declined as declined:
        return declined
    return None


def test_scale_begins_and_says_what(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    made = Made()
    assert scaled(made, tmp_path, 3) is None
    assert made.asked == [(3, "said so", False)]
    assert "wake tower: render waits" in caplog.text


def test_nothing_to_do_is_told_as_such(tmp_path: Path) -> None:
    declined = scaled(Made(begins=()), tmp_path, 1)
    assert declined is not None
    assert (declined.code, str(declined)) == (grpc.StatusCode.ABORTED, "nothing to do now towards 1 machine")


@pytest.mark.parametrize(
    ("mode", "count", "meta", "config", "asked"),
    [
        ("observe", 3, {}, {}, [(3, "said so", True)]),
        ("act", 3, {}, {"dry-run": "true"}, [(3, "said so", True)]),
        ("act", DRY_COUNT, {"nomad_autoscaler.dry_run.count": 4}, {"dry-run": "true"}, [(4, "said so", True)]),
        ("act", DRY_COUNT, {}, {}, []),
    ],
)
def test_what_mustnt_act_doesnt(mode: Mode, count: int, meta: Any, config: dict[str, str], asked: list[Any], tmp_path: Path) -> None:
    made = Made(mode)
    declined = scaled(made, tmp_path, count, meta, **config)
    assert declined is not None
    assert declined.code is grpc.StatusCode.ABORTED
    assert "nothing was done" in str(declined)
    assert made.asked == asked


def test_a_negative_number_of_machines_is_refused(tmp_path: Path) -> None:
    made = Made()
    declined = scaled(made, tmp_path, -2)
    assert declined is not None
    assert declined.code is grpc.StatusCode.INVALID_ARGUMENT
    assert not made.asked


def common(its: Session, kept: list[Any] | None = None) -> Methods:
    return common_methods("target", its, (kept if kept is not None else []).append, lambda: None)


def test_who_it_is_and_that_it_is_well(tmp_path: Path) -> None:
    methods = common(session(Made(), tmp_path))
    info = call(methods, "PluginInfo", base_pb2.PluginInfoRequest())
    assert (info.name, info.type) == ("simulacra-target", base_pb2.PLUGIN_TYPE_TARGET)
    assert call(methods, "Check", health_pb2.HealthCheckRequest(service="plugin")).status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(Declined):
        call(methods, "Check", health_pb2.HealthCheckRequest(service="other"))


def test_a_configuration_is_kept_and_an_equal_one_opens_nothing_anew(tmp_path: Path) -> None:
    opened: list[Mapping[str, str]] = []
    kept: list[Any] = []
    its = session(Made(), tmp_path, opened)
    for address in ("http://a", "http://a", "http://b"):
        sent = {"nomad_address": address, "grid": str(tmp_path)}
        call(common(its, kept), "SetConfig", base_pb2.SetConfigRequest(config=sent))
        its.steering()
    assert [sent["nomad_address"] for sent in opened] == ["http://a", "http://b"]
    assert len(kept) == 3


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"gird": "x"}, "`gird` isn't a key of this plugin's config: did you mean `grid`?"),
        ({"color": "red"}, "`color` isn't a key of this plugin's config: its own key is `grid`"),
        ({"grid": "/nowhere/grid"}, "there is no folder '/nowhere/grid'"),
    ],
)
def test_a_wrong_configuration(sent: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(Declined, match=told) as declined:
        call(common(session(Made(), tmp_path)), "SetConfig", base_pb2.SetConfigRequest(config=sent))
    assert declined.value.code is grpc.StatusCode.INVALID_ARGUMENT
