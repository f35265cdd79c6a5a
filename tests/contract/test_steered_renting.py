"""Steering rents: from work that waits to a server that is gone again, and on after it was killed at any step of that. The real steering,
over a Nomad and a provider in memory, on a virtual clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from cloud_scenes import CLOUD, grid_with, server_node
from fake_cloud import FakeCloud, FakeProvider
from scenes import NOON, always, node_of

from simulacra.faults import Fault, Refusal
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad_values import JobJson
from simulacra.model.cloud import Cloud, Listing, Offer, Slot
from simulacra.model.journal import PowerState, Record
from simulacra.model.ledger import CLOUDS, Ledger, News
from simulacra.model.rented import with_slots
from simulacra.model.settings import Power
from simulacra.steering import Steering, Surroundings
from tests.simulation.model_agent import Killed, OneByOne
from tests.simulation.model_nomad import ModelNomad

SELLS = (Offer("small", 2048, 8192, 2, 4000, Decimal("0.02")), Offer("large", 8192, 8192, 4, 8000, Decimal("0.07")))
BOOT_S, TICK_S = 60.0, 5.0
POWER = Power(evaluate_every_s=TICK_S, minimum_uptime_s=120.0, sleep_after_s=60.0, drain_within_s=300.0)
GRID = grid_with(always(memory=1000), clouds=(replace(CLOUD, boot_time_s=BOOT_S, monthly_budget=5.0),), power=POWER)
SLOT = "burst-small-1"


def job(memory_mb: int = 1500, name: str = "web") -> JobJson:
    task = {"Name": "it", "Driver": "exec", "Resources": {"CPU": 100, "MemoryMB": memory_mb}}
    meta = {"simulacra_grid": GRID.name}
    return {"ID": name, "Type": "service", "Meta": meta, "TaskGroups": [{"Name": name, "Count": 1, "Tasks": [task]}]}


class FixedGrid:
    """Definitions that nobody edits but the test."""

    def __init__(self) -> None:
        self.grid = GRID

    def now(self) -> object:
        return self.grid


@dataclass
class AtOnce:
    """Asks the provider as soon as it is asked itself, for one who steers; ``kills`` has at which call that one dies: before it takes
    effect, or after.
    """

    port: Callable[[Cloud], FakeCloud]
    clock: Callable[[], float]
    kills: dict[str, str] = field(default_factory=dict)
    heard: dict[str, News] = field(default_factory=dict)

    def news(self, cloud: Cloud, soon: bool) -> News:  # noqa: ARG002 - it always asks
        news = self.heard.get(cloud.name, News())
        try:
            listing = self.port(cloud).servers()
            news = replace(
                news, offers=self.port(cloud).offers(), offered_s=self.clock(), listing=Listing(listing.servers, self.clock()), problem=""
            )
        except Fault as fault:
            news = replace(news, problem=str(fault))
        self.heard[cloud.name] = news
        return news

    def create(self, cloud: Cloud, slot: Slot, creation: str) -> None:
        self._dies("create", "before")
        try:
            self.port(cloud).create(slot, "", creation)
        except Refusal as refusal:
            self.heard[cloud.name] = replace(self.heard[cloud.name], refused=((creation, str(refusal)),))
        except Fault:
            return
        self._dies("create", "after")

    def destroy(self, cloud: Cloud, server_ids: Sequence[str]) -> None:
        self._dies("destroy", "before")
        for server_id in server_ids:
            try:
                self.port(cloud).destroy(server_id)
            except Fault:
                return
        self._dies("destroy", "after")

    def close(self) -> None:
        return None

    def _dies(self, what: str, when: str) -> None:
        if self.kills.get(what) == when:
            raise Killed(what)


@dataclass
class Story:
    """One's own nas is full; what waits needs a server. ``kills`` is for who steers first; the next one lives."""

    kills: dict[str, str] = field(default_factory=dict)
    joins: bool = True
    now_s: float = NOON
    waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    lives: int = 0
    grids: FixedGrid = field(default_factory=FixedGrid)
    steering: Steering = field(init=False)

    def __post_init__(self) -> None:
        self.provider = FakeProvider(SELLS, lambda: self.now_s, boot_s=20.0, stop_s=20.0)
        self.nomad = ModelNomad(lambda: self.now_s, lambda seconds, then: self.waiting.append((self.now_s + seconds, then)))
        self.nomad.servers = {"nas": True}
        self.nomad.join(replace(node_of(GRID, GRID.machines[0]), changed_s=NOON))
        self.nomad.written = lambda path, _items: self._dies_writing(path)
        self._joined: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """Somebody takes the lead, who knows nothing."""
        self.lives += 1
        kills = self.kills if self.lives == 1 else {}
        asked = AtOnce(lambda cloud: FakeCloud("trial", cloud, self.provider), lambda: self.now_s, kills)
        around = Surroundings(lambda: self.now_s, f"agent-{self.lives}", lambda _: None, lambda attempt: 2.0**attempt, OneByOne, asked)
        self.steering = Steering(self.grids, self.nomad, self.told.append, around)  # type: ignore[arg-type]

    def _dies_writing(self, path: str) -> None:
        if self.lives == 1 and path.startswith(CLOUDS) and self.kills.get("ledger") and self.provider.running:
            del self.kills["ledger"]
            raise Killed("ledger")

    def step(self) -> None:
        """An evaluation, and then its interval."""
        try:
            self.steering.step()
            plan = self.steering.plan()
            if plan.desired != plan.on:
                self.steering.scale(plan.desired, "as planned", dry=False)
        except Killed:
            self.begin()
        self.now_s += TICK_S
        due = [then for at_s, then in self.waiting if at_s <= self.now_s]
        self.waiting = [it for it in self.waiting if it[0] > self.now_s]
        for then in due:
            then()
        self._servers()

    def _servers(self) -> None:
        """What runs at the provider joins, and what doesn't any more is missed."""
        whole = with_slots(GRID, ())
        there = {server.id: server for _, server in self.provider.running.values() if self._runs(server.id)}
        for server in there.values():
            slot = whole.machine(server.machine)
            if self.joins and slot is not None and self.now_s - (server.created_s or 0.0) >= BOOT_S and server.id not in self._joined:
                self._joined.add(server.id)
                self.nomad.join(replace(server_node(whole, slot, SELLS), id=f"node-{server.id}", changed_s=self.now_s))
        for server_id in sorted(self._joined - there.keys()):
            self._joined.discard(server_id)
            self.nomad.miss(f"node-{server_id}")

    def _runs(self, server_id: str) -> bool:
        ends_s = self.provider.stopping.get(server_id)
        return ends_s is None or self.now_s < ends_s

    def run(self, seconds: float) -> Story:
        for _ in range(int(seconds / TICK_S)):
            self.step()
        return self

    @property
    def there(self) -> list[str]:
        """The slots of all servers that the provider runs."""
        return sorted(server.machine for _, server in self.provider.running.values() if server.id not in self.provider.stopping)

    def record(self, slot: str = SLOT) -> Record:
        return next(it for it in Journal(self.nomad).records() if it.machine == slot)

    def ledger(self) -> Ledger:
        (found,) = Journal(self.nomad).ledgers()
        return found

    def waits(self, *jobs: JobJson) -> Story:
        for it in jobs or (job(),):
            self.nomad.register(it, "", 0, preserve_counts=True)
        return self

    def powers(self) -> list[PowerState | str]:
        return [entry.after for entry in Journal(self.nomad).entries() if entry.machine == SLOT]

    def placed(self, name: str = "web") -> str | None:
        node = next((it.node for it in self.nomad.live_allocations() if it.job == name), None)
        return next((it.name for it in self.steering.look().snapshot.nodes if it.id == node), None)


