"""What is put to sleep, and what keeps a machine on: one scenario for each rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import DAY, NOON, World, always, by_command, grid_of, job, machine

from simulacra.model.machine import QuietHours
from simulacra.model.plan import Judged, Plan
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.model.workload import VolumeAsk
from simulacra.plan.plan import plan

SMALL = job("small", count=2)
QUIET = (QuietHours(11 * 60, 13 * 60),)


def slept(made: Plan) -> list[str]:
    return [it.machine for it in made.sleeps]


def of(made: Plan, name: str = "tower") -> Judged:
    found = made.judged(name)
    assert found is not None
    return found


def home(*machines: object, **more: object) -> World:
    """A nas that is always on, and a tower that is on and has been superfluous for a day."""
    given = machines or (machine("tower"),)
    return World(grid_of(always(), *given, **more)).awake("nas", "tower").spare("tower")  # type: ignore[arg-type]


def test_a_machine_with_nothing_on_it_sleeps() -> None:
    made = home().plan()
    assert [(it.action, it.machine, it.reason) for it in made.actions] == [
        ("sleep", "tower", "nothing runs on it, and nothing waits for it")
    ]
    assert (made.on, made.desired) == (2, 1)


def test_a_machine_whose_work_fits_elsewhere_sleeps() -> None:
    made = home().runs(SMALL, "tower").plan()
    assert [(it.machine, it.reason) for it in made.sleeps] == [("tower", "its work fits elsewhere: small on nas")]


def test_a_machine_whose_work_fits_nowhere_else_stays() -> None:
    big = job("big", memory=5000, count=2)
    made = home().runs(big, "tower").plan()
    assert slept(made) == []
    assert (of(made).superfluous, of(made).reasons[0]) == (False, "big needs it: it fits on no other machine that is on")


def test_all_of_its_work_is_moved_at_once() -> None:
    """Each of the two fits on the nas, not both."""
    half = job("half", memory=2500, count=2)
    assert slept(home().runs(half, "tower").plan()) == ["tower"]
    assert slept(home().runs(half, "tower", "tower").plan()) == []


def test_the_work_of_a_whole_set_is_moved_at_once() -> None:
    """The nas takes the work of either of two machines, not that of both; of equal ones the first by name goes."""
    half = job("half", memory=2500, count=2)
    world = World(grid_of(always(), machine("a", 50, 4000), machine("b", 50, 4000), power=Power())).awake("nas", "a", "b").spare("a", "b")
    made = world.runs(half, "a", "b").plan()
    assert slept(made) == ["a"]
    assert not of(made, "b").superfluous


@pytest.mark.parametrize(
    ("priorities", "goes"),
    [
        pytest.param((20, 80), True, id="the big one comes first"),
        pytest.param((80, 20), False, id="the small one comes first"),
        pytest.param((50, 50), False, id="of equal priority, any"),
    ],
)
def test_work_moves_only_where_nomad_too_finds_a_place_for_all_of_it(priorities: tuple[int, int], goes: bool) -> None:
    """The big one fits on the mini alone, and Nomad prefers that for the small one as well, which would do on the nas."""
    small, big = (
        job(name, memory, count=2, priority=it) for name, memory, it in zip(("small", "big"), (500, 1900), priorities, strict=True)
    )
    world = World(grid_of(always(memory=1800), always("mini", memory=4000), machine("tower"))).awake("nas", "mini", "tower").spare("tower")
    made = world.runs(job("full", memory=2000), "mini").runs(small, "tower").runs(big, "tower").plan()
    assert slept(made) == (["tower"] if goes else [])
    assert goes or of(made).reasons[0].startswith("its work fits elsewhere only if it is placed there in the right order")


def test_the_dearest_sleeps_first_and_its_work_keeps_the_cheaper_on() -> None:
    """The desk alone could sleep as well: its watts are fewer."""
    world = World(grid_of(always(memory=1000), machine("tower", 60), machine("desk", 35))).awake("nas", "tower", "desk")
    made = world.spare("tower", "desk").runs(job("big", memory=5000, count=2), "tower", "desk").plan()
    assert slept(made) == ["tower"]
    assert of(made, "desk").reasons[0] == "it takes the work of tower, so that that can sleep"


def test_work_that_waits_keeps_a_machine_it_would_use() -> None:
    made = home().waits(job("big", memory=5000)).plan()
    assert slept(made) == []
    assert of(made).reasons[0] == "work that waits will go to it"


def test_while_something_is_woken_nothing_is_put_to_sleep() -> None:
    """One number can't say both."""
    world = World(grid_of(always(), machine("tower"), machine("desk", 35, 32000))).awake("nas", "tower").spare("tower")
    made = world.waits(job("big", memory=20000)).plan()
    assert [(it.action, it.machine) for it in made.actions] == [("wake", "desk")]
    assert of(made).superfluous


