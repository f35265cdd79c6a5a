"""What if: a grid with a machine less or more, with other cooldowns, another price or another boot time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulacra.definitions import time_kinds
from simulacra.definitions.kinds import Kind, Wrong
from simulacra.definitions.language.grid import GRID
from simulacra.definitions.problems import did_you_mean, quoted
from simulacra.definitions.schema import Key, Schema
from simulacra.faults import Usage
from simulacra.hcl.values import Literal
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.settings import Electricity
from simulacra.model.source import NOWHERE


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One change: ``machines``, ``without``, ``another``, ``price``, ``boot`` or a key of the grid's ``power`` block, and its new value."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


def parse(text: str) -> WhatIf:
    """``KEY=VALUE`` as a change; raises `Usage` for what none is. Whether its value suits shows when a grid is changed."""
    key, equals, value = (it.strip() for it in text.partition("="))
    if not equals or not key or not value:
        raise Usage(f"--what-if takes a change such as machines=-1, without=tower or sleep_after=5m, not {quoted(text)}")
    if key not in _CHANGES and key not in _power_keys():
        raise Usage(f"--what-if: there is no {quoted(key)} to change.{did_you_mean(key, [*_CHANGES, *_power_keys()])}")
    return WhatIf(key, value)


def changed(grid: Grid, what_if: WhatIf) -> Grid:
    """The grid with that change; raises `Usage` where it can't have it."""
    change = _CHANGES.get(what_if.key)
    return change(grid, what_if) if change is not None else _with_power(grid, what_if)


def _machines(grid: Grid, what_if: WhatIf) -> Grid:
    """The last ones by number go, and those that come are as they are and counted on."""
    if not re.fullmatch(r"[+-][0-9]{1,4}", what_if.value):
        raise Usage(f"--what-if machines takes how many more or fewer, such as +1 or -1, not {quoted(what_if.value)}")
    if len({_likeness(it) for it in grid.machines}) != 1:
        raise Usage(f"--what-if {what_if}: the machines aren't equal, so say which: without=NAME, or another=NAME for one as that")
    number = int(what_if.value)
    if len(grid.machines) + number < 1:
        raise Usage(f"--what-if {what_if}: there are {len(grid.machines)} machines, and one must be left")
    for _ in range(number):
        grid = _another(grid, max(grid.machines, key=_counted))
    for _ in range(-number):
        grid = _leaving_out(grid, max(grid.machines, key=_counted).name)
    return grid


def _likeness(machine: Machine) -> Machine:
    """The machine but for what tells it from its equals."""
    return replace(machine, name="", description="", server=False, address=None, after=(), wake=None, source=NOWHERE)


def _counted(machine: Machine) -> tuple[str, int, str]:
    """Orders names with numbers at their ends by these."""
    stem, digits = _stem(machine.name)
    return stem, int(digits or 0), machine.name


def _stem(name: str) -> tuple[str, str]:
    digits = re.search(r"[0-9]*$", name)
    assert digits is not None, "it matches nothing at least"
    return name[: digits.start()], digits[0]


def _another(grid: Grid, machine: Machine) -> Grid:
    """One more machine as that one, by the next name that is free; it is no server of Nomad's."""
    taken = {it.name for it in grid.machines}
    stem, digits = _stem(machine.name)
    stem, first, wide = (stem, int(digits) + 1, len(digits)) if digits else (f"{machine.name}-", 2, 1)
    name = next(it for number in range(first, first + len(taken) + 1) if (it := f"{stem}{number:0{wide}}") not in taken)
    copy = replace(machine, name=name, server=False, address=None)
    return replace(grid, machines=tuple(sorted((*grid.machines, copy), key=lambda it: it.name)))


def _leaving_out(grid: Grid, name: str) -> Grid:
    left = (it for it in grid.machines if it.name != name)
    return replace(grid, machines=tuple(replace(it, after=tuple(other for other in it.after if other != name)) for it in left))


def _with_another(grid: Grid, what_if: WhatIf) -> Grid:
    return _another(grid, _named(grid, what_if))


def _without(grid: Grid, what_if: WhatIf) -> Grid:
    machine = _named(grid, what_if)
    if len(grid.machines) == 1 and not grid.clouds:
        raise Usage(f"--what-if {what_if}: it is the only machine, and one must be left")
    return _leaving_out(grid, machine.name)


def _named(grid: Grid, what_if: WhatIf) -> Machine:
    machine = grid.machine(what_if.value)
    if machine is None:
        hint = did_you_mean(what_if.value, (it.name for it in grid.machines))
        raise Usage(f"--what-if {what_if.key}: there is no machine {quoted(what_if.value)}.{hint}")
    return machine


def _with_price(grid: Grid, what_if: WhatIf) -> Grid:
    price: float = _read(what_if, _part("electricity").keys["price_per_kwh"].kind)
    return replace(grid, electricity=replace(grid.electricity or Electricity(), price_per_kwh=price))


def _with_boot(grid: Grid, what_if: WhatIf) -> Grid:
    seconds: float = _read(what_if, time_kinds.duration(1, 3600))
    return replace(grid, machines=tuple(replace(it, boot_time_s=seconds) for it in grid.machines))


_CHANGES: Mapping[str, Callable[[Grid, WhatIf], Grid]] = {
    "another": _with_another,
    "boot": _with_boot,
    "machines": _machines,
    "price": _with_price,
    "without": _without,
}


def _with_power(grid: Grid, what_if: WhatIf) -> Grid:
    """A key of the grid's ``power`` block as the definitions have it, so that both take the same."""
    key = _power_keys()[what_if.key]
    power = replace(grid.power, **{key.field or what_if.key: _read(what_if, key.kind)})
    if power.machines_max is not None and power.machines_max < power.machines_min:
        raise Usage(f"--what-if {what_if}: `machines_max` would be less than `machines_min`: change both, the other one first")
    return replace(grid, power=power)


def _power_keys() -> Mapping[str, Key]:
    return _part("power").keys


def _part(name: str) -> Schema:
    schema = GRID.parts[name].of
    assert isinstance(schema, Schema), "it is a block of keys"
    return schema


def _read(what_if: WhatIf, kind: Kind) -> Any:
    """The value as its kind has it, of which only the kind knows the type."""
    try:
        return kind.read(Literal(0, _plain(what_if.value)))
    except Wrong as wrong:
        raise Usage(f"--what-if {what_if.key}: {wrong}") from None


def _plain(text: str) -> int | float | str:
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]*\.[0-9]+", text) else text


def all_changed(grid: Grid, what_ifs: Sequence[WhatIf]) -> Grid:
    """The grid with all the changes, one after the other."""
    for what_if in what_ifs:
        grid = changed(grid, what_if)
    return grid
