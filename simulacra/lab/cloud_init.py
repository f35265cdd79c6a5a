"""User data, read as far as the lab's servers need it. Nothing of it is run: their files are those of the machine that the lab is on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from simulacra.faults import Refusal

_NOMADS = PurePosixPath("/etc/nomad.d")
_PEER = re.compile(r"\b(?:tcp|tls|quic|ws|wss)://[^\s'\"]+")


@dataclass(frozen=True, slots=True)
class FirstBoot:
    """What a server does once it is up: ``nomad`` is the text of Nomad's configuration, a file each by its name, in the order that Nomad
    reads them; ``peers`` are whom it calls to be on the overlay.
    """

    nomad: tuple[tuple[str, str], ...]
    peers: tuple[str, ...]


def read_user_data(text: str) -> FirstBoot:
    """Raises `Refusal` where a server that is told so would never join a grid. Source of the format: cloud-init, ``write_files``."""
    if not text.startswith("#cloud-config\n"):
        raise Refusal("it doesn't begin with #cloud-config, so cloud-init lets it be")
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Refusal(f"it isn't YAML: {' '.join(str(error).split())}") from error
    files = told.get("write_files") if isinstance(told, dict) else None
    written = {PurePosixPath(it["path"]): _content(it) for it in files or ()}
    nomad = tuple((path.name, content) for path, content in sorted(written.items()) if _is_nomads(path))
    if not nomad:
        raise Refusal(f"it writes no configuration into {_NOMADS}")
    return FirstBoot(nomad, tuple(dict.fromkeys(peer for content in written.values() for peer in _PEER.findall(content))))


def _content(file: dict[str, Any]) -> str:
    if "encoding" in file:
        raise Refusal(f"{file['path']} is written as {file['encoding']}, which the lab doesn't read: write it as plain text")
    return str(file.get("content", ""))


def _is_nomads(path: PurePosixPath) -> bool:
    return path.parent == _NOMADS and path.suffix in (".hcl", ".json")