class TestMoves:
    @pytest.mark.parametrize(
        ("moves", "count", "quiet", "goes"),
        [
            ("never", 2, True, False),
            ("quiet_hours", 2, True, True),
            ("quiet_hours", 2, False, False),
            ("any", 1, False, True),
            (None, 1, True, True),
            (None, 1, False, False),
            (None, 2, False, True),
        ],
    )
    def test_what_may_move(self, moves: str | None, count: int, quiet: bool, goes: bool) -> None:
        service = Service("blog", moves=moves, count=count)  # type: ignore[arg-type]
        world = home(machine("tower", quiet_hours=QUIET if quiet else ()), services=(service,))
        made = world.runs(job("blog", count=count, definition="blog"), "tower").plan()
        assert slept(made) == (["tower"] if goes else [])

    def test_a_job_of_somebody_else_by_its_count(self) -> None:
        assert slept(home().runs(job("foreign", count=1), "tower").plan()) == []
        assert slept(home().runs(job("foreign", count=2), "tower").plan()) == ["tower"]

    def test_the_reason_is_told(self) -> None:
        made = home().runs(job("blog"), "tower").plan()
        assert of(made).reasons == ("blog runs on it, and is moved in its quiet hours only, and it has none",)

    @pytest.mark.parametrize("kind", ["batch", "sysbatch"])
    def test_batch_work_is_waited_for(self, kind: str) -> None:
        made = home().runs(job("render", count=5, type=kind), "tower").plan()
        assert slept(made) == []
        assert of(made).reasons[0] == "it waits for the end of render"

    def test_system_jobs_do_not_matter(self) -> None:
        assert slept(home().runs(job("agent", type="system", memory=3900), "tower").plan()) == ["tower"]

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"volumes": (VolumeAsk("data"),)}, "data uses a volume on it"),
            ({"sticky_disk": True}, "data keeps its data on its disk"),
        ],
    )
    def test_data_in_use_stays(self, more: dict[str, object], reason: str) -> None:
        made = home(services=(Service("data", moves="any"),)).runs(job("data", count=2, definition="data", **more), "tower").plan()
        assert slept(made) == []
        assert of(made).reasons[0] == reason

    def test_what_leaves_anyway_needs_no_place(self) -> None:
        assert slept(home().runs(job("batch", type="batch"), "tower", leaving=True).plan()) == ["tower"]

    def test_work_of_an_unknown_job_stays(self) -> None:
        world = home().runs(SMALL, "tower")
        assert slept(replace(world, jobs=world.jobs[:1]).plan()) == []


