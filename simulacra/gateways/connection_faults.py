"""What goes wrong on the way to Nomad or Consul, as the failures that people are told of. No message holds the token."""

from __future__ import annotations

import re
from dataclasses import dataclass

import requests

from simulacra.faults import Fault, Refusal, Unreachable
from simulacra.gateways.nomad_settings import Settings


class Transient(Unreachable):
    """May pass by itself. ``untouched``: the request surely wasn't carried out, so that even a write may be repeated."""

    def __init__(self, text: str, *, untouched: bool) -> None:
        super().__init__(text)
        self.untouched = untouched


@dataclass(frozen=True, slots=True)
class Server:
    """What people call it: by name, by the variables that lead to it, and by the name in the certificates that it makes itself."""

    name: str
    address: str
    token: str
    certified: str

    @property
    def prefix(self) -> str:
        """How the names of its other variables begin."""
        return self.name.upper()

    def unreachable(self, settings: Settings, why: str, todo: str | None = None) -> str:
        """One line; ``todo`` is what may help, by default to look at the address."""
        todo = f"check {self.address} or the address in {self.name.lower()} {{}}" if todo is None else todo
        return f"{self.name} at {settings.address} can't be reached: {without_token(why, settings)}; {todo}"

    def foreign(self, settings: Settings) -> Unreachable:
        """Something is at the address, but it doesn't answer as this server does."""
        return Unreachable(self.unreachable(settings, f"what answers there isn't {self.name}'s API"))

    def denied(self, settings: Settings, what: str) -> str:
        """One line about a request that the token gives no right to, or that asks for a token."""
        if settings.token is None:
            return f"{self.name} at {settings.address} asks for a token ({what}): set {self.token}"
        todo = f"give its policy that right, or set {self.token} to one that has it"
        return f"the token lacks the right to {what}, or isn't valid any more: {todo}"


def connection_fault(problem: requests.exceptions.RequestException, server: Server, settings: Settings) -> Fault:
    """The failure behind what came instead of an answer."""
    if isinstance(problem, requests.exceptions.SSLError):
        return Unreachable(server.unreachable(settings, *_of_tls(problem, server)))
    if isinstance(problem, requests.exceptions.ConnectTimeout):
        return Transient(
            server.unreachable(settings, "it doesn't answer", "see that it is up, and the overlay between you"), untouched=True
        )
    if isinstance(problem, requests.exceptions.Timeout):
        todo = "see that it isn't overloaded, and the overlay is up"
        return Transient(server.unreachable(settings, "it doesn't answer in time", todo), untouched=False)
    if isinstance(problem, requests.exceptions.ConnectionError):
        refused = "NewConnectionError" in str(problem) or "NameResolutionError" in str(problem)
        return Transient(server.unreachable(settings, reason_of(str(problem))), untouched=refused)
    if isinstance(problem, requests.exceptions.ChunkedEncodingError):
        return Transient(server.unreachable(settings, "the connection broke off"), untouched=False)
    if isinstance(problem, requests.exceptions.InvalidJSONError):
        return server.foreign(settings)
    if isinstance(problem, requests.exceptions.InvalidHeader):
        return Refusal(f"{server.token} holds characters that no token has: set it anew")  # its own text holds the token as it was written
    return Unreachable(server.unreachable(settings, f"{type(problem).__name__}: {problem}"))


def without_token(text: str, settings: Settings) -> str:
    """The text with the token left out, wherever it stands in it."""
    return text.replace(settings.token, "…") if settings.token else text


def reason_of(text: str) -> str:
    """What a failed connection's text says, in few words."""
    if "Name or service not known" in text or "NameResolutionError" in text or "nodename nor servname" in text:
        return "its name can't be resolved"
    found = re.search(r"\[Errno -?\d+\] ([\w ]+)", text)
    if found is not None:
        return found[1].lower()
    return "the connection broke off" if "aborted" in text.lower() or "reset" in text.lower() else text


def _of_tls(problem: Exception, server: Server) -> tuple[str, str]:
    """What is wrong, and what to do."""
    text, prefix = str(problem).lower(), server.prefix
    if "doesn't match" in text or "mismatch" in text:
        own = f"{server.certified} for {server.name}'s own certificates"
        return "its certificate is for another name", f"set {prefix}_TLS_SERVER_NAME ({own})"
    if "certificate has expired" in text or "not yet valid" in text:
        return "its certificate isn't valid now", "renew it, or set this machine's clock"
    if "certificate_verify_failed" in text:
        return "its certificate isn't signed by a CA known here", f"set {prefix}_CACERT to the file of the CA that signed it"
    if "certificate required" in text or "bad certificate" in text or "bad_certificate" in text:
        return "it asks for a client certificate", f"set {prefix}_CLIENT_CERT and {prefix}_CLIENT_KEY"
    if "wrong_version_number" in text or "record layer" in text:
        return "it doesn't speak TLS", "write its address as http://"
    return f"TLS failed: {problem}", f"check {prefix}_CACERT and {server.address}"
