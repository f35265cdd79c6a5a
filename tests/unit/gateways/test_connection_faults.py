"""What people are told when Nomad or Consul can't be reached: the same of both, with the names that lead to each."""

from __future__ import annotations

import pytest
import requests

from simulacra.faults import Fault, Refusal, Unreachable
from simulacra.gateways.connection_faults import Transient, connection_fault
from simulacra.gateways.consul_faults import CONSUL
from simulacra.gateways.nomad_faults import NOMAD
from simulacra.gateways.nomad_settings import Settings

TOKEN = "c2b0a6f2-0000-4000-8000-1d5a1c1e0d0f"
OURS = Settings("https://there:1", token=TOKEN)
REFUSED = "HTTPConnectionPool(): NewConnectionError(: Failed to establish a new connection: [Errno 111] Connection refused)"


@pytest.mark.parametrize(
    ("problem", "nomad", "consul"),
    [
        (
            requests.exceptions.SSLError("certificate verify failed: IP address mismatch"),
            "its certificate is for another name; set NOMAD_TLS_SERVER_NAME (server.REGION.nomad for Nomad's own certificates)",
            "its certificate is for another name; set CONSUL_TLS_SERVER_NAME (server.DATACENTER.consul for Consul's own certificates)",
        ),
        (
            requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate"),
            "its certificate isn't signed by a CA known here; set NOMAD_CACERT to the file of the CA that signed it",
            "its certificate isn't signed by a CA known here; set CONSUL_CACERT to the file of the CA that signed it",
        ),
        (
            requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired"),
            *["its certificate isn't valid now; renew it, or set this machine's clock"] * 2,
        ),
        (
            requests.exceptions.SSLError("tlsv13 alert certificate required"),
            "it asks for a client certificate; set NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY",
            "it asks for a client certificate; set CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY",
        ),
        (requests.exceptions.SSLError("[SSL: WRONG_VERSION_NUMBER]"), *["it doesn't speak TLS; write its address as http://"] * 2),
        (
            requests.exceptions.SSLError("odd"),
            "TLS failed: odd; check NOMAD_CACERT and NOMAD_ADDR",
            "TLS failed: odd; check CONSUL_CACERT and CONSUL_HTTP_ADDR",
        ),
        (
            requests.exceptions.ConnectionError(REFUSED),
            "connection refused; check NOMAD_ADDR or the address in nomad {}",
            "connection refused; check CONSUL_HTTP_ADDR or the address in consul {}",
        ),
        (
            requests.exceptions.InvalidJSONError(),
            "what answers there isn't Nomad's API; check NOMAD_ADDR or the address in nomad {}",
            "what answers there isn't Consul's API; check CONSUL_HTTP_ADDR or the address in consul {}",
        ),
    ],
)
def test_both_are_told_of_alike(problem: requests.exceptions.RequestException, nomad: str, consul: str) -> None:
    assert str(connection_fault(problem, NOMAD, OURS)) == f"Nomad at https://there:1 can't be reached: {nomad}"
    assert str(connection_fault(problem, CONSUL, OURS)) == f"Consul at https://there:1 can't be reached: {consul}"


@pytest.mark.parametrize(
    ("problem", "untouched"),
    [
        (requests.exceptions.ConnectTimeout(), True),
        (requests.exceptions.ReadTimeout(), False),
        (requests.exceptions.ConnectionError(REFUSED), True),
        (requests.exceptions.ConnectionError("NameResolutionError"), True),
        (requests.exceptions.ConnectionError("('Connection aborted.', ConnectionResetError(104, 'reset by peer'))"), False),
        (requests.exceptions.ChunkedEncodingError(), False),
    ],
)
def test_what_may_pass_says_whether_anything_was_done(problem: requests.exceptions.RequestException, untouched: bool) -> None:
    told = connection_fault(problem, NOMAD, OURS)
    assert isinstance(told, Transient)
    assert told.untouched is untouched


@pytest.mark.parametrize(
    ("problem", "kind", "words"),
    [
        (requests.exceptions.InvalidHeader(f"header value: '{TOKEN}\\n'"), Refusal, "NOMAD_TOKEN holds characters that no token has"),
        (requests.exceptions.InvalidURL(f"no host in {TOKEN}"), Unreachable, "InvalidURL: no host in …; check NOMAD_ADDR"),
        (requests.exceptions.SSLError(f"odd {TOKEN}"), Unreachable, "TLS failed: odd …"),
    ],
)
def test_the_token_is_never_told(problem: requests.exceptions.RequestException, kind: type[Fault], words: str) -> None:
    told = connection_fault(problem, NOMAD, OURS)
    assert type(told) is kind
    assert words in str(told)
    assert TOKEN not in str(told)