class TestNever:
    @pytest.mark.parametrize(
        ("world", "reason"),
        [
            (home(machine("tower", never_sleeps=True)), "it never sleeps"),
            (home(machine("tower", sleep=None)), "no way to put it to sleep is defined"),
            (home(by_command("tower", wake=None)), "no way to wake it is defined"),
            (home().record("tower", held_until_s=NOON + 60), "a person holds it until 12:01:00"),
            (home().no_report("tower"), "its program hasn't reported"),
            (home().report("tower", keep_awake=("a person is at it", "apt runs")), "a person is at it; apt runs"),
            (home().report("tower", stay_until_s=NOON + 60), "a person wants it to stay on until 12:01:00"),
            (home().node("tower", eligible=False), "somebody else keeps work off it (it is ineligible)"),
            (
                home().record("tower", failures=1, out_until_s=NOON + 60),
                "it didn't go to sleep the last time; it is left alone until 12:01:00",
            ),
            (home().record("tower", moved_s=tuple(NOON - 60.0 * at for at in range(48))), "it was woken and put to sleep 48 times in 24 h"),
        ],
    )
    def test_it_stays_on_and_says_why(self, world: World, reason: str) -> None:
        made = world.plan()
        assert slept(made) == []
        assert of(made).reasons[0].startswith(reason)
        assert not of(made).superfluous

    def test_a_machine_that_is_not_defined(self) -> None:
        world = home(machine("tower"), machine("guest")).awake("guest").spare("guest")
        grid = replace(world.grid, machines=tuple(it for it in world.grid.machines if it.name != "guest"))
        made = plan(grid, world.snapshot())
        assert slept(made) == ["tower"]
        assert (of(made, "guest").reasons[0], of(made, "guest").counted, made.on) == ("it isn't defined", True, 3)

    def test_moves_of_yesterday_are_forgotten(self) -> None:
        assert slept(home().record("tower", moved_s=tuple(NOON - DAY - at for at in range(20))).plan()) == ["tower"]

    def test_what_must_be_on_for_another_that_is_on(self) -> None:
        world = World(grid_of(always(), machine("tower", 20), machine("desk", after=("tower",)))).awake("nas", "tower", "desk")
        made = world.spare("tower").report("desk", keep_awake=("a person",)).plan()
        assert slept(made) == []
        assert of(made).reasons[0] == "desk needs it"
        asleep = replace(world, on=frozenset({"nas", "tower"}))
        assert slept(asleep.spare("tower").plan()) == ["tower"]


class TestServers:
    def world(self, alive: int, voters: int, **more: object) -> World:
        machines = [always(f"s{at}", server=True) for at in range(1, alive)]
        grid = grid_of(always(), machine("tower", **({"server": True} | more)), *machines)
        names = [it.name for it in machines]
        return replace(World(grid).awake("nas", "tower", *names).spare("tower"), servers=("tower", *names), voters=voters)

    def test_one_that_quorum_needs_never_sleeps(self) -> None:
        made = self.world(2, 3).plan()
        assert slept(made) == []
        assert of(made).reasons[0] == "a Nomad server runs on it, and more than half of the 3 must stay"
        assert slept(self.world(1, 1).plan()) == []

    def test_one_that_quorum_does_not_need_sleeps(self) -> None:
        assert slept(self.world(3, 3).plan()) == ["tower"]

    def test_one_whose_definition_does_not_say_so_stays(self) -> None:
        assert slept(self.world(3, 3, server=False).plan()) == []

    def test_one_defined_as_server_of_which_nothing_is_known_stays(self) -> None:
        assert slept(replace(self.world(3, 3), servers=("s1", "s2")).plan()) == []

    def test_two_at_once_count_together(self) -> None:
        """Of five alive with five voters two may sleep, not three."""
        machines = [machine(f"m{at}", 50 + at, server=True) for at in range(3)]
        grid = grid_of(always(), *machines, always("s1", server=True), always("s2", server=True))
        names = ("m0", "m1", "m2", "s1", "s2")
        world = replace(World(grid).awake("nas", *names).spare("m0", "m1", "m2"), servers=names, voters=5)
        made = world.plan()
        assert [it.machine for it in made.machines if it.superfluous] == ["m1", "m2"]
        going = world.record("m1", power="draining", by="plan").plan()
        assert [it.machine for it in going.machines if it.superfluous] == ["m1", "m2"]


class TestRelays:
    def test_the_last_that_can_wake_a_zones_sleepers_stays(self) -> None:
        world = World(grid_of(always(zone="cellar"), machine("tower"), machine("desk"))).awake("nas", "tower").spare("tower")
        made = world.plan()
        assert slept(made) == []
        assert of(made).reasons[0] == "nobody else in zone attic could wake desk"

    def test_also_where_it_would_be_the_only_sleeper_itself(self) -> None:
        made = World(grid_of(always(zone="cellar"), machine("tower"))).awake("nas", "tower").spare("tower").plan()
        assert of(made).reasons[0] == "nobody else in zone attic could wake it"

    def test_of_two_the_dearer_sleeps(self) -> None:
        world = World(grid_of(always(zone="cellar"), machine("tower"), machine("desk", 35))).awake("nas", "tower", "desk")
        made = world.spare("tower", "desk").plan()
        assert slept(made) == ["tower"]
        assert of(made, "desk").reasons[0] == "nobody else in zone attic could wake tower"

    def test_what_a_command_wakes_needs_none(self) -> None:
        assert slept(World(grid_of(always(zone="cellar"), by_command("tower"))).awake("nas", "tower").spare("tower").plan()) == ["tower"]


