"""Strings and other plain values as HCL text."""

from __future__ import annotations

import re

from simulacra.hcl.strings import unfaithful

_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\x9f]|\$\{|%\{')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "${": "$${", "%{": "%%{"}


class Unquotable(ValueError):
    """No HCL literal arrives as exactly this string; the message reads on after the name of the string: "holds …"."""


def quote(value: str) -> str:
    """The HCL literal that HashiCorp's parser reads back as exactly this string; `Unquotable` if there is none."""
    if reason := unfaithful(value):
        raise Unquotable(reason)
    return f'"{_TO_ESCAPE.sub(_escape, value)}"'


def literal(value: str | float | tuple[str | float, ...]) -> str:
    """The HCL literal of a string, a number, true or false, or a list of them; `Unquotable` as `quote`."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value == int(value) else str(value)


def _escape(found: re.Match[str]) -> str:
    written = found.group()
    return _SHORT.get(written) or f"\\u{ord(written):04x}"
