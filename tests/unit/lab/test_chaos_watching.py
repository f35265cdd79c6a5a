"""How chaos looks at a lab and strikes it, on a lab that is only written down; and what a run comes to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from simulacra.faults import Fault
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad
from simulacra.lab import state
from simulacra.lab.chaos.breach import Breach
from simulacra.lab.chaos.deeds import Done
from simulacra.lab.chaos.kinds import STEERS, WHOEVER, Ground
from simulacra.lab.chaos.marks import Unit
from simulacra.lab.chaos.schedule import WAITS_S, Strike
from simulacra.lab.chaos.seen import Asked, Bounds, Heard, Seen, Struck, Switched
from simulacra.lab.chaos.site import Site
from simulacra.lab.chaos.striking import Striker
from simulacra.lab.chaos.summary import KindCount, summarize
from simulacra.lab.chaos.unit import MARKS
from simulacra.lab.chaos.watching import Lookout
from simulacra.lab.power import MachinePower, Switch, save_power, state_folder
from simulacra.lab.state import LabState, Resident
from simulacra.model.journal import LogEntry, PowerState, Record

GROUND = Ground(("attic",), (("nas", "attic"), ("tower", "attic")), ("nas",), ("nas",), ("tower",))
LAB = LabState(
    name="one",
    grid="chaos",
    phase="up",
    wan_namespace="simlab.one.wan",
    interface="ygg0",
    residents=tuple(Resident(name, "attic", f"simlab.one.m.{name}", name == "nas", "200::1") for name in ("nas", "tower")),
    routers=(),
    cables=(),
)
SEEN = Seen(GROUND, Bounds(), began_s=100.0, now_s=100.0)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Nobody asks its Nomad."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = Site(LAB, GROUND, cast(Nomad, None), cast(Journal, None))
    for name in ("nas", "tower"):
        state.machine_folder("one", name).mkdir(parents=True)
        switch(made, name, "on", 50.0)
    return made


def switch(site: Site, machine: str, to: Switch, since_s: float) -> None:
    save_power(site.folder(machine), MachinePower(to, since_s, "boot"))


def obeyed(site: Site, machine: str, sequence: int) -> None:
    folder = state_folder(site.folder(machine))
    folder.mkdir(exist_ok=True)
    (folder / "obeyed.json").write_text(f'{{"sequence": {sequence}, "refused": ""}}')


def test_each_change_of_power_is_seen_once(site: Site) -> None:
    lookout = Lookout(site)
    seen = lookout.look(lookout.look(SEEN, 101.0), 102.0)
    assert seen.switches == (Switched("nas", 50.0, "on"), Switched("tower", 50.0, "on"))
    obeyed(site, "tower", 7)
    lookout.sat["tower"] = 102.5
    switch(site, "tower", "sleeping", 103.0)
    seen = lookout.look(seen, 103.5)
    assert seen.switches[2:] == (Switched("tower", 103.0, "sleeping", sat_s=102.5, obeyed=7),)
    switch(site, "tower", "asleep", 104.0)
    assert lookout.look(seen, 104.5).switches[3:] == (Switched("tower", 104.0, "asleep"),)


def test_a_machine_that_was_switched_by_a_fault_is_known(site: Site) -> None:
    lookout = Lookout(site, pressed={"nas"})
    seen = lookout.look(SEEN, 101.0)
    switch(site, "nas", "sleeping", 102.0)
    assert lookout.look(seen, 102.5).switches[2:] == (Switched("nas", 102.0, "sleeping", by_fault=True),)
    assert lookout.pressed == set()


def test_a_sleep_between_two_looks_is_seen_all_the_same(site: Site) -> None:
    lookout = Lookout(site)
    seen = lookout.look(SEEN, 101.0)
    obeyed(site, "tower", 8)
    switch(site, "tower", "on", 110.0)
    assert lookout.look(seen, 112.0).switches[2:] == (Switched("tower", 110.0, "sleeping", obeyed=8), Switched("tower", 110.0, "on"))


def test_marks_are_read_as_they_come_and_only_whole(site: Site) -> None:
    lookout, marks = Lookout(site), site.folder("nas") / MARKS
    begin = '{"mark": "begin", "at_s": 101.5, "allocation": "a1", "pid": 1, "job": "work", "started": 0, "where": ""}'
    marks.write_text(begin[:30])
    assert lookout.look(SEEN, 102.0).units == ()
    marks.write_text(f"{begin}\n")
    seen = lookout.look(SEEN, 103.0)
    assert [(it.job, it.machine, it.gone_s) for it in seen.units] == [("work", "nas", None)]
    seen = lookout.look(seen, 104.0)
    assert seen.units[0].gone_s == 104.0, "no process 1 has begun at boot plus 0 ticks here that is ours"
    with marks.open("a") as file:
        file.write('{"mark": "end", "at_s": 103.9, "allocation": "a1", "pid": 1}\n')
    (unit,) = lookout.look(seen, 105.0).units
    assert (unit.ended_s, unit.gone_s) == (103.9, None)


# strikes


@dataclass
class Doer:
    """Does as it is told; ``stubborn``: so often it can't be undone."""

    done: list[str] = field(default_factory=list)
    missed: str = ""
    stubborn: int = 0

    def __call__(self, _site: Site, it: Strike) -> Done:
        self.done.append(it.kind)
        return Done(self._undo, (it.whom,), missed=self.missed)

    def _undo(self) -> None:
        if self.stubborn:
            self.stubborn -= 1
            raise Fault("not now")
        self.done.append("undone")


def striker(site: Site, doer: Doer, *due: Strike) -> Striker:
    return Striker(site, Lookout(site), lambda _at_s, _text: None, list(due), doer)


