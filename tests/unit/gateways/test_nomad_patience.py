"""What is tried again, what never is, and what people are told in the end: against a server that answers as scripted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simulacra.faults import Refusal, Unreachable
from simulacra.gateways.nomad import Nomad
from simulacra.gateways.nomad_faults import Conflict
from simulacra.gateways.nomad_settings import Settings

HANG_UP = 0
REGISTERED = '{"EvalID": "e", "JobModifyIndex": 7}'


@dataclass
class Script:
    """The answers to give, the last one for ever; and the requests that came."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def nomad(self, patience_s: float = 5.0) -> Nomad:
        return Nomad(Settings(address=self.address, patience_s=patience_s, namespace="mine", token="secret"))


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.asked.append(f"{self.command} {self.path} {self.headers.get('X-Nomad-Token')}")
            status, text = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            if status == HANG_UP:
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "trouble", [(HANG_UP, ""), (500, "No cluster leader"), (429, "slow down"), (503, "upstream"), (500, "rpc error: EOF")]
)
def test_reading_is_tried_again_until_it_works(script: Script, trouble: tuple[int, str]) -> None:
    script.answers = [trouble, trouble, (200, "[]")]
    assert script.nomad().nodes() == ()
    assert len(script.asked) == 3


@pytest.mark.parametrize(
    ("trouble", "todo"),
    [
        ("No cluster leader", "see that more than half of its servers are up"),
        ("No path to region", "see that its servers are up, and that NOMAD_REGION, or region in nomad {}, names their region"),
    ],
)
def test_patience_ends_in_one_clear_line(script: Script, trouble: str, todo: str) -> None:
    script.answers = [(500, trouble)]
    with pytest.raises(Unreachable) as caught:
        script.nomad(0.3).nodes()
    assert str(caught.value) == f"Nomad at {script.address} can't be reached: {trouble}; {todo}"


def test_people_are_told_once_that_it_takes_time(script: Script) -> None:
    script.answers = [(503, "upstream")]
    told: list[str] = []
    with pytest.raises(Unreachable):
        # tries are at most 2 s apart, so one ends after it takes time and before patience does
        Nomad(Settings(address=script.address, patience_s=4.0), told.append).nodes()
    assert told == [f"Nomad at {script.address} doesn't answer yet; trying for 4 s"]


@pytest.mark.parametrize("trouble", [(500, "No cluster leader"), (429, "slow down")])
def test_a_write_is_repeated_where_the_first_surely_did_nothing(script: Script, trouble: tuple[int, str]) -> None:
    script.answers = [trouble, (200, REGISTERED)]
    assert script.nomad().register({"ID": "it"}, "", 0, preserve_counts=True).modify_index == 7
    assert len(script.asked) == 2


@pytest.mark.parametrize("trouble", [(HANG_UP, ""), (503, "upstream"), (500, "rpc error: EOF")])
def test_a_write_that_may_have_been_carried_out_is_not_repeated(script: Script, trouble: tuple[int, str]) -> None:
    script.answers = [trouble, (200, REGISTERED)]
    with pytest.raises(Unreachable):
        script.nomad().register({"ID": "it"}, "", 0, preserve_counts=True)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("status", "text", "kind", "words"),
    [
        (403, "Permission denied", Refusal, "the token lacks the right to list nodes"),
        (400, "bad filter", Refusal, r"Nomad refuses \(list nodes \(node read\)\): bad filter"),
        (500, "1 error occurred", Refusal, "1 error occurred"),
        (500, 'rpc error: nonexistent namespace "nope"', Refusal, r': nonexistent namespace "nope"$'),
        (500, "Enforcing job modify index 3: job exists with conflicting job modify index: 14", Conflict, "run again"),
    ],
)
def test_a_refusal_is_told_at_once(script: Script, status: int, text: str, kind: type[Exception], words: str) -> None:
    script.answers = [(status, text)]
    with pytest.raises(kind, match=words):
        script.nomad().nodes()
    assert len(script.asked) == 1


def test_the_namespace_and_region_of_a_job_win_over_ours(script: Script) -> None:
    script.answers = [(200, REGISTERED)]
    script.nomad().register({"ID": "a/b", "Namespace": "theirs", "Region": "eu"}, "", 0, preserve_counts=True)
    script.nomad().register({"ID": "it"}, "", 0, preserve_counts=True)
    assert script.asked == ["POST /v1/job/a%2Fb?namespace=theirs&region=eu secret", "POST /v1/job/it?namespace=mine secret"]


def test_only_the_settings_count(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "NAMESPACE", "REGION", "ADDR", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.setenv(f"NOMAD_{name}", "outside")
    script.answers = [(200, "{}"), (200, '""')]
    nomad = Nomad(Settings(address=script.address))
    nomad.job("it", "mine")
    nomad.leader()
    assert script.asked == ["GET /v1/job/it?namespace=mine None", "GET /v1/status/leader None"]


def test_a_job_that_is_not_there_is_none(script: Script) -> None:
    script.answers = [(404, "job not found")]
    assert script.nomad().job("it", "mine") is None


def test_a_nodes_page_is_asked_for_again_only_when_it_changed(script: Script) -> None:
    from dataclasses import replace

    script.answers = [
        (200, '[{"ID": "n", "Name": "n", "Datacenter": "d", "Status": "ready", "SchedulingEligibility": "eligible", "ModifyIndex": 1}]')
    ]
    nomad = script.nomad()
    (node,) = nomad.nodes()
    script.answers, script.asked = [(200, '{"ID": "n", "Name": "n"}')], []
    nomad.node_detail(node)
    nomad.node_detail(node)
    nomad.node_detail(replace(node, modify_index=2))
    assert len(script.asked) == 2


@pytest.mark.parametrize("answer", [(200, "<html>hello</html>"), (404, "page not found"), (302, "")])
def test_something_else_at_the_address_is_told_as_such(script: Script, answer: tuple[int, str]) -> None:
    script.answers = [answer]
    with pytest.raises(Unreachable, match="what answers there isn't Nomad's API; check NOMAD_ADDR"):
        script.nomad().nodes()
    assert len(script.asked) == 1
