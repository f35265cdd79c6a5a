"""What went wrong with Nomad, as the failures that people are told of."""

from __future__ import annotations

import requests

from simulacra.faults import Denied, Fault, Refusal, Unreachable
from simulacra.gateways.connection_faults import Server, Transient, connection_fault
from simulacra.gateways.nomad_settings import Settings

NOMAD = Server("Nomad", address="NOMAD_ADDR", token="NOMAD_TOKEN", certified="server.REGION.nomad")

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


class Conflict(Refusal):
    """Somebody changed it since it was looked at; nothing was written."""


class NotThere(Fault):
    """Nomad has nothing of that name."""


def fault_of(problem: requests.Response | requests.exceptions.RequestException, settings: Settings, what: str) -> Fault:
    """The failure behind python-nomad's: ``problem`` is the answer, or the exception that came instead of one."""
    if isinstance(problem, requests.Response):
        return _of_answer(problem.status_code, problem.text.strip(), settings, what)
    return connection_fault(problem, NOMAD, settings)


def _of_answer(status: int, text: str, settings: Settings, what: str) -> Fault:
    if "ACL token not found" in text:
        return Denied(f"Nomad at {settings.address} doesn't know the token: set {NOMAD.token} to one that is valid")
    if status == 403:
        return Denied(NOMAD.denied(settings, what))
    if status == 404:
        return NotThere(f"Nomad at {settings.address} has none: {what} ({text})")
    if status == 429:
        return Transient(NOMAD.unreachable(settings, "it is asked too much at once (429)", "try again later"), untouched=True)
    if status == 409:
        return Conflict(f"{what}: somebody changed it meanwhile")
    if "conflicting job modify index" in text or "Enforcing job modify index" in text:
        return Conflict(f"{what}: somebody changed it meanwhile ({text}); look at `simulacra plan` and run again")
    if "No cluster leader" in text:
        return Transient(NOMAD.unreachable(settings, text, "see that more than half of its servers are up"), untouched=True)
    if "No path to region" in text:
        help_ = "see that its servers are up, and that NOMAD_REGION, or region in nomad {}, names their region"
        return Transient(NOMAD.unreachable(settings, text, help_), untouched=True)
    if "keyring has not been initialized" in text:
        return Transient(NOMAD.unreachable(settings, "its servers have just begun", "try again in a moment"), untouched=True)
    if "HTTP request to an HTTPS server" in text:
        return Unreachable(NOMAD.unreachable(settings, "it speaks TLS", "write its address as https://"))
    if "ACL support disabled" in text:
        return NotThere(text)
    if status in (502, 503, 504) or _between_servers(text):
        return Transient(NOMAD.unreachable(settings, f"{status} {text}", "see its log"), untouched=False)
    reason = text.rpartition("rpc error: ")[2]
    return Refusal(f"Nomad refuses ({what}): {reason or status}")


def _between_servers(text: str) -> bool:
    """Whether an answer tells of trouble between Nomad's agents; else an "rpc error" is a refusal that another server sent back."""
    return any(sign in text.lower() for sign in BETWEEN_SERVERS)
