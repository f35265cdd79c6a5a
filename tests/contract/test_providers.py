"""Who asks clouds' providers: threads for steering, a virtual clock for the simulation. Both keep nobody waiting, and say the same."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from fake_cloud import FakeCloud, FakeProvider

from simulacra.gateways.cloud_worker import CloudWorkers, Opening
from simulacra.model.cloud import Cloud, Offer, Server, slots_of
from simulacra.model.ledger import News
from tests.simulation.clockwork import Clockwork
from tests.simulation.model_provider import ModelPort, ModelProvider

CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small",), "an image", region="somewhere", max=2)
OTHER = replace(CLOUD, name="other")
FIRST, SECOND = slots_of(CLOUD)
SELLS = (Offer("small", 4096, price=Decimal("0.06")),)
FASTER = 40.0
"""So much faster than the clock on the wall do the threads' seconds pass."""


@dataclass
class Place:
    """Providers with one cloud's servers behind them. ``stuck``: from then on no answer comes, or they come again; ``lags``: what is listed
    is so old. ``wrong`` has by how much the clock of whoever asks is wrong.
    """

    providers: CloudWorkers
    at: FakeProvider
    pause: Callable[[float], None]
    stuck: Callable[[bool], None]
    lags: Callable[[float], None]
    wrong: list[float]
    told: list[str] = field(default_factory=list)

    def news(self, soon: bool = True) -> News:
        return self.providers.news(CLOUD, soon)

    def until(self, holds: Callable[[News], object]) -> News:
        for _ in range(2000):
            seen = self.news()
            if holds(seen):
                return seen
            self.pause(0.5)
        raise AssertionError(f"never seen: {self.news()}, told {self.told}")


