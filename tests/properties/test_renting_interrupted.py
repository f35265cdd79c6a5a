"""Whatever is lost on the way, of who steers or of what a provider answers: no server is left without a slot that is on, none is destroyed
while it works, and no budget is passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby

from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulacra.model.journal import Record
from tests.rented_world import BOOT_S, SLOT, World, plan, step

TROUBLE, CALM, REST = 60, 200, 30
"""Steps of five seconds; where nothing changes for the last of these it is over."""
NEVER, LATE_S = None, 200.0
times = st.frozensets(st.integers(0, TROUBLE), max_size=30)


@dataclass
class Trouble:
    """``lost``: steps whose effects nobody carries out; ``stale``: looks at an old listing. ``down`` and ``refuses``: from which step to
    which. ``by_hand``: when somebody destroys what there is. ``until``: when nothing needs it any more, or never. ``stubborn``: its work
    doesn't leave when it should.
    """

    lost: frozenset[int] = frozenset()
    stale: frozenset[int] = frozenset()
    down: tuple[int, int] = (0, 0)
    refuses: tuple[int, int] = (0, 0)
    by_hand: int | None = None
    until: int | None = None
    stubborn: bool = False
    starts: World = field(default_factory=World)

    @property
    def bearable(self) -> bool:
        """Nothing is asked for in vain for so long that money runs away meanwhile: of that nobody could know, or do anything about it."""
        lost = (len(list(run)) for at, run in groupby(range(TROUBLE), lambda it: it in self.lost | self.stale) if at)
        return self.down[1] <= self.down[0] and max(lost, default=0) <= 10


@st.composite
def troubles(draw: st.DrawFn) -> Trouble:
    spans = st.tuples(st.integers(0, TROUBLE), st.integers(0, TROUBLE))
    world = World(
        budget=draw(st.sampled_from([None, None, 0.3, 0.5])),
        joins_after_s=draw(st.sampled_from([(BOOT_S,), (NEVER, BOOT_S), (LATE_S, BOOT_S), (NEVER,), (1.0,)])),
        dies_after_s=draw(st.sampled_from([None, None, 100.0])),
        lags_s=draw(st.sampled_from([0.0, 20.0, 40.0])),
        tokens=draw(st.booleans()),
        answers=draw(st.booleans()),
    )
    quiet = st.just((0, 0))
    return Trouble(
        draw(times),
        draw(times),
        draw(quiet | spans),
        draw(quiet | spans),
        draw(st.none() | st.integers(0, TROUBLE)),
        draw(st.none() | st.integers(0, TROUBLE)),
        draw(st.booleans()),
        world,
    )


def lived(trouble: Trouble, begins: Record) -> tuple[Record, World]:
    """To the end of it all; what must hold at each step is looked at on the way."""
    world, record, rests = trouble.starts, begins, 0
    for index in range(TROUBLE + CALM):
        if rests > REST:
            break
        world.down = trouble.down[0] <= index < trouble.down[1]
        world.refuses = trouble.refuses[0] <= index < trouble.refuses[1]
        world.needed = trouble.until is None or index < trouble.until
        if index == trouble.by_hand:
            world.by_hand()
        if index >= TROUBLE:
            world.lags_s, world.answers, world.dies_after_s, world.joins_after_s = 0.0, True, None, (BOOT_S,)
        works(world, trouble.stubborn)
        made = step(world, plan(world, record), index in trouble.lost, index in trouble.stale)
        rests = rests + 1 if index > TROUBLE and made.record == record and not made.effects else 0
        record = made.record
        if record.power == "asleep" and any(it.after == "asleep" for it in made.entries):
            assert not world.ledger.servers_of(SLOT), "it is asleep, and its provider lists a server of it"
        assert len([it for it in world.there() if it.ends_s is None]) <= 2
    return record, world


def works(world: World, stubborn: bool) -> None:
    """Work comes to what takes it, ends where nothing needs it any more, and may be slow to leave."""
    node = world.node()
    on = node is not None and node.status == "ready"
    if on and world.needed and (world.eligible or (stubborn and world.jobs)):
        world.jobs = ("web",)
        world.draining = world.draining and not stubborn
    elif not world.needed:
        world.jobs = ()


ASLEEP = Record(SLOT, "asleep", World().now_s - 500, "nothing needs it", "plan")


@settings(max_examples=150)
@given(troubles())
@example(Trouble(lost=frozenset({0}), until=20))
@example(Trouble(lost=frozenset(range(1, 20)), until=30, starts=World(answers=False, lags_s=40.0)))
@example(Trouble(stubborn=True, starts=World(budget=0.3)))
def test_in_the_end_there_is_a_server_where_one_is_needed_and_none_else(trouble: Trouble) -> None:
    record, world = lived(trouble, ASLEEP)
    staying = [it for it in world.there() if it.ends_s is None]
    if not world.needed:
        assert (record.power, staying) == ("asleep", []) or (record.power == "failed" and not staying)
    elif record.power == "on":
        assert [it.id for it in staying] == [world.node_of]
        assert world.eligible
    elif record.power in ("asleep", "failed"):
        assert not staying
    else:
        assert len(staying) <= 1
    for said in world.destroyed_busy:
        assert said.startswith(("sleeping: it is given back: ", "failed: ")), said
    if trouble.bearable and world.budget is not None:
        assert world.paid() <= Decimal(str(world.budget))


@settings(max_examples=60)
@given(times, times, st.booleans())
def test_what_nobody_wrote_down_is_found_and_used_or_destroyed(lost: frozenset[int], stale: frozenset[int], needed: bool) -> None:
    """Its record is of long ago: who created it was killed, and the journal lost."""
    world = World()
    world.create("by-somebody")
    record, world = lived(Trouble(lost, stale, until=None if needed else 0, starts=world), ASLEEP)
    staying = [it for it in world.there() if it.ends_s is None]
    assert len(staying) == needed
    assert record.power == ("on" if needed else "asleep")


@settings(max_examples=60)
@given(times, times, st.booleans())
def test_a_slot_without_a_definition_is_emptied_for_good(lost: frozenset[int], stale: frozenset[int], stubborn: bool) -> None:
    """While its provider lists a server of it, it is a machine of the grid."""
    world = World(retired=True, tokens=False)
    world.create("by-somebody")
    record, world = lived(Trouble(lost, stale, stubborn=stubborn, starts=world), replace(ASLEEP, since_s=world.now_s - 500))
    assert not [it for it in world.there() if it.ends_s is None]
    assert record.power in ("sleeping", "asleep", "failed")
    assert world.made == 1
