"""``simulacra import``: services of a Docker Compose file as definitions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import DIFFERENT, grid_folder, say_error
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.importing.compose import Imported
    from simulacra.importing.notes import Note
    from simulacra.importing.project import Settings

STANDARD_INPUT = Path("-")
FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""What Compose itself looks for, in this order."""
OVERRIDES = ("compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml", "docker-compose.override.yml")

File = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE|-]", help="A Compose file, or - for standard input; default: as Compose, compose.yaml here."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where to; default: `services` in the folder of --grid.", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; print the definitions.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1, and write nothing, if anything had to be left out.")]
Machine = Annotated[
    str | None,
    typer.Option(
        "--machine",
        metavar="NAME",
        help="Services with data or devices on a machine stay on this one.",
        show_default=False,
        autocompletion=completion.machines,
    ),
]
Prefix = Annotated[
    str, typer.Option("--prefix", metavar="TEXT", help="Goes before each service's name, as in cloud-db.", show_default=False)
]
Profile = Annotated[
    list[str] | None, typer.Option("--profile", metavar="NAME", help="Services of this profile, too; several times for several.")
]
EnvFile = Annotated[
    list[str] | None,
    typer.Option("--env-file", metavar="FILE", help="Variables for the Compose file; default: .env beside it.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("import")(import_file)


def import_file(
    context: typer.Context,
    file: File = None,
    out: Out = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    machine: Machine = None,
    prefix: Prefix = "",
    profile: Profile = None,
    env_file: EnvFile = None,
) -> None:
    """Make definitions of the services in a Docker Compose file; names each line that they don't carry as it stands there.

    The notes go to standard error, each with its line and what to do. Files that are there are never overwritten, and the grid is
    checked with the new definitions in it before anything is written.
    """
    from simulacra.cli.import_files import check_machine, place_files, write_new
    from simulacra.cli.import_text import definition_texts
    from simulacra.importing.compose import import_compose

    path = file if file is not None else _found()
    settings = _settings(path, machine, prefix, frozenset(profile or ()), tuple(str(Path(it).absolute()) for it in env_file or ()))
    check_machine(grid_folder(context), machine)
    imported = import_compose(_content(path), settings)
    texts = definition_texts(imported.definitions, settings.file)
    placed = {} if dry_run else place_files(grid_folder(context), out, texts)
    _tell(imported, settings.file, path)
    if strict and any(note.lost for note in imported.notes):
        raise typer.Exit(DIFFERENT)
    if dry_run:
        typer.echo("\n".join(texts.values()), nl=False)
    for written in write_new(placed):
        typer.echo(str(written))


def _found() -> Path:
    found = next((Path(name) for name in FILES if Path(name).is_file()), None)
    if found is None:
        raise Usage(f"there is no {FILES[0]} here (nor {', '.join(FILES[1:])}): name the file, as in `simulacra import stack.yaml`")
    return found


def _settings(path: Path, machine: str | None, prefix: str, profiles: frozenset[str], env_files: tuple[str, ...]) -> Settings:
    import os

    from simulacra.importing.project import Settings

    name = _name(path)
    if not name.isprintable():
        raise Usage(f"the name of the file {name!r} holds characters that can't be shown: rename it")
    folder = Path.cwd() if path == STANDARD_INPUT else path.absolute().parent
    return Settings(name, str(folder), str(Path.home()), _bytes, dict(os.environ), env_files, profiles, prefix, machine)


def _content(path: Path) -> str:
    try:
        raw = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise Usage(f"{_name(path)}: {error.strerror}: it can't be read") from None
    except UnicodeDecodeError as error:
        raise Usage(f"{_name(path)}: isn't UTF-8 text (byte {error.start}): save it as UTF-8") from None


def _name(path: Path) -> str:
    """What messages call the Compose file."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def _bytes(path: str) -> bytes | None:
    """A file that the Compose file names; None where there is none. Raises `Usage` for one that can't be read."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise Usage(f"{path}: {error.strerror}: it can't be read") from None


def _tell(imported: Imported, file: str, path: Path) -> None:
    for note in imported.notes:
        say_error(f"{file}:{note.line}: {note}")
    if path != STANDARD_INPUT:
        for name in OVERRIDES:
            if path.name in FILES and (path.parent / name).is_file():
                say_error(f"{path.parent / name}: not read: merge it first: `docker compose config | simulacra import -`")
    say_error(_summary(imported.notes, len(imported.definitions)))


def _summary(notes: Sequence[Note], services: int) -> str:
    lost = sum(note.lost for note in notes)
    counted = f"{services} service{'' if services == 1 else 's'}"
    if not notes:
        return f"{counted}; everything was carried over"
    return f"{counted}; told above: {lost} left out, {len(notes) - lost} carried over differently"