class TestTime:
    def test_it_must_have_been_superfluous_for_a_while(self) -> None:
        made = home().spare("tower", for_s=149).plan()
        assert slept(made) == []
        assert of(made).superfluous
        assert "it sleeps at 12:00:01 (it was needed 0 times in 3 h)" in of(made).reasons[0]
        assert slept(home().spare("tower", for_s=150).plan()) == ["tower"]

    @pytest.mark.parametrize(
        ("times", "together", "rests_s"), [(1, 1, 150), (4, 1, 600), (8, 1, 1200), (40, 1, 3600), (4, 4, 300), (0, 16, 37.5)]
    )
    def test_one_that_is_needed_often_rests_longer(self, times: int, together: int, rests_s: float) -> None:
        needed = tuple(NOON - 4000.0 + at for at in range(times))
        early, late = (
            home()
            .spare("tower", for_s=rests_s + more)
            .record("tower", superfluous_since_s=NOON - rests_s - more, needed_s=needed, together=together)
            for more in (-1, 0)
        )
        assert slept(early.plan()) == []
        assert slept(late.plan()) == ["tower"]

    def test_needs_of_long_ago_count_no_more(self) -> None:
        needed = tuple(NOON - 3 * 3600.0 - at for at in range(20))
        assert slept(home().spare("tower", for_s=150).record("tower", superfluous_since_s=NOON - 150, needed_s=needed).plan()) == ["tower"]

    def test_it_is_marked_first(self) -> None:
        made = home().record("tower", superfluous_since_s=0.0).plan()
        assert slept(made) == []
        assert of(made).superfluous

    def test_it_stays_on_for_its_minimum(self) -> None:
        made = home().record("tower", on_since_s=NOON - 299).plan()
        assert slept(made) == []
        assert of(made).reasons[0] == "it stays on for 5 min at least, until 12:00:01"
        assert slept(home().record("tower", on_since_s=NOON - 300).plan()) == ["tower"]

    def test_without_a_record_it_is_marked_first(self) -> None:
        made = home().no_record("tower").plan()
        assert (slept(made), of(made).standing, of(made).superfluous) == ([], "on", True)

    def test_a_person_who_wants_it_asleep_needs_not_wait(self) -> None:
        world = home().record("tower", superfluous_since_s=0.0, on_since_s=NOON - 60, since_s=NOON - 60)
        assert slept(world.report("tower", sleep_asked_s=NOON - 30).plan()) == ["tower"]
        assert slept(world.report("tower", sleep_asked_s=NOON - 61).plan()) == []
        assert slept(world.record("tower", since_s=NOON - DAY).report("tower", sleep_asked_s=NOON - 601).plan()) == []

    def test_what_it_runs_counts_all_the_same(self) -> None:
        asked = home().report("tower", sleep_asked_s=NOON - 30)
        assert slept(asked.runs(job("render", type="batch"), "tower").plan()) == []


class TestBounds:
    def test_no_fewer_than_the_minimum(self) -> None:
        made = home(machine("tower"), power=Power(machines_min=2)).plan()
        assert (slept(made), made.desired) == ([], 2)
        assert of(made).reasons[0] == "at least 2 machines stay on (machines_min)"

    def test_what_only_the_minimum_keeps_gives_way_to_a_cheaper_one(self) -> None:
        world = home(machine("tower"), machine("mini", 8), power=Power(machines_min=2)).awake("tower")
        assert [(it.machine, it.reason) for it in world.plan().actions] == [("mini", "so that tower can sleep, 52 W saved")]
        assert slept(world.awake("mini").spare("tower", "mini").plan()) == ["tower"]

    def test_what_only_the_minimum_keeps_stays_where_another_saves_next_to_nothing(self) -> None:
        world = home(machine("tower"), machine("mini", 57), power=Power(machines_min=2)).awake("tower")
        assert world.plan().actions == ()

    def test_no_more_than_a_quarter_at_once(self) -> None:
        names = [f"m{at:02d}" for at in range(29)]
        world = World(grid_of(always(), *(machine(name) for name in names))).awake("nas", *names).spare(*names)
        made = world.plan()
        assert slept(made) == ["m00", "m01", "m02", "m03", "m04", "m05", "m06"]
        assert sum(it.superfluous for it in made.machines) == 29
        assert made.desired == 23


