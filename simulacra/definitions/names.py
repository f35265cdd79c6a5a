"""What a folder's definitions are called, read quickly, and of definitions that are broken too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulacra.definitions.folder import source_paths
from simulacra.hcl.lexer import CLOSING_QUOTE, IDENTIFIER, QUOTE, QUOTED_TEXT, tokenize
from simulacra.hcl.strings import unquote


def names_in(folder: Path, *kinds: str) -> tuple[str, ...]:
    """The names of all definitions of these kinds, ordered, each once; of a file that can't be read none.

    Raises `Usage` where there is no such folder, or one in it can't be looked into.
    """
    texts = (_text(folder / path) for path in source_paths(folder))
    return tuple(sorted({name for text in texts for kind, name in _labelled(text) if kind in kinds}))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _labelled(text: str) -> Iterator[tuple[str, str]]:
    """Type and label of every block with one label, however deep it stands: a brace that is missing hides nothing."""
    tokens = tokenize(text)
    kinds = [kind for kind, _, _ in tokens]
    for at, (kind, start, end) in enumerate(tokens):
        if kind != IDENTIFIER:
            continue
        if kinds[at + 1 : at + 5] == [QUOTE, QUOTED_TEXT, CLOSING_QUOTE, "{"]:
            _, begin, stop = tokens[at + 2]
            yield text[start:end], unquote(text[begin:stop])
        elif kinds[at + 1 : at + 3] == [IDENTIFIER, "{"]:
            _, begin, stop = tokens[at + 1]
            yield text[start:end], text[begin:stop]
