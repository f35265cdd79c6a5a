"""The agreement between the Nomad Autoscaler and a plugin that it starts.

Source: go-plugin 1.8.0 (``server.go``, docs/internals.md) and ``Handshake`` in nomad-autoscaler's ``plugins`` package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["apm", "target"]
NAMES: dict[Kind, str] = {"apm": "simulacra-apm", "target": "simulacra-target"}
"""What a plugin calls itself; it must be the name of its driver in the agent's configuration."""

COOKIE = "NOMAD_AUTOSCALER_PLUGIN_MAGIC_COOKIE"
COOKIE_VALUE = "e082fa04d587a6525d683666fa253d6afda00f20c122c54a80a3ed57fec99ff3"
CORE_VERSION, PLUGIN_VERSION = 1, 1
SERVICE = "plugin"
"""The service that go-plugin asks gRPC's health service for."""


def started_by_agent(environment: Mapping[str, str]) -> bool:
    """Whether a Nomad Autoscaler started this process as a plugin: it sets a variable to a value that nobody else would."""
    return environment.get(COOKIE) == COOKIE_VALUE


def by_hand(kind: Kind) -> str:
    """What somebody is told who starts a plugin themself."""
    return (
        f"{NAMES[kind]} is a plugin of the Nomad Autoscaler, which starts it by itself: run `nomad-autoscaler agent -config "
        "autoscaler/agent.hcl` where `simulacra render` has put that file"
    )


def line(socket: str) -> str:
    """The one line on standard output that tells the agent where the plugin listens; its last field is a certificate, here none."""
    return f"{CORE_VERSION}|{PLUGIN_VERSION}|unix|{socket}|grpc|\n"