class TestGoing:
    def draining(self, by: str = "plan") -> World:
        world = home().record("tower", power="draining", since_s=NOON - 10, by=by, reason="nothing runs on it", drained=True)
        return world.node("tower", draining=True, eligible=False)

    def test_it_goes_on(self) -> None:
        made = self.draining().plan()
        assert (of(made).standing, of(made).superfluous, of(made).counted) == ("going", True, False)
        assert (made.on, made.desired, made.actions) == (1, 1, ())

    def test_it_stays_where_work_that_waits_needs_it(self) -> None:
        made = self.draining().waits(job("big", memory=5000)).plan()
        assert made.actions == ()
        assert (of(made).superfluous, of(made).reasons[0]) == (False, "waits for it: big")
        assert made.waiting[0].reason == "waits for tower, which was about to sleep and stays on"

    def test_it_goes_on_where_that_fits_elsewhere(self) -> None:
        assert of(self.draining().waits(job("little", memory=100)).plan()).superfluous

    @pytest.mark.parametrize(
        ("kind", "more", "reason"),
        [
            ("report", {"keep_awake": ("a person is at it",)}, "a person is at it"),
            ("report", {"stay_until_s": NOON + 60}, "a person wants it to stay on until 12:01:00"),
            ("record", {"held_until_s": NOON + 60}, "a person holds it until 12:01:00"),
        ],
    )
    def test_a_veto_calls_it_off(self, kind: str, more: dict[str, object], reason: str) -> None:
        world = self.draining()
        made = (world.report("tower", **more) if kind == "report" else world.record("tower", **more)).plan()
        assert (of(made).superfluous, of(made).reasons[0]) == (False, reason)

    def test_it_stays_where_what_is_left_on_it_fits_nowhere_any_more(self) -> None:
        made = self.draining().runs(job("big", memory=5000, count=2), "tower").plan()
        assert not of(made).superfluous

    def test_what_is_left_on_it_needs_room_that_no_other_may_use(self) -> None:
        """The nas takes the work of the tower that is being emptied or that of the desk, not both."""
        half = job("half", memory=2500, count=2)
        grid = grid_of(always(), machine("tower"), machine("desk"))
        world = World(grid).awake("nas", "tower", "desk").spare("desk").record("tower", power="draining", by="plan", drained=True)
        world = world.node("tower", draining=True, eligible=False)
        assert slept(world.runs(half, "desk").plan()) == ["desk"]
        assert slept(world.runs(half, "tower", "desk").plan()) == []

    def test_what_a_person_sends_to_sleep_goes(self) -> None:
        made = self.draining("a person").waits(job("big", memory=5000)).plan()
        assert of(made).superfluous

    def test_what_somebody_else_drains_takes_no_work(self) -> None:
        made = home().node("tower", draining=True, eligible=False).waits(job("big", memory=5000)).plan()
        assert (of(made).standing, made.on) == ("going", 1)
        assert made.actions == ()


