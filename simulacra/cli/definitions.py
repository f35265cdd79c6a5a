"""Commands on definitions alone, with no server: `validate` and `render`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli.context import DIFFERENT, grid_folder, print_json, say_error

if TYPE_CHECKING:
    from simulacra.cli.validating import Findings


VALIDATE_HELP = "\n\n".join(
    (
        "Check the grid's definitions; names every problem with its file and line.",
        "Errors: what makes no grid, and promises that the definitions themselves break: a zone that a service is to stand in, where no "
        "machine can ever run it.",
        "Warnings: what the defined machines can never give, though one that isn't defined might: no machine for a service, too few for "
        "all of its instances, too little for its `needs`, a fixed port for more services than can have it; and a zone without a machine "
        "for a service, where the zone has `subnets`, by which others may join it.",
        "What a machine's definition doesn't say speaks for it: drivers, cores and attributes that `has` leaves out; without `has` all but "
        "its zone and tier. The same goes for clouds.",
        "Exit codes: 0 sound; 2 broken definitions; 1 only Nomad refuses; 3 Nomad can't be reached.",
    )
)


class Format(StrEnum):
    TEXT = "text"
    GITHUB = "github"
    JSON = "json"
    SARIF = "sarif"


def validate(
    context: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    nomad: Annotated[
        bool,
        typer.Option("--nomad", help="Ask Nomad too: its parser, its checks and a plan of each job, as far as the token allows."),
    ] = False,
    form: Annotated[
        Format,
        typer.Option(
            "--format", help="text; github: annotations of a workflow run; json: a list of objects; sarif: SARIF 2.1.0 for code scanning."
        ),
    ] = Format.TEXT,
) -> None:
    """Check the grid's definitions, all that can be told of them without a server, and with ``--nomad`` what that says."""
    from simulacra.cli.validating import examine

    findings = examine(grid_folder(context), ask_nomad=nomad)
    findings = findings.strictly() if strict else findings
    _report(findings, form, grid_folder(context))
    if findings.exit_code():
        raise typer.Exit(findings.exit_code())


def _report(findings: Findings, form: Format, folder: Path) -> None:
    """People read the problems on standard error; where a program reads them, it has standard output to itself."""
    from simulacra.cli import report

    match form:
        case Format.TEXT:
            for line in report.text_lines(findings.problems):
                say_error(line)
        case Format.GITHUB:
            for line in report.github_lines(findings.problems):
                print(line)
        case Format.JSON:
            print_json(report.as_json(findings.problems))
        case Format.SARIF:
            from simulacra.cli.report_sarif import as_sarif

            print_json(as_sarif(findings.problems, folder))
    say = print if form in (Format.TEXT, Format.GITHUB) else say_error
    for line in findings.conclusion():
        say(line)


def render(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where jobspecs go; default: `jobspecs` beside the grid's folder.")
    ] = None,
    autoscaler_out: Annotated[
        Path | None,
        typer.Option(
            "--autoscaler-out",
            metavar="DIR",
            help="Where the autoscaler's files go; default: `autoscaler` beside the grid's folder, nowhere with --out.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; print what would change and exit with 1.")] = False,
) -> None:
    """Write one jobspec for each service and the Nomad Autoscaler's files, and remove what is no longer defined."""
    from simulacra.cli import rendering
    from simulacra.render.templates import beside

    home = beside(grid_folder(context))
    around = autoscaler_out if autoscaler_out is not None or out is not None else home / "autoscaler"
    folders = rendering.Folders(out if out is not None else home / "jobspecs", around)
    outcomes = rendering.render_folder(grid_folder(context), folders, write=not check)
    differing = [outcome for outcome in outcomes if check and outcome.difference]
    for outcome in differing:
        typer.echo(outcome.difference, nl=False)
        typer.echo(f"{outcome.place}: {outcome.summary}; write it with `simulacra render`", err=True)
    if differing:
        raise typer.Exit(DIFFERENT)
    for outcome in outcomes:
        typer.echo(f"{outcome.place}: {outcome.summary}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(help=VALIDATE_HELP)(validate)
    app.command()(render)