def test_a_strike_comes_when_it_is_due_and_is_healed_when_it_is_over(site: Site) -> None:
    doer = Doer()
    made = striker(site, doer, Strike(5.0, "zone cut", "attic", 10.0), Strike(8.0, "agent killed", "the one that steers"))
    assert made.step(SEEN, 104.0) == SEEN
    seen = made.step(SEEN, 105.5)
    assert [(it.strike.kind, it.began_s, it.healed_s) for it in seen.strikes] == [("zone cut", 105.5, None)]
    assert seen.calm_since_s() == seen.now_s
    seen = made.step(seen, 109.0)
    assert not made.at_rest
    seen = made.step(seen, 116.0)
    assert [(it.strike.kind, it.healed_s) for it in seen.strikes] == [("zone cut", 116.0), ("agent killed", 109.0)]
    assert doer.done == ["zone cut", "agent killed", "undone"]
    assert made.at_rest
    assert replace(seen, now_s=120.0).calm_since_s() == 116.0


def test_what_meets_nobody_is_written_down_and_over(site: Site) -> None:
    made = striker(site, Doer(missed="it is asleep"), Strike(5.0, "power cut", "tower", 10.0))
    seen = made.step(SEEN, 105.0)
    assert [(it.missed, it.healed_s) for it in seen.strikes] == [("it is asleep", 105.0)]
    assert made.at_rest
    assert made.lookout.pressed == set()


def test_healing_is_tried_again_and_not_for_ever(site: Site) -> None:
    made = striker(site, Doer(stubborn=2), Strike(5.0, "person", "tower", 10.0))
    seen = made.step(SEEN, 105.0)
    assert made.lookout.sat == {"tower": 105.0}
    for at_s in (115.5, 116.0):
        seen = made.step(seen, at_s)
        assert seen.strikes[0].healed_s is None
    assert made.step(seen, 116.5).strikes[0].healed_s == 116.5
    assert made.lookout.sat == {}
    again = striker(site, Doer(stubborn=9), Strike(5.0, "person", "tower", 10.0))
    seen = again.step(SEEN, 105.0)
    with pytest.raises(Fault, match="not now"):
        again.step(seen, 190.0)


def heard(seen: Seen, power: PowerState, since_s: float) -> Seen:
    return replace(seen, heard=Heard(since_s, (), (Record("tower", power=power, since_s=since_s),)))


def test_one_in_the_act_waits_for_it_and_meets_whoever_is_switched(site: Site) -> None:
    doer = Doer()
    made = striker(site, doer, Strike(5.0, "person", WHOEVER, 10.0, "draining"), Strike(6.0, "agent killed", STEERS, when="sleeping"))
    seen = made.step(heard(SEEN, "draining", 99.0), 107.0)
    assert (seen.strikes, made.at_rest) == ((), False), "that was long ago"
    seen = made.step(heard(seen, "draining", 108.0), 109.0)
    assert [(it.strike.whom, it.machines, it.began_s) for it in seen.strikes] == [("tower", ("tower",), 109.0)]
    assert made.lookout.sat == {"tower": 109.0}
    seen = made.step(heard(seen, "sleeping", 112.0), 113.0)
    assert [it.strike.whom for it in seen.strikes] == ["tower", STEERS]
    assert made.step(seen, 120.0).strikes[0].healed_s == 120.0
    assert made.at_rest


def test_one_in_the_act_does_not_wait_for_ever(site: Site) -> None:
    doer = Doer()
    made = striker(site, doer, Strike(5.0, "person", WHOEVER, 10.0, "draining"))
    seen = made.step(made.step(SEEN, 106.0), 105.0 + WAITS_S + 1)
    assert [it.missed for it in seen.strikes] == ["none was draining"]
    assert (doer.done, made.at_rest) == ([], True)


# what it comes to


def test_a_run_is_summed_up() -> None:
    cut, missed = Strike(1.0, "power cut", "nas", 10.0), Strike(30.0, "power cut", "tower", 10.0)
    seen = replace(
        SEEN,
        now_s=160.0,
        strikes=(Struck(cut, ("nas",), 101.0, 111.0), Struck(missed, (), 130.0, 130.0, "it is asleep")),
        asked=(Asked("batch-0", "batch", 1, 100.0), Asked("batch-1", "batch", 1, 120.0), Asked("errand", "service", 2, 100.0)),
        units=(
            Unit("nas", "batch-0", "a1", 1, 1, 100.5, gone_s=101.5),
            Unit("nas", "batch-0", "a1", 2, 1, 113.0, ended_s=120.0),
            Unit("tower", "errand", "e1", 3, 1, 101.0, told_s=140.0),
            Unit("tower", "errand", "e2", 4, 1, 107.0),
        ),
        switches=(Switched("nas", 101.0, "sleeping", by_fault=True),),
        entries=(LogEntry(105.0, "tower", "asleep", "waking", "", "plan"), LogEntry(109.0, "tower", "waking", "on", "", "plan")),
    )
    found = summarize(seen, 3, [Breach("people are left alone", "tower", 150.0, "tower went to sleep")])
    assert found.kinds == (KindCount("power cut", 1, 1),)
    assert (found.jobs, found.jobs_done) == (2, 1)
    assert (found.units_begun, found.units_done, found.units_killed, found.units_moved) == (4, 1, 1, 1)
    assert (found.transitions, found.wakes, found.lasted_s) == (2, 1, 60.0)
    assert (found.wait_worst_s, found.wait_worst_of) == (40.0, "batch-1")
    assert [it.rule for it in found.breaches] == ["people are left alone"]