class TestInsteadOf:
    """A cheaper machine in the place of a dearer one."""

    def world(self, watts: float | None = 8, **more: object) -> World:
        grid = grid_of(always(memory=1000), machine("tower"), machine("mini", watts, 8000, **more))
        return World(grid).awake("nas", "tower").runs(job("big", memory=5000, count=2), "tower")

    def test_the_cheaper_is_woken_first(self) -> None:
        made = self.world().plan()
        assert [(it.action, it.machine, it.reason) for it in made.actions] == [("wake", "mini", "so that tower can sleep, 52 W saved")]

    def test_then_the_dearer_sleeps_and_nothing_more_happens(self) -> None:
        world = self.world()
        world = world.done(world.plan())
        assert world.plan().actions == ()
        marked = world.marked(world.plan()).later(700)
        assert slept(marked.plan()) == ["tower"]
        after = marked.done(marked.plan())
        for seconds in (0, 1000, 5000, 2 * DAY):
            assert after.marked(after.plan()).later(seconds).plan().actions == ()

    def test_while_it_is_coming_no_second_one_is_woken(self) -> None:
        coming = self.world().record("mini", power="waking", since_s=NOON - 60)
        assert coming.plan().actions == ()

    @pytest.mark.parametrize(
        "world",
        [
            pytest.param({"watts": 56}, id="under 5 W and 10 %"),
            pytest.param({"watts": None}, id="unknown watts are no saving"),
            pytest.param({"quiet_hours": QUIET}, id="quiet hours"),
        ],
    )
    def test_not_where_it_is_not_worth_it(self, world: dict[str, object]) -> None:
        assert self.world(**world).plan().actions == ()  # type: ignore[arg-type]

    def test_what_it_needs_is_woken_first_and_its_watts_count(self) -> None:
        world = World(grid_of(always(memory=1000), machine("tower"), machine("hub", 10, 1000), machine("mini", 8, 8000, after=("hub",))))
        world = world.awake("nas", "tower").runs(job("big", memory=5000, count=2), "tower")
        assert [(it.machine, it.reason) for it in world.plan().wakes] == [("hub", "mini needs hub first")]
        world = world.done(world.plan())
        assert [(it.machine, it.reason) for it in world.plan().wakes] == [("mini", "so that tower can sleep, 52 W saved")]

    @pytest.mark.parametrize("watts", [None, 48.0])
    def test_not_where_what_it_needs_draws_too_much_or_nobody_knows_how_much(self, watts: float | None) -> None:
        grid = grid_of(always(memory=1000), machine("tower"), machine("hub", watts, 1000), machine("mini", 8, 8000, after=("hub",)))
        world = World(grid).awake("nas", "tower").runs(job("big", memory=5000, count=2), "tower")
        assert world.plan().actions == ()

    def test_not_where_nomad_would_put_the_wrong_part_of_the_work_there(self) -> None:
        """The mini takes the big one alone, but the small one is more important, and is put there first."""
        small, big = job("small", 500, count=2, priority=80), job("big", 7900, count=2)
        grid = grid_of(always(memory=7000), machine("tower"), machine("mini", 8, 8000, cpu=2000))
        tower = World(grid).awake("nas", "tower").runs(big, "tower")
        assert [it.machine for it in tower.plan().wakes] == ["mini"]
        assert tower.runs(small, "tower").plan().actions == ()

    def test_many_that_are_too_small_do_not_hide_the_one_that_fits(self) -> None:
        phones = [machine(f"phone{at:02d}", 2, 1000) for at in range(20)]
        world = World(grid_of(always(memory=1000), machine("tower"), machine("mini", 8, 8000), *phones)).awake("nas", "tower")
        assert [it.machine for it in world.runs(job("big", memory=5000, count=2), "tower").plan().wakes] == ["mini"]

    def test_not_for_what_does_not_move_or_what_must_stay(self) -> None:
        assert self.world().report("tower", keep_awake=("a person",)).plan().actions == ()
        assert self.world().runs(job("render", type="batch"), "tower").plan().actions == ()
        assert self.world().record("tower", on_since_s=NOON - 60).plan().actions == ()

    def test_not_where_what_waits_needs_the_dearer_one(self) -> None:
        assert self.world().waits(job("more", memory=9000)).plan().actions == ()

    def test_where_a_coming_machine_will_take_it_no_cheaper_one_is_woken(self) -> None:
        """It is on its way and has room: the nas is too small."""
        grid = grid_of(always(memory=1000), machine("tower"), machine("mini", 8, 8000), machine("desk", 35, 8000))
        world = World(grid).awake("nas", "tower").runs(job("big", memory=5000, count=2), "tower")
        assert [it.machine for it in world.plan().wakes] == ["mini"]
        assert world.record("desk", power="waking", since_s=NOON - 60).plan().actions == ()

    def test_not_for_the_last_that_can_wake_its_zone(self) -> None:
        grid = grid_of(always(memory=1000, zone="cellar"), machine("tower"), by_command("mini", 8, 8000, zone="cellar"))
        world = World(grid).awake("nas", "tower").runs(job("big", memory=5000, count=2), "tower")
        assert world.plan().actions == ()


