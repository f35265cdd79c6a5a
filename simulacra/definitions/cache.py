"""What was read from files before, kept by content: a file that hasn't changed isn't parsed again.

One JSON file a grid folder, in the user's cache folder; a cache that can't be read or written is no cache, never an error.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """``SIMULACRA_CACHE_DIR``, else the user's cache folder as the XDG base directories have it."""
    own = os.environ.get("SIMULACRA_CACHE_DIR")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "simulacra"


_DECISIVE = ("model", "hcl", "definitions", "render", "observe", "plan")
"""The packages that what is remembered depends on."""


@cache
def code_version() -> str:
    """Changes with anything that decides what definitions become or what is said of them: our own modules and python-hcl2."""
    from importlib.util import find_spec

    package, parser = Path(__file__).resolve().parent.parent, find_spec("hcl2")
    modules = [path for folder in _DECISIVE for path in sorted((package / folder).rglob("*.py"))]
    if parser is not None and parser.origin is not None:
        modules.append(Path(parser.origin))
    stamps = [f"{path}:{entry.st_size}:{entry.st_mtime_ns}" for path in modules for entry in (path.stat(),)]
    return digest(os.fsencode("\n".join(stamps)))


def digest(content: bytes) -> str:
    """A short name for some content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def cache_file(folder: Path, what: str) -> Path:
    """Where a folder's cache of some kind stands."""
    return cache_folder() / f"{what}-{digest(os.fsencode(folder.resolve()))}.json"


def read_cache(path: Path) -> dict[str, Any]:
    """What was written last by this very version of the code; empty where there is none."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data["entries"] if isinstance(data, dict) and data.get("version") == code_version() else {}


def write_cache(path: Path, entries: dict[str, Any]) -> None:
    """Replace the cache as a whole; a folder that can't be written to is let be."""
    text = json.dumps({"version": code_version(), "entries": entries}, ensure_ascii=False, separators=(",", ":"))
    with suppress(OSError, UnicodeEncodeError):  # the name of a folder needn't be Unicode
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-", delete=False, encoding="utf-8") as file:
            file.write(text)
        Path(file.name).replace(path)
