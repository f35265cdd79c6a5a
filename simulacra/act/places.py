"""What Nomad's parser says of a jobspec, at the places of the definitions that the text came from."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulacra.model.source import Source

Origin = Callable[[str, int], Source | None]
"""Where a line of a service's jobspec stands in the definitions, by the service's name; None for what isn't written there."""

_FILE = re.compile(r"\b(?:input\.hcl|stdin):(?=[0-9]+,[0-9]+-)")
"""How Nomad's server and its program call a text that comes without a name."""


def at_their_places(said: str, service: str, source: Source, origin: Origin | None) -> tuple[tuple[Source, str], ...]:
    """Each thing that is wrong, with its place: the definition's line where the text is from there, else ``source``, the service's own.

    The words go on naming the rendered file's lines, where the columns fit. What names no line at all is one thing.
    """
    named = _FILE.sub(f"jobspecs/{service}.nomad.hcl:", said)
    starts = re.compile(rf"jobspecs/{re.escape(service)}\.nomad\.hcl:([0-9]+),[0-9]+-[0-9,]+: ")
    found = list(starts.finditer(named))
    if not found:
        return ((source, named),)
    head = named[: found[0].start()]
    ends = [*(it.start() for it in found[1:]), len(named)]
    places = [(origin(service, int(it[1])) if origin is not None else None) or source for it in found]
    return tuple((place, head + named[it.start() : end].rstrip()) for place, it, end in zip(places, found, ends, strict=True))