def test_a_burst_gets_a_server_which_goes_when_nothing_needs_it() -> None:
    story = Story().waits().run(20)
    assert (story.there, story.record().power) == ([SLOT], "waking")
    assert story.steering.look().plan.waiting[0].reason == f"waits for {SLOT}, which is being woken"
    story.run(80)
    assert (story.record().power, story.placed()) == ("on", SLOT)
    assert [(it.machine, it.state, it.price) for it in story.ledger().servers] == [(SLOT, "running", Decimal("0.02"))]
    story.run(600)
    assert story.record().power == "on"
    story.nomad.stop("web")
    story.run(300)
    assert (story.there, story.record().power, story.provider.made) == ([], "asleep", 1)
    assert story.powers() == ["waking", "on", "draining", "sleeping", "asleep"]
    assert story.ledger().servers == ()
    assert story.ledger().gone > 0
    assert story.steering.look().plan.actions == ()


@pytest.mark.parametrize(
    "kills",
    [{"create": "before"}, {"create": "after"}, {"ledger": "after"}, {"destroy": "before"}, {"destroy": "after"}],
    ids=lambda it: "-".join(*it.items()),
)
def test_who_takes_over_after_a_kill_goes_on(kills: dict[str, str]) -> None:
    """Between the record and the creation; between the creation and the ledger; around the destruction."""
    story = Story(dict(kills)).waits().run(400)
    assert (story.placed(), story.there, story.provider.made) == (SLOT, [SLOT], 1)
    story.nomad.stop("web")
    story.run(400)
    assert (story.lives, story.there, story.record().power, story.provider.made) == (2, [], "asleep", 1)


