"""Strings as HCL text."""

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


def _escape(found: re.Match[str]) -> str:
    written = found.group()
    return _SHORT.get(written) or f"\\u{ord(written):04x}"
