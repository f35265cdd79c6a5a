"""What went wrong with Consul, as the failures that people are told of. No message holds the token."""

from __future__ import annotations

import requests
from consul import base

from simulacra.faults import Fault, Refusal
from simulacra.gateways.connection_faults import Server, Transient, connection_fault, without_token
from simulacra.gateways.nomad_settings import Settings

CONSUL = Server("Consul", address="CONSUL_HTTP_ADDR", token="CONSUL_HTTP_TOKEN", certified="server.DATACENTER.consul")
LONGEST = 300
"""So many characters of what Consul says are told."""


def consul_fault(problem: Exception, settings: Settings, what: str) -> Fault:
    """The failure behind python-consul2's or the connection's."""
    if isinstance(problem, base.ACLPermissionDenied):
        return Refusal(CONSUL.denied(settings, what))
    if isinstance(problem, base.ConsulException):
        text = without_token(" ".join(str(problem).split())[:LONGEST], settings)
        if text.startswith(("5", "429")):
            return Transient(CONSUL.unreachable(settings, text, "see its log"), untouched=True)
        return Refusal(f"Consul at {settings.address} refuses ({what}): {text}")
    if isinstance(problem, requests.exceptions.RequestException):
        return connection_fault(problem, CONSUL, settings)
    return CONSUL.foreign(settings)