class Queue:
    """Virtual time: what is for later happens in its order."""

    def __init__(self) -> None:
        self.now_s = 1_700_000_000.0
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        heapq.heappush(self._waiting, (self.now_s + seconds, next(self._order), then))

    def pass_time(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self._waiting and self._waiting[0][0] <= until_s:
            self.now_s, _, then = heapq.heappop(self._waiting)
            then()
        self.now_s = until_s


@dataclass
class Gate:
    """What is between the threads and the provider."""

    open: threading.Event = field(default_factory=threading.Event)
    lag_s: float = 0.0


@dataclass
class Gated(FakeCloud):
    """Answers while its gate is open, from a picture that is so old."""

    gate: Gate = field(default_factory=Gate)

    def _asked(self) -> None:
        self.gate.open.wait()
        super()._asked()

    def _seen(self, server: Server, now: float) -> Server | None:
        return super()._seen(server, now) if (server.created_s or 0.0) <= now - self.gate.lag_s else None


def on_threads() -> Iterator[Place]:
    began_s = time.monotonic()

    def clock() -> float:
        return 1_700_000_000.0 + FASTER * (time.monotonic() - began_s)

    told: list[str] = []
    wrong = [0.0]
    at = FakeProvider(SELLS, clock)
    gate = Gate()
    gate.open.set()

    def stuck(so: bool) -> None:
        if so:
            gate.open.clear()
        else:
            gate.open.set()

    def lags(seconds: float) -> None:
        gate.lag_s = seconds

    ask = Opening(lambda cloud: Gated("home", cloud, at, gate=gate), lambda _cloud, _slot: "", told.append, lambda: clock() + wrong[0])
    providers = CloudWorkers(ask)
    yield Place(providers, at, lambda seconds: time.sleep(seconds / FASTER), stuck, lags, wrong, told)
    gate.open.set()
    providers.close()


def on_a_virtual_clock() -> Iterator[Place]:
    queue, told, wrong = Queue(), list[str](), [0.0]
    at = ModelProvider(SELLS, lambda: queue.now_s)

    def stuck(so: bool) -> None:
        at.slow_s = 15.0 if so else 0.0

    def lags(seconds: float) -> None:
        at.lag_s = seconds

    def works(cloud: Cloud, opening: Opening) -> Clockwork:
        return Clockwork(cloud, opening, at, 1.0, queue.later)

    ask = Opening(lambda cloud: ModelPort("home", cloud, at), lambda _cloud, _slot: "", told.append, lambda: queue.now_s + wrong[0])
    yield Place(CloudWorkers(ask, works), at, queue.pass_time, stuck, lags, wrong, told)


@pytest.fixture(params=[on_threads, on_a_virtual_clock], ids=["threads", "clockwork"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from request.param()


def machines(news: News) -> list[str]:
    """Whose servers run, as far as is known."""
    return [it.machine for it in news.listing.servers if it.state != "stopping"] if news.listing is not None else []


def test_nothing_is_known_before_anything_is_asked_and_then_all_is(place: Place) -> None:
    place.stuck(True)
    assert place.news() == News()
    place.stuck(False)
    seen = place.until(lambda news: news.listing is not None)
    assert seen.offers is not None
    assert [it.size for it in seen.offers.here] == ["small"]
    assert (machines(seen), seen.problem, seen.refused) == ([], "", ())


def test_what_is_created_is_listed_and_what_is_destroyed_is_not(place: Place) -> None:
    place.until(lambda news: news.listing is not None)
    place.providers.create(CLOUD, FIRST, "one")
    seen = place.until(lambda news: machines(news) == [FIRST.name])
    assert seen.listing is not None
    place.providers.destroy(CLOUD, [it.id for it in seen.listing.servers])
    place.until(lambda news: machines(news) == [])
    assert place.at.made == 1


def test_the_same_creation_asked_for_again_is_the_same_server(place: Place) -> None:
    for _ in range(3):
        place.providers.create(CLOUD, FIRST, "one")
    place.providers.create(CLOUD, SECOND, "two")
    place.until(lambda news: len(machines(news)) == 2)
    place.providers.create(CLOUD, FIRST, "one")
    place.pause(20.0)
    place.until(lambda news: machines(news) == [FIRST.name, SECOND.name])
    assert place.at.made == 2


def test_what_was_created_stays_known_while_the_listing_lags_behind(place: Place) -> None:
    place.lags(30.0)
    place.until(lambda news: news.listing is not None)
    place.providers.create(CLOUD, FIRST, "one")
    place.until(lambda news: machines(news) == [FIRST.name])
    for _ in range(40):
        place.pause(1.0)
        assert machines(place.news()) == [FIRST.name]


def test_what_is_refused_is_said_with_the_creation(place: Place) -> None:
    huge = replace(FIRST, size="huge")
    place.providers.create(CLOUD, huge, "one")
    seen = place.until(lambda news: news.refused)
    ((creation, why),) = seen.refused
    assert (creation, seen.problem) == ("one", "")
    assert 'has no size "huge"' in why
    assert any("no server is created" in line for line in place.told)


def test_a_provider_that_is_away_is_asked_again_and_told_of_once(place: Place) -> None:
    place.until(lambda news: news.listing is not None)
    place.at.away = True
    seen = place.until(lambda news: news.problem)
    assert seen.listing is not None, "what was known stays known"
    place.pause(120.0)
    place.until(lambda news: news.problem)
    assert len([line for line in place.told if "can't be asked now" in line]) == 1
    place.at.away = False
    place.until(lambda news: not news.problem)


def test_a_provider_that_does_not_answer_keeps_nobody_waiting(place: Place) -> None:
    place.stuck(True)
    assert place.news() == News()
    place.providers.create(CLOUD, FIRST, "one")
    place.providers.destroy(CLOUD, ["i-0001"])
    place.pause(5.0)
    assert place.news() == News()
    place.stuck(False)
    place.until(lambda news: machines(news) == [FIRST.name])


def test_a_changed_definition_is_asked_by_from_then_on(place: Place) -> None:
    place.until(lambda news: news.listing is not None)
    changed = replace(CLOUD, sizes=("gone", "small"))
    for _ in range(200):
        if place.providers.news(changed, True).offers is not None:
            break
        place.pause(0.5)
    offers = place.providers.news(changed, True).offers
    assert offers is not None
    assert offers.missing == ("gone",)


def test_each_cloud_is_asked_by_itself(place: Place) -> None:
    place.until(lambda news: news.listing is not None)
    place.providers.create(OTHER, slots_of(OTHER)[0], "one")
    place.until(lambda news: machines(news) == ["other-small-1"])
    assert place.at.made == 1


def test_a_clock_that_was_set_back_puts_nothing_off(place: Place) -> None:
    place.until(lambda news: news.listing is not None)
    place.wrong[0] = -3600.0
    place.at.away = True
    place.until(lambda news: news.problem)


def test_after_the_end_nothing_more_is_asked(place: Place) -> None:
    place.until(lambda news: news.listing is not None)
    place.pause(10.0)
    place.providers.close()
    place.at.away = True
    place.pause(120.0)
    assert not any("can't be asked" in line for line in place.told)
