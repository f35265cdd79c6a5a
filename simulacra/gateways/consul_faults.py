"""What went wrong with Consul, as the failures that people are told of. No message holds the token."""

from __future__ import annotations

import re

import requests
from consul import base

from simulacra.faults import Fault, Refusal, Unreachable
from simulacra.gateways.nomad_faults import Transient
from simulacra.gateways.nomad_settings import Settings


def consul_fault(problem: Exception, settings: Settings, what: str) -> Fault:
    """The failure behind python-consul2's or the connection's."""
    if isinstance(problem, base.ACLPermissionDenied):
        return Refusal(_denied(settings, what))
    if isinstance(problem, base.ConsulException):
        text = _without_token(str(problem), settings)
        if text.startswith(("5", "429")):
            return Transient(_unreachable(settings, text, "see its log"), untouched=True)
        return Refusal(f"Consul at {settings.address} refuses ({what}): {text}")
    if isinstance(problem, requests.exceptions.SSLError):
        return Unreachable(_unreachable(settings, _of_tls(problem), "check CONSUL_CACERT and CONSUL_HTTP_ADDR"))
    if isinstance(problem, requests.exceptions.Timeout):
        return Transient(_unreachable(settings, "it doesn't answer", "see that it is up, and the overlay between you"), untouched=True)
    if isinstance(problem, requests.exceptions.ConnectionError):
        return Transient(_unreachable(settings, _reason(str(problem))), untouched=True)
    if isinstance(problem, requests.exceptions.InvalidHeader):
        # its text holds the token as it was written
        return Refusal("CONSUL_HTTP_TOKEN holds characters that no token has: set it anew")
    if isinstance(problem, requests.exceptions.RequestException):
        return Unreachable(_unreachable(settings, f"{type(problem).__name__}: {_without_token(str(problem), settings)}"))
    return Unreachable(_unreachable(settings, "what answers there isn't Consul's API"))


def _denied(settings: Settings, what: str) -> str:
    if settings.token is None:
        return f"Consul at {settings.address} asks for a token ({what}): set CONSUL_HTTP_TOKEN"
    return f"the token lacks the right to {what}, or isn't valid any more: set CONSUL_HTTP_TOKEN to one whose policy has it"


def _unreachable(settings: Settings, why: str, todo: str = "check CONSUL_HTTP_ADDR or the address in consul {}") -> str:
    return f"Consul at {settings.address} can't be reached: {why}; {todo}"


def _without_token(text: str, settings: Settings) -> str:
    line = " ".join(text.split())[:300]
    return line.replace(settings.token, "…") if settings.token else line


def _reason(text: str) -> str:
    if "Name or service not known" in text or "NameResolutionError" in text or "nodename nor servname" in text:
        return "its name can't be resolved"
    found = re.search(r"\[Errno -?\d+\] ([\w ]+)", text)
    return found[1].lower() if found is not None else "the connection broke off"


def _of_tls(problem: Exception) -> str:
    text = str(problem).lower()
    if "doesn't match" in text or "mismatch" in text:
        return "its certificate is for another name (CONSUL_TLS_SERVER_NAME says which: server.DATACENTER.consul for Consul's own)"
    if "certificate_verify_failed" in text:
        return "its certificate isn't signed by a CA known here, or isn't valid now"
    if "certificate required" in text or "bad certificate" in text or "bad_certificate" in text:
        return "it asks for a client certificate (CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY)"
    if "wrong_version_number" in text or "record layer" in text:
        return "it doesn't speak TLS; write its address as http://"
    return f"TLS failed: {problem}"
