"""A grid's state and a doctor's findings, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.cli.rented import Rented
    from simulacra.model.grid import Grid
    from simulacra.model.status import GridStatus
    from simulacra.observe.doctor import Finding

COLOURS = {"on": "green", "asleep": "blue", "failed": "red", "unknown": "red"}
SIGNS = {"ok": ("✓", "green"), "advice": ("!", "yellow"), "problem": ("✗", "red")}


def as_plain(seen: GridStatus) -> dict[str, Any]:
    """The fixed shape of ``status --json``."""
    plain = asdict(seen)
    return {
        "machines": list(plain["machines"]),
        "services": [
            {"name": it.name, "desired": it.desired, "running": it.running, "zones": dict(it.zones), "waiting": it.waiting}
            for it in seen.services
        ],
        "peripherals": list(plain["peripherals"]),
    }


def show_status(console: Console, grid: Grid, seen: GridStatus, clouds: Sequence[Rented] = ()) -> None:
    """Two tables: machines and services; clouds and peripherals below, where there are any."""
    from simulacra.plan.rentals import money

    mode = "it plans and explains, but switches nothing off" if grid.mode == "observe" else "it acts"
    print_(console, Text(f"grid {grid.name}", style="bold").append(f", mode {grid.mode}: {mode}", style="not bold"))
    machines = table("ZONE", "TIER", "MACHINE", "POWER", "RUNS", "WHY")
    for it in seen.machines:
        power = Text(it.power, style=COLOURS.get(it.power, "yellow"))
        row(machines, it.zone or "-", it.tier or "-", it.name, power, str(it.allocations), it.reason)
    print_(console, "", machines)
    services = table("SERVICE", "RUNS", "WHERE", "WAITS FOR")
    for service in seen.services:
        style = "green" if service.running >= service.desired else "yellow"
        where = ", ".join(f"{zone} {count}" if count > 1 else zone for zone, count in service.zones)
        row(
            services,
            service.name,
            Text(f"{service.running}/{service.desired}", style=style),
            where or service.note or "-",
            service.waiting or "",
        )
    print_(console, "", services if seen.services else Text("no service is defined yet"))
    if clouds:
        rented = table("CLOUD", "SERVERS", "THIS MONTH", "WHY")
        for cloud in clouds:
            spent = money(cloud.spent) + (f" of {money(cloud.budget)}" if cloud.budget is not None else "")
            row(rented, cloud.cloud, f"{cloud.servers} of {cloud.most}", f"{spent} {cloud.currency}", cloud.problem or "")
        print_(console, "", rented)
    if seen.peripherals:
        devices = table("PERIPHERAL", "ZONE", "ADDRESS", "SERVED BY")
        for device in seen.peripherals:
            row(devices, device.name, device.zone or "-", device.address, device.served_by or "-")
        print_(console, "", devices)


def show_findings(console: Console, found: Sequence[Finding]) -> None:
    """A line a finding, and below it what to do: once where several in a row ask for the same."""
    for finding, following in zip(found, [*found[1:], None], strict=True):
        sign, style = SIGNS[finding.level]
        print_(console, Text(f"{sign} ", style=style).append(finding.subject, style="bold").append(f": {finding.what}"))
        again = following is not None and (following.subject, following.todo) == (finding.subject, finding.todo)
        if finding.todo and not again:
            print_(console, Text(f"    {finding.todo}"))


def table(*heads: str) -> Table:
    """Columns without lines; only the last one is folded."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, head in enumerate(heads):
        table.add_column(head, no_wrap=position < len(heads) - 1, overflow="fold")
    return table


def row(table: Table, *cells: str | Text) -> None:
    """Cells as they are: an address in brackets isn't markup."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))


def print_(console: Console, *items: Text | Table | str) -> None:
    """Lines and tables without blanks at their ends where nobody sees them."""
    for item in items:
        if isinstance(item, Table) and not console.is_terminal:
            with console.capture() as captured:
                console.print(item, highlight=False)
            item = Text("\n".join(line.rstrip() for line in captured.get().splitlines()))
        console.print(item, highlight=False, soft_wrap=isinstance(item, Text))
