"""Nomad's access policies, right by right: what a policy's text grants, and the same policy without one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.hcl.syntax import Attribute, Body, parse
from simulacra.hcl.values import Literal

LESS = {"write": "read", "read": "deny"}
"""What is left of a coarse policy when its right is taken away."""


@dataclass(frozen=True, slots=True)
class Right:
    """``where``: the blocks that it stands in, as ``namespace *``; ``name``: a capability, or a coarse policy's word."""

    where: str
    name: str

    def __str__(self) -> str:
        return f"{self.where}: {self.name}"


def rights(text: str) -> tuple[Right, ...]:
    """All that the policy grants, in its order."""
    return tuple(Right(where, name) for where, attribute in _attributes(parse(text), ()) for name in _names(attribute))


def without(text: str, right: Right) -> str:
    """The policy without that right; one that isn't in it is a mistake of the test's."""
    for where, attribute in _attributes(parse(text), ()):
        names = _names(attribute)
        if where == right.where and right.name in names:
            start, end = attribute.expression
            left = [f'"{name}"' for name in names if name != right.name]
            return text[:start] + (f"[{', '.join(left)}]" if attribute.name == "capabilities" else f'"{LESS[right.name]}"') + text[end:]
    raise AssertionError(f"the policy has no right {right}")


def _attributes(body: Body, where: tuple[str, ...]) -> Iterator[tuple[str, Attribute]]:
    yield from ((" ".join(where), it) for it in body.attributes)
    for block in body.blocks:
        yield from _attributes(block.body, (*where, block.type, *block.labels))


def _names(attribute: Attribute) -> tuple[str, ...]:
    value = attribute.value
    assert isinstance(value, Literal)
    found = value.value if isinstance(value.value, tuple) else (value,)
    return tuple(str(it.value) for it in found if isinstance(it, Literal))
