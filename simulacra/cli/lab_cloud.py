"""``simulacra lab cloud``: let the lab's cloud misbehave, and set it right again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulacra.cli import completion
from simulacra.cli.context import print_json
from simulacra.cli.durations import seconds_of

if TYPE_CHECKING:
    from simulacra.lab.cloud_books import Mood

app = typer.Typer(help="The lab's cloud, which stands in for all providers: how it behaves.", no_args_is_help=True)

Name = Annotated[str, typer.Option("--name", help="The lab's name, where there is more than one.", autocompletion=completion.labs)]


@app.command("status")
def status_(name: Name = "lab", as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """How the cloud behaves now. Its servers are in `simulacra lab status`, and in `simulacra clouds` as a provider tells of them."""
    from dataclasses import asdict

    from simulacra.lab.cloud_switching import mood_of
    from simulacra.lab.lab import running

    mood = mood_of(running(name))
    if as_json:
        print_json(asdict(mood))
    else:
        _show(mood)


@app.command("down")
def down_(
    name: Name = "lab",
    hang: Annotated[bool, typer.Option("--hang", help="Connections stay open, and no answer comes.")] = False,
) -> None:
    """Let it answer nobody: each connection is closed at once. Servers go on."""
    _behave(name, answers="hangs" if hang else "refuses")


@app.command("slow")
def slow_(
    by: Annotated[str, typer.Option("--by", metavar="TIME", help="How long after it is done each answer comes; 0s: at once.")] = "5s",
    name: Name = "lab",
) -> None:
    """Let each answer come late: longer than whoever asks waits, and it is lost."""
    _behave(name, slow_s=seconds_of("--by", by))


@app.command("lose")
def lose_(
    count: Annotated[int, typer.Argument(metavar="COUNT", min=0, help="Of how many creations.")] = 1,
    name: Name = "lab",
) -> None:
    """Let the answer to the next creation get lost: there is a server, and nobody was told."""
    _behave(name, lose=count)


@app.command("quota")
def quota_(
    count: Annotated[int, typer.Argument(metavar="COUNT", min=0, help="So many servers may there be at most; 0: none is created.")],
    name: Name = "lab",
) -> None:
    """Let it refuse to create more servers than so many."""
    _behave(name, quota=count)


@app.command("duds")
def duds_(name: Name = "lab") -> None:
    """Let servers that are created from now on boot, cost money, and never join the grid."""
    _behave(name, duds=True)


@app.command("heal")
def heal_(name: Name = "lab") -> None:
    """Let it behave well again in every way. Duds stay what they are."""
    from dataclasses import asdict

    from simulacra.lab.cloud_books import Mood

    _behave(name, **asdict(Mood()))


def _behave(name: str, **changes: Any) -> None:
    from simulacra.lab.cloud_switching import behave
    from simulacra.lab.lab import running

    _show(behave(running(name), **changes))


def _show(mood: Mood) -> None:
    wrong = tuple(_wrong(mood))
    print("\n".join(wrong) if wrong else "The cloud behaves well.")


def _wrong(mood: Mood) -> Iterator[str]:
    if mood.answers == "refuses":
        yield "The cloud is down: it closes each connection at once."
    if mood.answers == "hangs":
        yield "The cloud is down: it answers nobody, and closes no connection."
    if mood.slow_s:
        yield f"Each answer comes {mood.slow_s:g} s late."
    if mood.lose:
        yield f"The answers to the next {mood.lose} creations get lost." if mood.lose > 1 else "The answer to the next creation gets lost."
    if mood.quota is not None:
        yield f"It creates no server once there are {mood.quota}."
    if mood.duds:
        yield "Servers that are created now never join the grid."
