"""A trace from a file; its suffix says the format."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from simulacra.faults import Usage
from simulacra.simulate.csv_trace import from_csv
from simulacra.simulate.swf import from_swf
from simulacra.simulate.trace import Trace

_FORMATS: Mapping[str, Callable[[str, str, str], Trace]] = MappingProxyType({".swf": from_swf, ".csv": from_csv})
_PACKED = ".gz"
_BOM = "\ufeff"
"""What spreadsheets put before a text; it means nothing."""


def read_trace(path: Path) -> Trace:
    """The jobs in a file that ends in .swf or .csv, or in one of these and .gz; the trace is called as the file is, without that ending.

    Raises `Usage` for a file that can't be read, or holds no job that can be simulated.
    """
    file = str(path) if str(path).isprintable() else repr(str(path))
    if _is_folder(path):
        raise Usage(f"{file}: is a folder: name a file in it that ends in .swf, .swf.gz, .csv or .csv.gz")
    stem, packed = _without(path.name, _PACKED)
    ending = next((it for it in _FORMATS if _without(stem, it)[1]), None)
    if ending is None:
        said = "can't tell its format: a trace's file ends in .swf (Standard Workload Format), .csv, .swf.gz or .csv.gz"
        raise Usage(f"{file}: {said}")
    content = _content(path, file)
    text = _text(_unpacked(content, file) if packed else content, file)
    trace = _FORMATS[ending](text, _without(stem, ending)[0], file)
    if not trace.jobs:
        reasons = "; ".join(f"{count} left out: {reason}" for reason, count in trace.left_out)
        raise Usage(f"{file}: has no job that can be simulated{f' ({reasons})' if reasons else ''}: name another file")
    return trace


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a folder above that can't be entered, a name that is too long: reading it tells
        return False


def _without(name: str, ending: str) -> tuple[str, bool]:
    """The name without its ending, and whether it has it, in small or large letters."""
    return (name[: -len(ending)], True) if name.lower().endswith(ending) else (name, False)


def _content(path: Path, file: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Usage(f"{file}: there is no such file: name one that is there") from None
    except (OSError, ValueError) as problem:  # the latter for names that no file can have
        raise Usage(f"{file}: can't be read ({getattr(problem, 'strerror', None) or problem}): make it readable, or name another") from None


def _unpacked(content: bytes, file: str) -> bytes:
    try:
        return gzip.decompress(content)
    except EOFError:
        raise Usage(f"{file}: ends before its compressed content does: get a whole copy of it") from None
    except (gzip.BadGzipFile, zlib.error) as problem:
        said = "get a whole copy of it, or take .gz off its name if it isn't compressed"
        raise Usage(f"{file}: isn't what gzip writes ({problem}): {said}") from None


def _text(content: bytes, file: str) -> str:
    try:
        return content.decode().removeprefix(_BOM)
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise Usage(f"{file}:{line}: isn't UTF-8: save it in that encoding") from None
