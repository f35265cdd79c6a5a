"""What goes wrong with a cloud's provider, as the failures that people are told of. No message holds a credential."""

from __future__ import annotations

import re

import requests

from simulacra.faults import Denied, Fault, Refusal, Unreachable, Usage
from simulacra.gateways.cloud_settings import Login
from simulacra.gateways.connection_faults import Transient, reason_of
from simulacra.model.cloud import Cloud

LONGEST = 300
"""So many characters of what a provider says are told."""

_CREDENTIALS = re.compile(r"AuthFailure|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|Unauthorized\b|Unable to auth", re.I)
_RIGHT = re.compile(r"UnauthorizedOperation|AccessDenied|OptInRequired|Forbidden", re.I)
_QUOTA = re.compile(
    r"InstanceLimitExceeded|LimitExceeded|quota|droplet limit|account.?limit|reached.*\blimit|exceed.*\blimit|InsufficientInstanceCapacity"
    r"|InsufficientFreeAddresses|No valid host|out of (stock|capacity)",
    re.I,
)
_THROTTLED = re.compile(r"RequestLimitExceeded|Throttling|rate.?limit", re.I)
_IMAGE = re.compile(r"InvalidAMIID|\bimage\b.*(not|invalid|unavailable|does)|(not|invalid).*\bimage\b|imageRef", re.I)
_CODE = re.compile(r"\b(?:Status code|code): (\d{3})\b", re.I)
_GONE = re.compile(r"InvalidInstanceID")


CREATE, DESTROY, LIST, SIZES = "create servers", "destroy servers", "list servers", "list sizes"
"""What is asked of a provider, for messages."""


class Exhausted(Refusal):
    """The provider gives no server now: the account's quota is used up, or it has none of that size left."""


class Gone(Refusal):
    """There is no such server, or not any more."""


def cloud_fault(problem: Exception, cloud: Cloud, login: Login, where: str, what: str) -> Fault:
    """The failure behind libcloud's or the connection's; ``where`` is the API's place, ``what`` was to be done."""
    from libcloud.common.exceptions import BaseHTTPError
    from libcloud.common.types import InvalidCredsError, MalformedResponseError

    words = _Words(cloud, login, where)
    if isinstance(problem, requests.exceptions.RequestException):
        return _of_connection(problem, words)
    if isinstance(problem, OSError):
        return Transient(words.unreachable(reason_of(login.hidden(str(problem)))), untouched=False)
    if isinstance(problem, MalformedResponseError):
        return Transient(words.unreachable(f"what answers there isn't {cloud.provider}'s API"), untouched=False)
    text = login.hidden(" ".join(str(problem).split()))[:LONGEST]
    code = problem.code if isinstance(problem, BaseHTTPError) else _code_in(text)
    text = text or (f"it answers {code} without a word" if code is not None else type(problem).__name__)
    if isinstance(problem, InvalidCredsError) and not (_RIGHT.search(text) or _QUOTA.search(text)):
        return Denied(words.denied())
    return _of_answer(text, code, words, what)


def _code_in(text: str) -> int | None:
    """The answer's code, where the driver tells it in words only."""
    found = _CODE.search(text)
    return int(found[1]) if found is not None else None


class _Words:
    """The sentences, for one cloud."""

    def __init__(self, cloud: Cloud, login: Login, where: str) -> None:
        self.cloud, self.login, self._where = cloud, login, where

    def unreachable(self, why: str) -> str:
        at = f"its endpoint {self._where}" if self.cloud.endpoint is not None else f"region {self.cloud.region} and the way to the internet"
        return f'cloud "{self.cloud.name}": {self.cloud.provider} at {self._where} can\'t be reached: {why}; check {at}'

    def denied(self) -> str:
        named = " and ".join(self.login.variables)
        return f'cloud "{self.cloud.name}": {self.cloud.provider} doesn\'t take the credentials of {named}: set valid ones'

    def refused(self, text: str, todo: str) -> str:
        return f'cloud "{self.cloud.name}": {self.cloud.provider} refuses: {text}: {todo}'


def _of_connection(problem: requests.exceptions.RequestException, words: _Words) -> Fault:
    # their own texts hold the address asked for, signature and all: never told
    if isinstance(problem, requests.exceptions.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" in str(problem):
            return Unreachable(words.unreachable("its certificate isn't valid, or signed by a CA unknown here (SSL_CERT_FILE names one)"))
        return Unreachable(words.unreachable("TLS failed: it doesn't speak it, or not with us"))
    if isinstance(problem, requests.exceptions.ConnectTimeout):
        return Transient(words.unreachable("it doesn't answer"), untouched=True)
    if isinstance(problem, requests.exceptions.Timeout):
        return Transient(words.unreachable("it doesn't answer in time"), untouched=False)
    if isinstance(problem, requests.exceptions.InvalidHeader):
        named = " or ".join(words.login.variables)
        return Usage(f'cloud "{words.cloud.name}": {named} holds characters that no credential has: set it anew')
    text = str(problem)
    known = reason_of(text)
    refused = "NewConnectionError" in text or "NameResolutionError" in text
    return Transient(words.unreachable(known if known != text else "the connection broke off"), untouched=refused)


def _of_answer(text: str, code: int | None, words: _Words, what: str) -> Fault:
    """What the provider itself says."""
    cloud = words.cloud
    if _THROTTLED.search(text) or code == 429:
        return Transient(words.refused(text, "it is asked too often; wait a little"), untouched=True)
    if _QUOTA.search(text):  # some say so with 403
        return Exhausted(words.refused(text, "destroy servers, ask the provider for more, or name another size"))
    if _RIGHT.search(text) or code == 403:
        return Denied(words.refused(text, f"give the account of {' and '.join(words.login.variables)} the right to {what}"))
    if _CREDENTIALS.search(text) or code == 401:
        return Denied(words.denied())
    if _IMAGE.search(text):
        return Usage(words.refused(text, f"correct `image` ({cloud.image}) at {cloud.source}: images differ from region to region"))
    if code is not None and code >= 500:
        return Transient(words.unreachable(f"it answers {code}: {text}"), untouched=False)
    if _GONE.search(text) or (code == 404 and what == DESTROY):
        return Gone(words.refused(text, "look again with `simulacra clouds`"))
    return Refusal(words.refused(text, f"it was to {what}; see that region, sizes, image and options are the provider's ({cloud.source})"))
