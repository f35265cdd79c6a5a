"""What a simulation answers, brought to where it is wanted: the screen, a program, pictures, a page."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from simulacra.cli.context import print_json, say_error
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from simulacra.simulate.outcome import Simulation

_AS_IT_IS, _CHANGED = "The grid as it is", "The grid with"


def tell(answers: Sequence[Simulation], changes: Sequence[str], as_json: bool) -> None:
    """Print them. A second one is the first one's grid with the changes."""
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_simulation import as_json as plain
    from simulacra.cli.show_simulation import compared_json, show_compared, show_simulation

    if as_json:
        print_json(compared_json(answers[0], changes, answers[1]) if changes else plain(answers[0]))
    elif changes:
        show_compared(stdout(), answers[0], changes, answers[1])
    else:
        show_simulation(stdout(), answers[0])


def require_pictures() -> None:
    """Raises `Usage` where none can be drawn: better before an hour of simulation than behind it."""
    from simulacra.simulate.svg import require_matplotlib

    require_matplotlib()


def write(answers: Sequence[Simulation], changes: Sequence[str], folder: Path | None, file: Path | None) -> None:
    """The pictures into the folder and the page into the file, where they are wanted; raises `Usage` where they can't be written."""
    if folder is None and file is None:
        return
    from simulacra.simulate.page import Pictured, page
    from simulacra.simulate.pictures import energy_against_waiting, machines_over_time

    texts: dict[Path, str] = {}
    shown = []
    for at, answer in enumerate(answers):
        suffix, title = ("-what-if", f"{_CHANGED} {', '.join(changes)}") if at else ("", _AS_IT_IS)
        pictures = machines_over_time(answer, f"machines{suffix}"), energy_against_waiting(answer, f"energy{suffix}")
        shown.append(Pictured(title, answer, *pictures))
        if folder is not None:
            texts |= {folder / f"{name}{suffix}.svg": text for name, text in zip(("machines", "energy"), pictures, strict=True)}
    if file is not None:
        texts[file] = page(shown)
    _put(texts)


def _put(texts: dict[Path, str]) -> None:
    """Each file in one step, its folder made where it is missing."""
    from simulacra.render.files import replace_file

    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, text, 0o644)
        except OSError as error:
            raise Usage(f"{path}: {error.strerror}: it can't be written there; name another place") from error
        say_error(f"written: {path}")


@contextmanager
def progress(count: int) -> Iterator[tuple[Callable[[float], None], ...]]:
    """For each of so many simulations what is told the share that is done; a bar on standard error, if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("simulating"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating", total=float(count))

        def passed(begun: int, share: float) -> None:
            bar.update(task, completed=begun + share)

        yield tuple(partial(passed, begun) for begun in range(count))
