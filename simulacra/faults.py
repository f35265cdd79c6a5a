"""The kinds of failure that people are told of. Each message says where, what is wrong, and what to do."""

from __future__ import annotations


class Fault(Exception):
    """Something that ends a command; its text is one clear line (or one line a problem)."""


class Refusal(Fault):
    """It could be done but isn't: a difference was found, or a safeguard holds (exit code 1)."""


class Denied(Refusal):
    """Whoever asks lacks the right to."""


class Usage(Fault):
    """Wrong usage or broken definitions (exit code 2)."""


class Unreachable(Fault):
    """Nomad (or another part of the grid) can't be reached (exit code 3)."""
