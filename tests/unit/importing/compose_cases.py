"""Compose files as people have them, and what they become: ``compose/NAME`` holds the file, what it reads, the definitions and the notes.

Run as a program it writes the definitions and notes anew: look through the difference.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from simulacra.cli.import_text import definition_texts
from simulacra.importing.compose import Imported, import_compose
from simulacra.importing.project import Settings

CASES = Path(__file__).parent / "compose"
EXPECTED, NOTES = "expected.hcl", "notes.txt"
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "stack.yml")
OPTIONS = {
    "gitea": {"machine": "nas"},
    "home_assistant": {"profiles": frozenset({"automation"})},
    "nextcloud": {"prefix": "cloud-"},
}


def settings(text: str | Path = "", **options: object) -> Settings:
    """Settings of a file in /srv/stack, beside which there are the files of a folder, or one with this text."""

    def read(path: str) -> bytes | None:
        if isinstance(text, str):
            return text.encode() if text and path == "/srv/stack/web.env" else None
        there = text / Path(path).name
        return there.read_bytes() if path == f"/srv/stack/{there.name}" and there.is_file() else None

    return replace(Settings("compose.yaml", "/srv/stack", "/home/me", read), **options)


def import_case(folder: Path) -> Imported:
    """What becomes of a case's file."""
    file = next(folder / name for name in NAMES if (folder / name).exists())
    return import_compose(file.read_text(), settings(folder, file=file.name, folder="/srv/stack", **OPTIONS.get(folder.name, {})))


def outcome(folder: Path) -> tuple[str, str]:
    """The definitions and the notes, as the command prints them."""
    imported = import_case(folder)
    file = next(name for name in NAMES if (folder / name).exists())
    notes = "".join(f"{file}:{note.line}: {note}\n" for note in imported.notes)
    return "\n".join(definition_texts(imported.definitions, file).values()), notes


if __name__ == "__main__":
    for case in sorted(CASES.iterdir()):
        text, said = outcome(case)
        (case / EXPECTED).write_text(text)
        (case / NOTES).write_text(said)
