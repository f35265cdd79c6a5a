"""Who may use peripherals, written into Nomad's variables: only what has changed, and again where it failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from simulacra.act.granting import Granting
from simulacra.faults import Refusal, Unreachable
from simulacra.model.grant import Grant

ATTIC, SHELF = "nomad/jobs/proxy-attic", "nomad/jobs/proxy-on-shelf"


@dataclass(frozen=True)
class Held:
    path: str
    items: tuple[tuple[str, str], ...]
    index: int


@dataclass
class Nomad:
    """Variables in memory; what it was asked stands in ``asked``. ``fault`` is raised by the call of that name."""

    held: dict[str, Held] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fault: tuple[str, Exception] | None = None
    index: int = 10

    def variables(self, prefix: str) -> Sequence[Held]:
        self._ask("list", prefix)
        return [it for path, it in sorted(self.held.items()) if path.startswith(prefix)]

    def variable(self, path: str) -> Held | None:
        self._ask("read", path)
        return self.held.get(path)

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        self._ask("write", path)
        if path in self.held and self.held[path].index != expected_index:
            raise Refusal("somebody else has written")
        self.index += 1
        self.held[path] = Held(path, tuple(sorted(items.items())), self.index)
        return self.index

    def _ask(self, what: str, path: str) -> None:
        self.asked.append(f"{what} {path}")
        if self.fault is not None and self.fault[0] == what:
            raise self.fault[1]


def granting(nomad: Nomad) -> tuple[Granting, list[str]]:
    told: list[str] = []
    return Granting(nomad, told.append), told


def lamp(*addresses: str, path: str = ATTIC) -> Grant:
    return Grant(path, (("for_bell", ""), ("for_lamp", " ".join(addresses))))


def test_written_once_and_then_only_looked_at() -> None:
    nomad = Nomad()
    it, told = granting(nomad)
    it.grant([lamp("200::1")])
    it.grant([lamp("200::1")])
    assert nomad.held[ATTIC].items == (("for_bell", ""), ("for_lamp", "200::1"))
    assert nomad.asked == [f"list {ATTIC}", f"read {ATTIC}", f"write {ATTIC}", f"list {ATTIC}"]
    assert told == [f"{ATTIC}: who may use its devices is written down anew"]
    it.grant([lamp("200::1", "200::2")])
    assert nomad.held[ATTIC].items[1] == ("for_lamp", "200::1 200::2")


def test_who_comes_after_writes_nothing_that_stands_there() -> None:
    nomad = Nomad()
    granting(nomad)[0].grant([lamp("200::1")])
    nomad.asked.clear()
    it, told = granting(nomad)
    it.grant([lamp("200::1")])
    assert nomad.asked == [f"list {ATTIC}", f"read {ATTIC}"]
    assert told == []


def test_what_somebody_else_wrote_is_put_right() -> None:
    nomad = Nomad()
    it, _ = granting(nomad)
    it.grant([lamp("200::1")])
    nomad.write_variable(ATTIC, {"for_lamp": "200::bad"}, nomad.index)
    it.grant([lamp("200::1")])
    assert nomad.held[ATTIC].items[1] == ("for_lamp", "200::1")
    del nomad.held[ATTIC]
    it.grant([lamp("200::1")])
    assert nomad.held[ATTIC].items[1] == ("for_lamp", "200::1")


def test_without_any_nothing_is_asked() -> None:
    nomad = Nomad()
    granting(nomad)[0].grant([])
    assert nomad.asked == []


@pytest.mark.parametrize("what", ["list", "read", "write"])
def test_what_fails_is_told_and_tried_again(what: str) -> None:
    nomad = Nomad({ATTIC: Held(ATTIC, (), 3), SHELF: Held(SHELF, (), 4)}, fault=(what, Unreachable("Nomad doesn't answer")))
    it, told = granting(nomad)
    it.grant([lamp("200::1"), lamp("200::1", path=SHELF)])
    assert len(told) == (1 if what == "list" else 2)
    assert all("left for the next look: Nomad doesn't answer" in line for line in told)
    nomad.fault = None
    it.grant([lamp("200::1"), lamp("200::1", path=SHELF)])
    assert [held.items[1][1] for _, held in sorted(nomad.held.items())] == ["200::1", "200::1"]
