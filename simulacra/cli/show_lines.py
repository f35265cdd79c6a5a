"""Lines on standard output: coloured on a terminal, plain and never folded elsewhere."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

NEVER_FOLDED = 10_000


def stdout() -> Console:
    """Standard output; where it isn't a terminal nobody folds lines, so that they can be searched."""
    return Console() if sys.stdout.isatty() else Console(width=NEVER_FOLDED)


def say(console: Console, text: str | Text, style: str = "") -> None:
    """One line as it is: not folded, no markup read into it."""
    console.print(text if isinstance(text, Text) else Text(text, style=style), soft_wrap=True, highlight=False)
