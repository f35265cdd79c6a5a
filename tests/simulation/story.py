"""A schedule's life in words: what there is, what happened at which second, by whom, and what was broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulacra.model.cloud import Cloud
from simulacra.model.machine import Machine
from tests.simulation.happenings import Provider, Schedule, Work
from tests.simulation.model_world import Said


def story(schedule: Schedule, told: Sequence[Said]) -> str:
    """Lines; what is said again and again by the same one stands there once."""
    lines = [*_cast(schedule), ""]
    last: dict[str, str] = {}
    for at_s, who, words in told:
        if last.get(who) != words and not (who in schedule.agents and " -> " in words):
            lines.append(f"{at_s:7.1f} s  {who:8}  {words}")
        last[who] = words
    return "\n".join(lines)


def _cast(schedule: Schedule) -> Iterator[str]:
    grid, power = schedule.grid, schedule.grid.power
    bounds = f"machines_min {power.machines_min}, machines_max {power.machines_max}, moves_per_day {power.moves_per_day}"
    yield f"seed {schedule.seed}: mode {grid.mode}, {bounds}, sleep after {power.sleep_after_s:.0f} s"
    yield from (f"  {_machine(it, it.name in schedule.on)}" for it in grid.machines)
    yield from (f"  {_cloud(it, schedule.provider)}" for it in grid.clouds if schedule.provider is not None)
    yield from (f"  {_work(it, grid.service(it.name) is not None)}" for it in schedule.works)
    yield from (f"  {it.agent}'s {'write' if it.writes else 'read'} {it.at}: {it.kind}, {it.for_s:.0f} s" for it in schedule.strikes)


def _machine(it: Machine, on: bool) -> str:
    wake = type(it.wake).__name__.removeprefix("Wake").lower() if it.wake is not None else "by hand only"
    more = [word for word, so in (("a server", it.server), ("never sleeps", it.never_sleeps), ("quiet hours", bool(it.quiet_hours))) if so]
    memory = it.has.memory_mb if it.has is not None else 0
    return f"{it.name} in {it.zone}, {memory} MB, {'on' if on else 'off'}, woken {wake}{''.join(f', {word}' for word in more)}"


def _cloud(it: Cloud, provider: Provider) -> str:
    has = f"cloud {it.name} in {it.zone}: {it.min} to {it.max} of {', '.join(it.sizes)}, up in {it.boot_time_s:.0f} s"
    money = f"{it.monthly_budget if it.monthly_budget is not None else 'any amount'} a month, by {it.billed_by_s:.0f} s"
    answers = f"answers within {provider.answers_s:.1f} s, lists what was so {provider.lag_s:.0f} s ago"
    return f"{has}, for {money}; it {answers}{'' if provider.tokens else ', knows no tokens'}"


def _work(it: Work, _defined: bool) -> str:
    where = f" in {', '.join(it.zones)}" if it.zones else f" on {it.machine}" if it.machine else " one in each zone" if it.apart else ""
    takes = f", takes {it.takes_s:.0f} s" if it.takes_s is not None else ""
    return f"{it.name}: {it.count} of {it.memory_mb} MB{where}{takes}"
