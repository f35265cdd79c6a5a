"""Files within a jobspec: as heredocs that arrive as they are, in templates of Nomad's that fill nothing in."""

from __future__ import annotations

from simulacra.faults import Usage

DELIMITERS = ("[[[[", "]]]]")
"""Nomad's templates would begin at ``{{``, which a file may well contain; these must not occur in what is sent."""

END = "END_OF_FILE"
"""Ends the heredocs; no line of what is sent may be this."""


def in_heredoc(text: str, what: str) -> str:
    """Text that HashiCorp's parser reads back as exactly this from a heredoc, and that Nomad's templates leave alone.

    Raises `Usage` for what can't be sent so; ``what`` names it.
    """
    if any(delimiter in text for delimiter in DELIMITERS):
        raise Usage(f"{what} contains {' or '.join(DELIMITERS)}, which Nomad would take for a template: write it otherwise")
    if any(line.strip() == END for line in text.splitlines()):
        raise Usage(f"{what} has a line {END}, which would end it in the jobspec: write it otherwise")
    return escaped(text if text.endswith("\n") else text + "\n")


def escaped(text: str) -> str:
    """Text that HashiCorp's parser fills nothing in, where Nomad's templates are to."""
    return text.replace("${", "$${").replace("%{", "%%{")