def test_a_server_that_nobody_knows_of_is_used_or_goes() -> None:
    """Its creation was asked for by somebody whose journal is lost."""
    story = Story()
    FakeCloud("trial", GRID.clouds[0], story.provider).create(Slot("burst-large-2", "burst", "large", 2), "", "lost")
    story.waits(job(1500), job(6000, "wide")).run(120)
    assert story.placed("wide") == "burst-large-2"
    assert story.provider.made == 1
    for name in ("web", "wide"):
        story.nomad.stop(name)
    assert story.run(600).there == []


def test_a_server_of_a_cloud_that_is_not_defined_any_more_goes() -> None:
    story = Story()
    FakeCloud("trial", replace(GRID.clouds[0], name="earlier"), story.provider).create(
        Slot("earlier-small-1", "earlier", "small", 1), "", "old"
    )
    story.run(300)
    assert story.there == []
    assert "the definitions have no place for it any more" in story.record("earlier-small-1").reason


def test_one_that_is_called_like_ones_own_machine_goes_and_that_stays() -> None:
    story = Story()
    FakeCloud("trial", GRID.clouds[0], story.provider).create(Slot("nas", "burst", "small", 1), "", "odd")
    story.run(300)
    assert story.there == []
    nas = next(it for it in story.steering.look().snapshot.nodes if it.name == "nas")
    assert (nas.status, nas.eligible) == ("ready", True)


def test_servers_of_other_grids_are_left_alone() -> None:
    story = Story()
    FakeCloud("club", GRID.clouds[0], story.provider).create(Slot(SLOT, "burst", "small", 1), "", "theirs")
    assert story.run(600).there == [SLOT]
    assert story.provider.made == 1


def test_one_that_never_joins_is_destroyed_and_its_size_tried_less() -> None:
    story = Story(joins=False).waits().run(180)
    assert story.record().power == "failed"
    assert story.record().reason == "didn't join within 130 s"
    made = story.provider.made
    assert made == 2  # the small one didn't come: a larger one was tried
    story.run(300)
    assert len(story.there) <= 1
    story.joins = True
    story.run(700)
    assert story.placed() is not None


def test_a_refusal_is_told_and_tried_again_later() -> None:
    story = Story()
    story.provider.quota = 0
    story.waits().run(60)
    assert "the quota of 0 servers is used up" in story.record().reason
    assert story.there == []
    waits = story.steering.look().plan.waiting[0].reason
    assert "is left out until" in waits
    assert "the quota of 0 servers is used up" in waits
    story.provider.quota = 10
    assert story.run(700).placed() is not None


def test_a_provider_that_is_down_stops_nothing_else_and_is_asked_again() -> None:
    story = Story()
    story.provider.away = True
    story.waits(job(), job(500, "little")).run(300)
    assert (story.placed("little"), story.placed()) == ("nas", None)
    assert "can't be reached" in story.ledger().problem
    assert any("can't be reached" in it.reason for it in story.steering.look().plan.waiting)
    story.provider.away = False
    assert story.run(200).placed() == SLOT


def test_what_is_rented_where_its_provider_goes_down_is_kept_and_given_back_later() -> None:
    story = Story().waits().run(120)
    story.provider.away = True
    story.nomad.stop("web")
    story.run(400)
    assert (story.there, story.record().power) == ([SLOT], "sleeping")
    story.provider.away = False
    assert story.run(100).there == []


def test_the_budget_ends_it_all() -> None:
    """0.02 an hour, by the minute: 0.02 pay for an hour, of which the last quarter is kept for leaving."""
    story = Story()
    story.grids.grid = replace(GRID, clouds=(replace(GRID.clouds[0], monthly_budget=0.02),))
    story.waits().run(7200)
    assert story.there == []
    ledger = story.ledger()
    assert ledger.gone + sum((it.price or 0) for it in ledger.servers) <= Decimal("0.02")
    assert ledger.gone > Decimal("0.012")
    waits = story.steering.look().plan.waiting[0].reason
    assert "the budget of cloud burst doesn't pay for it" in waits


def test_a_grid_that_only_observes_touches_nothing() -> None:
    story = Story()
    story.grids.grid = replace(GRID, mode="observe")
    story.waits().run(300)
    assert (story.there, story.provider.made) == ([], 0)
    assert [(it.action, it.machine) for it in story.steering.look().plan.actions] == [("wake", SLOT)]


def test_a_size_that_is_taken_out_goes_with_its_server() -> None:
    story = Story().waits().run(150)
    assert story.there == [SLOT]
    story.grids.grid = replace(GRID, clouds=(replace(GRID.clouds[0], sizes=("large",)),))
    story.run(900)
    assert story.there == ["burst-large-1"]
    assert story.placed() == "burst-large-1"
