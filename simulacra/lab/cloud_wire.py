"""How the lab's cloud is asked: one line of JSON there, one line back, through a socket in the lab's folder."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulacra.gateways.cloud_settings import STAND_IN
from simulacra.lab.ask import address

SOCKET = "cloud.sock"
LONGEST_LINE = 2**20
_CHUNK = 65536
_DRIVER = "simulacra.lab.cloud_driver:LabCloud"


class NotDone(Exception):
    """The cloud's answer is a no; ``code`` is HTTP's, as providers have it."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def stand_in_environment(folder: Path) -> dict[str, str]:
    """What lets all that simulacra does in the lab with that folder ask the lab's cloud, in the place of any provider."""
    return {STAND_IN: f"{_DRIVER}:{folder / SOCKET}"}


def ask_cloud(place: Path, request: Mapping[str, Any], timeout_s: float) -> Any:
    """What the cloud that listens there answers; raises `NotDone`, or `OSError` where no answer comes."""
    with address(place.parent, place.name) as where, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.settimeout(timeout_s)
        made.connect(where)
        made.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while more := made.recv(_CHUNK):
            answer += more
    if not answer.endswith(b"\n"):
        raise ConnectionResetError("the connection broke off")
    said = json.loads(answer)
    if "refused" in said:
        raise NotDone(*said["refused"])
    return said["done"]
