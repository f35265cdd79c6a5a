"""What went wrong with Nomad, as the failures that people are told of."""

from __future__ import annotations

import re

import requests

from simulacra.faults import Fault, Refusal, Unreachable
from simulacra.gateways.nomad_settings import Settings

BETWEEN_SERVERS = (
    *("failed to get conn", "connection refused", "connection reset", "broken pipe", "no route to host", "network is unreachable"),
    *(
        "i/o timeout",
        "timed out",
        "deadline exceeded",
        "error: eof",
        "unexpected eof",
        "session shutdown",
        "stream closed",
        "stream reset",
        "no known servers",
    ),
    *("no servers", "not ready to serve", "leadership lost", "not the leader", "lead thread", "server is shutting down"),
)
"""What Nomad's agents answer while one can't reach another, or a leader is being found."""

NOT_NOMAD = "what answers there isn't Nomad's API"


class Conflict(Refusal):
    """Somebody changed it since it was looked at; nothing was written."""


class NotThere(Fault):
    """Nomad has nothing of that name."""


class Transient(Unreachable):
    """May pass by itself. ``untouched``: the request surely wasn't carried out, so that even a write may be repeated."""

    def __init__(self, text: str, *, untouched: bool) -> None:
        super().__init__(text)
        self.untouched = untouched


def fault_of(problem: object, settings: Settings, what: str) -> Fault:
    """The failure behind python-nomad's: ``problem`` is the answer, or the exception that came instead of one."""
    if isinstance(problem, requests.Response):
        return _of_answer(problem.status_code, problem.text.strip(), settings, what)
    if isinstance(problem, requests.exceptions.SSLError):
        return Unreachable(f"Nomad at {settings.address} can't be reached: {_of_tls(problem)}")
    if isinstance(problem, requests.exceptions.ConnectTimeout):
        return Transient(_unreachable(settings, "it doesn't answer", "see that it is up, and the overlay between you"), untouched=True)
    if isinstance(problem, requests.exceptions.Timeout):
        return Transient(
            _unreachable(settings, "it doesn't answer in time", "see that it isn't overloaded, and the overlay is up"), untouched=False
        )
    if isinstance(problem, requests.exceptions.ConnectionError):
        refused = "NewConnectionError" in str(problem) or "NameResolutionError" in str(problem)
        return Transient(_unreachable(settings, _reason(str(problem))), untouched=refused)
    if isinstance(problem, requests.exceptions.ChunkedEncodingError):
        return Transient(_unreachable(settings, "the connection broke off"), untouched=False)
    if isinstance(problem, requests.exceptions.InvalidJSONError):
        return Unreachable(_unreachable(settings, NOT_NOMAD))
    return Unreachable(_unreachable(settings, f"{type(problem).__name__}: {problem}"))


def not_nomad(settings: Settings) -> Unreachable:
    """Something is at the address, but it doesn't know what every Nomad knows."""
    return Unreachable(_unreachable(settings, NOT_NOMAD))


def _of_answer(status: int, text: str, settings: Settings, what: str) -> Fault:
    if status == 403:
        return Refusal(_denied(settings, what))
    if status == 404:
        return NotThere(f"Nomad at {settings.address} has none: {what} ({text})")
    if status == 429:
        return Transient(_unreachable(settings, "it is asked too much at once (429)", "try again later"), untouched=True)
    if status == 409:
        return Conflict(f"{what}: somebody changed it meanwhile")
    if "conflicting job modify index" in text or "Enforcing job modify index" in text:
        return Conflict(f"{what}: somebody changed it meanwhile ({text}); look at `simulacra plan` and run again")
    if "No cluster leader" in text or "No path to region" in text:
        return Transient(_unreachable(settings, text, "see that more than half of its servers are up"), untouched=True)
    if "keyring has not been initialized" in text:
        return Transient(_unreachable(settings, "its servers have just begun", "try again in a moment"), untouched=True)
    if "HTTP request to an HTTPS server" in text:
        return Unreachable(_unreachable(settings, "it speaks TLS", "write its address as https://"))
    if "ACL support disabled" in text:
        return NotThere(text)
    if status in (502, 503, 504) or _between_servers(text):
        return Transient(_unreachable(settings, f"{status} {text}", "see its log"), untouched=False)
    reason = text.rpartition("rpc error: ")[2]
    return Refusal(f"Nomad refuses ({what}): {reason or status}")


def _between_servers(text: str) -> bool:
    """Whether an answer tells of trouble between Nomad's agents; else an "rpc error" is a refusal that another server sent back."""
    return any(sign in text.lower() for sign in BETWEEN_SERVERS)


def _denied(settings: Settings, what: str) -> str:
    if settings.token is None:
        return f"Nomad at {settings.address} asks for a token ({what}): set NOMAD_TOKEN"
    return (
        f"the token lacks the right to {what}, or isn't valid any more: give its policy that right, or set NOMAD_TOKEN to one that has it"
    )


def _unreachable(settings: Settings, why: str, todo: str = "check NOMAD_ADDR or the address in nomad {}") -> str:
    return f"Nomad at {settings.address} can't be reached: {why}; {todo}"


def _reason(text: str) -> str:
    if "Name or service not known" in text or "NameResolutionError" in text or "nodename nor servname" in text:
        return "its name can't be resolved"
    found = re.search(r"\[Errno -?\d+\] ([\w ]+)", text)
    if found is not None:
        return found[1].lower()
    return "the connection broke off" if "aborted" in text.lower() or "reset" in text.lower() else text


def _of_tls(problem: Exception) -> str:
    text = str(problem).lower()
    if "doesn't match" in text or "mismatch" in text:
        return "its certificate is for another name; set NOMAD_TLS_SERVER_NAME (server.REGION.nomad for Nomad's own certificates)"
    if "certificate has expired" in text or "not yet valid" in text:
        return "its certificate isn't valid now; renew it, or set this machine's clock"
    if "certificate_verify_failed" in text:
        return "its certificate isn't signed by a CA known here; set NOMAD_CACERT to the file of the CA that signed it"
    if "certificate required" in text or "bad certificate" in text or "bad_certificate" in text:
        return "it asks for a client certificate; set NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY"
    if "wrong_version_number" in text or "record layer" in text:
        return "it doesn't speak TLS; write its address as http://"
    return f"TLS failed: {problem}; check NOMAD_CACERT and NOMAD_ADDR"
