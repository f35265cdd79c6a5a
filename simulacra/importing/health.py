"""`healthcheck` as a check of Nomad's own services, which ask over HTTP or try to connect, and run no commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulacra.importing.amounts import duration, seconds
from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Health, Opening, Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import items, mapping, text, truth, unknown_keys
from simulacra.importing.stanzas import Attribute, Block, given
from simulacra.importing.stanzas import text as string
from simulacra.importing.tree import Items, Map, Node

KEYS = ("healthcheck",)

_KEYS = ("disable", "interval", "retries", "test", "timeout", "start_period", "start_interval")
_LEAST_S = 1.0
_HIGHEST_PORT = 65535
_INTERVAL_S = _TIMEOUT_S = 30.0
"""Compose's own."""
_URL = re.compile(r"(?P<scheme>https?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^\s'\"|;&)]*)?")
_FAILS = re.compile(r"\bwget\b|\bcurl\b.*?\s(?:-[a-zA-Z]*f|--fail)")
"""Programs that fail where the answer is a failure, as Nomad's check does; curl needs to be told."""
_ASKS_OTHERWISE = re.compile(r"\s(?:-H|--header|-X|--request|-d|--data|--post-data)\b")
_CONNECTS = re.compile(r"\bnc\b[^|;&]*?\s(?:localhost|127\.0\.0\.1|0\.0\.0\.0)\s+(?P<port>[0-9]{1,5})")


def health(service: Composed) -> Piece:
    """The check, or that the image's own is switched off."""
    found = mapping(service.get("healthcheck"))
    if not found.pairs:
        return Piece()
    notes = list(unknown_keys(found, _KEYS))
    disable, test = found.get("disable"), found.get("test")
    command = _command(test) if test is not None else ""
    if (disable is not None and truth(disable)) or command is None:
        return Piece(config=(Block("healthchecks", (given("disable", True),)),), notes=tuple(notes))
    notes += _timing_notes(found)
    if test is None:
        return Piece(notes=(*notes, left_out(found, _IMAGES_OWN)))
    check = _check(found, test, command)
    return Piece(health=(check,), openings=tuple(_on_the_machine(service, check)), notes=tuple(notes))


_IMAGES_OWN = "what the image itself checks doesn't count for Nomad; write a `check` into a port"


def _command(test: Node) -> str | None:
    """The command as one line; None for none at all."""
    if not isinstance(test, Items):
        return text(test)
    words = [text(it) for it in items(test)]
    if words[:1] == ["NONE"]:
        return None
    if words[:1] not in (["CMD"], ["CMD-SHELL"]) or len(words) < 2:
        raise broken(test, "begins with CMD, CMD-SHELL or NONE, and a command behind it")
    return " ".join(words[1:])


def _check(found: Map, test: Node, command: str) -> Health:
    every = (
        string("interval", _duration(found.get("interval"), _INTERVAL_S)),
        string("timeout", _duration(found.get("timeout"), _TIMEOUT_S)),
    )
    url = _URL.search(command)
    port = int(url["port"] or (443 if url["scheme"] == "https" else 80)) if url else None
    port = port if port is not None and 1 <= port <= _HIGHEST_PORT else None
    if url is not None and port is not None and _FAILS.search(command) and not _ASKS_OTHERWISE.search(command):
        lines = (string("type", "http"), string("path", url["path"] or "/"), *_secured(url["scheme"]), *every)
        return Health(port, lines, left_out(test, _not_open(port)))
    connects = _CONNECTS.search(command)
    port = int(connects["port"]) if connects else port
    instead = () if connects else (differs(test, _INSTEAD, once=True),)
    return Health(port, (string("type", "tcp"), *every), left_out(test, _not_open(port) if port else _NO_PORT), instead)


def _on_the_machine(service: Composed, check: Health) -> Iterator[Opening]:
    """On the machine's own network the port is open at any rate; Nomad must know it to ask there."""
    mode = service.get("network_mode")
    if check.port is not None and mode is not None and text(mode) == "host":
        yield Opening(check.port, check.port)


def _not_open(port: int) -> str:
    return f"the port {port} isn't opened, so Nomad can't ask there: add it to `ports`"


_NO_PORT = "Nomad runs no command to check a service, and there is no port to connect to"
_INSTEAD = "Nomad runs no command to check a service: it tries to connect to the port instead"


def _secured(scheme: str) -> Iterator[Attribute]:
    """No certificate is for the address that Nomad asks at."""
    if scheme == "https":
        yield string("protocol", "https")
        yield given("tls_skip_verify", True)


def _duration(node: Node | None, default_s: float) -> str:
    return duration(max(_LEAST_S, seconds(node) if node is not None else default_s))


def _timing_notes(found: Map) -> Iterator[Note]:
    for key in ("retries", "start_period", "start_interval"):
        node = found.get(key)
        if node is not None:
            yield left_out(
                node,
                "Nomad counts no tries; a new instance has `healthy_deadline` in `update` to become healthy",
                once=True,
            )
    for key in ("interval", "timeout"):
        node = found.get(key)
        if node is not None and seconds(node) < _LEAST_S:
            yield differs(node, f"Nomad takes {_LEAST_S:g} s at least")
