"""What people are told when Consul fails, and that it never is the token."""

from __future__ import annotations

import pytest
import requests
from consul import base

from simulacra.faults import Fault, Refusal, Unreachable
from simulacra.gateways.connection_faults import Transient
from simulacra.gateways.consul_faults import consul_fault
from simulacra.gateways.nomad_settings import Settings

TOKEN = "c2b0a6f2-0000-4000-8000-1d5a1c1e0d0f"
OURS = Settings("http://consul:8500", token=TOKEN, variables="CONSUL")


@pytest.mark.parametrize(
    ("problem", "kind", "words"),
    [
        (base.ConsulException(f"500 No cluster leader {TOKEN}"), Transient, "can't be reached: 500 No cluster leader …; see its log"),
        (base.ClientError("429 too many"), Transient, "429 too many"),
        (base.BadRequest("400 No path to datacenter"), Refusal, "refuses (list nodes): 400 No path to datacenter"),
        (base.ACLDisabled("Coordinate support disabled"), Refusal, "Coordinate support disabled"),
        (base.ACLPermissionDenied(f"ACL not found {TOKEN}"), Refusal, "the token lacks the right to list nodes"),
        (requests.exceptions.ReadTimeout("slow"), Transient, "it doesn't answer"),
        (requests.exceptions.ConnectionError("[Errno 111] Connection refused"), Transient, "connection refused; check CONSUL_HTTP_ADDR"),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), Unreachable, "isn't signed by a CA known here"),
        (requests.exceptions.SSLError("WRONG_VERSION_NUMBER"), Unreachable, "write its address as http://"),
        (requests.exceptions.InvalidHeader(f"bad header {TOKEN}\n"), Refusal, "CONSUL_HTTP_TOKEN holds characters that no token has"),
        (requests.exceptions.InvalidURL(f"no host {TOKEN}"), Unreachable, "InvalidURL: no host …"),
        (KeyError("X-Consul-Index"), Unreachable, "what answers there isn't Consul's API"),
        (TypeError("None"), Unreachable, "what answers there isn't Consul's API"),
    ],
)
def test_each_failure_says_what_is_wrong(problem: Exception, kind: type[Fault], words: str) -> None:
    told = consul_fault(problem, OURS, "list nodes")
    assert type(told) is kind
    assert words in str(told)
    assert TOKEN not in str(told)


def test_without_a_token_one_is_asked_for() -> None:
    told = consul_fault(base.ACLPermissionDenied("Permission denied"), Settings("http://consul:8500"), "list nodes")
    assert str(told) == "Consul at http://consul:8500 asks for a token (list nodes): set CONSUL_HTTP_TOKEN"
