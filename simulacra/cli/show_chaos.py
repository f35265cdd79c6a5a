"""A run of chaos for people and for programs: what is to happen, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.lab.chaos.schedule import Schedule
    from simulacra.lab.chaos.seen import Seen
    from simulacra.lab.chaos.summary import Summary


def show_schedule(schedule: Schedule, out: TextIO) -> None:
    """All faults with their times, and how much work comes."""
    print(f"seed {schedule.seed}, {schedule.lasts_s / 60:g} minutes: {len(schedule.strikes)} faults, {len(schedule.works)} jobs", file=out)
    rows = [
        (f"{it.at_s:.1f} s", it.kind, it.whom, f"{it.lasts_s:.1f} s" if it.lasts_s else "", f"as one is {it.when}" if it.when else "")
        for it in schedule.strikes
    ]
    _table(rows, out)
    print(file=out, flush=True)


def schedule_json(schedule: Schedule) -> dict[str, Any]:
    """The same, with the work."""
    from dataclasses import asdict

    return asdict(schedule)


def show_summary(summary: Summary, out: TextIO) -> None:
    """The numbers, then what was broken."""
    print(f"\n{summary.lasted_s:.0f} s, seed {summary.seed}\n", file=out)
    _table([("FAULT", "DONE", "NOBODY THERE"), *((it.kind, str(it.struck), str(it.missed or "")) for it in summary.kinds)], out)
    print(file=out)
    _table(
        [
            ("batch jobs", f"{summary.jobs_done} of {summary.jobs} done"),
            ("instances begun", str(summary.units_begun)),
            ("  done", str(summary.units_done)),
            ("  told to stop", str(summary.units_moved)),
            ("  killed with their machine by a fault", str(summary.units_killed)),
            ("  begun within a fault, so maybe unheard of", str(summary.units_unheard)),
            ("transitions", str(summary.transitions)),
            ("machines woken", str(summary.wakes)),
            ("worst wait", f"{summary.wait_worst_s:.0f} s ({summary.wait_worst_of})"),
            ("broken rules", str(len(summary.breaches))),
        ],
        out,
    )
    for it in summary.breaches:
        print(f"  {it.rule}: {it.text}", file=out)


def summary_json(summary: Summary, seen: Seen) -> dict[str, Any]:
    """The same with each fault and each transition; times are seconds from the beginning."""
    from dataclasses import asdict

    def since(at_s: float | None) -> float | None:
        return None if at_s is None else round(at_s - seen.began_s, 1)

    numbers = asdict(summary)
    numbers["breaches"] = [{"rule": it.rule, "at_s": since(it.at_s), "text": it.text} for it in summary.breaches]
    numbers["faults"] = [
        {
            "kind": it.strike.kind,
            "whom": it.strike.whom,
            "when": it.strike.when,
            "at_s": since(it.began_s),
            "healed_s": since(it.healed_s),
            "missed": it.missed,
        }
        for it in seen.strikes
    ]
    numbers["log"] = [
        {"at_s": since(it.at_s), "machine": it.machine, "from": it.before, "to": it.after, "by": it.by, "reason": it.reason}
        for it in seen.entries
    ]
    return numbers


def _table(rows: Sequence[Sequence[str]], out: TextIO) -> None:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]) if rows else 0)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), file=out)
