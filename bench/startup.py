"""How long `simulacra --help`, and a tabulator key in a shell, take beside an empty Typer app in the same interpreter."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from timing import in_turns, process, table

EMPTY_APP = """
import typer

app = typer.Typer(help="An empty app.", pretty_exceptions_enable=False)


@app.command()
def nothing() -> None:
    pass


app()
"""

TABULATOR = {"COMP_WORDS": "simulacra\nrun\n", "COMP_CWORD": "2", "_SIMULACRA_COMPLETE": "complete_bash"}
"""How bash asks for the names of services."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    simulacra = Path(sys.executable).with_name("simulacra")
    with tempfile.TemporaryDirectory(prefix="simulacra-bench-") as folder:
        empty = Path(folder, "empty.py")
        empty.write_text(EMPTY_APP, encoding="utf-8")
        contestants = {
            "an empty Typer app --help": process([sys.executable, empty, "--help"]),
            "simulacra --help": process([simulacra, "--help"]),
            "simulacra --version": process([simulacra, "--version"]),
            "simulacra run <Tab>": process([simulacra], TABULATOR),
        }
        seconds = in_turns(contestants, runs)
    print(f"{runs} runs each, whole processes\n")
    print(table(seconds, against="an empty Typer app --help"))


if __name__ == "__main__":
    main()