class TestFilling:
    """The mini could take what waits in the place of the tower, once its own work is on the nas."""

    def world(self, moves: str = "any", tower: float = 60) -> World:
        pair = job("pair", memory=1900, count=3, definition="pair")
        grid = grid_of(
            always(),
            machine("tower", tower, 2000),
            machine("mini", 20, 2000),
            services=(Service("pair", moves=moves, count=3),),  # type: ignore[arg-type]
        )
        return World(grid).awake("nas", "tower", "mini").spare("mini").runs(pair, "mini").waits(pair, 2)

    def test_the_cheaper_one_stays_on_until_a_dearer_one_has_the_work_that_waits(self) -> None:
        made = self.world().plan()
        assert made.actions == ()
        why = "tower draws more and is about to take work; which of the two sleeps is decided after that"
        assert (of(made, "mini").superfluous, of(made, "mini").reasons[0]) == (True, why)

    def test_not_for_ever_where_nomad_leaves_the_work_waiting(self) -> None:
        world = self.world()
        stuck = replace(world, demands=tuple(replace(it, since_s=NOON - 120) for it in world.demands))
        assert slept(stuck.plan()) == ["mini"]
        assert slept(stuck.record("tower", on_since_s=NOON - 30).plan()) == []

    def test_a_person_who_wants_it_asleep_needs_not_wait(self) -> None:
        asked = self.world().record("mini", since_s=NOON - 60).report("mini", sleep_asked_s=NOON - 30)
        assert slept(asked.plan()) == ["mini"]

    @pytest.mark.parametrize("more", [{"tower": 24}, {"moves": "never"}])
    def test_not_where_the_dearer_one_would_stay_on_all_the_same(self, more: dict[str, object]) -> None:
        world = self.world(**more)  # type: ignore[arg-type]
        mobile = job("other", memory=1900, count=2)
        world = replace(world, allocations=()).runs(mobile, "mini")
        assert slept(world.plan()) == ["mini"]


def test_work_that_waits_keeps_a_machine_that_takes_work_again_in_a_moment() -> None:
    """It is on, and ineligible because of us; the grid makes it eligible again."""
    back = home().record("tower", drained=True).node("tower", eligible=False)
    made = back.waits(job("big", memory=5000)).plan()
    assert made.actions == ()
    assert of(made).reasons[0] == "work that waits will go to it"
    assert made.waiting[0].reason == "waits for tower, which takes work again in a moment"


def test_what_needs_the_dearer_one_does_not_replace_it() -> None:
    grid = grid_of(always(memory=1000), machine("tower"), machine("mini", 8, 8000, after=("tower",)))
    assert World(grid).awake("nas", "tower").runs(job("big", memory=5000, count=2), "tower").plan().actions == ()


def test_a_system_job_that_waits_takes_room_on_sleepers_too() -> None:
    world = World(grid_of(always(), machine("tower"))).awake("nas").waits(job("agent", memory=3999, type="system"))
    assert world.waits(job("big", memory=14000)).plan().wakes == ()
    assert [it.machine for it in world.waits(job("big", memory=12000)).plan().wakes] == ["tower"]


def test_a_system_job_takes_the_room_of_what_was_about_to_sleep_and_stays_on() -> None:
    """Emptied, the tower has room for the agent or for what waits; the agent comes to every machine."""
    agent, big = job("agent", memory=1900, type="system"), job("big", memory=1900, count=2)
    grid = grid_of(always(memory=1000), machine("tower", memory=2000))
    draining = World(grid).awake("nas", "tower").record("tower", power="draining", since_s=NOON - 10, by="plan", drained=True)
    draining = draining.node("tower", draining=True, eligible=False).waits(big, 1)
    assert not of(draining.plan()).superfluous
    assert of(draining.knows(agent).plan()).superfluous
