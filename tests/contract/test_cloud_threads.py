"""Clouds that are asked in the background, beside what `test_providers` asks of all who ask: threads that are held up, and live through
defects; what is asked next; and the real gateway over EC2 as moto plays it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from fake_cloud import FakeCloud, FakeProvider
from moto_cloud import AMI, Wire, moto_ec2

from simulacra.faults import Denied, Fault, Refusal, Usage
from simulacra.gateways.cloud import CloudGateway, CloudPort, Timing
from simulacra.gateways.cloud_settings import login_for
from simulacra.gateways.cloud_worker import LISTS_EVERY_S, LISTS_SOON_S, Asking, CloudWorkers, Desk, Opening
from simulacra.model.cloud import Cloud, Endpoint, Listing, Offer, Offers, Server, Slot, slots_of
from simulacra.model.ledger import News

CLOUD = Cloud("burst", "EC2", "hosting", "server", ("t3.medium", "t3.small"), AMI, region="eu-west-1", max=2)
SMALL, OTHER = (slot for slot in slots_of(CLOUD) if slot.size == "t3.small")
SELLS = (Offer("t3.small", 2048, price=Decimal("0.0228")), Offer("t3.medium", 4096, price=Decimal("0.0487")))
AT_ONCE_S = 2.0
"""What doesn't wait for anybody takes less, on a busy machine too."""
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}


@dataclass
class Held:
    """A cloud whose answers can be held up, and which fails as it is told to. ``asked`` is what it was asked, in order."""

    cloud: FakeCloud
    asked: list[str] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)
    free: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def offers(self) -> Offers:
        self._ask("offers")
        return self.cloud.offers()

    def servers(self) -> Listing:
        self._ask("servers")
        return self.cloud.servers()

    def create(self, slot: Slot, user_data: str, token: str) -> Server:
        self._ask(f"create {slot.name} {token}")
        return self.cloud.create(slot, user_data, token)

    def destroy(self, server_id: str) -> bool:
        self._ask(f"destroy {server_id}")
        return self.cloud.destroy(server_id)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        self.begun.set()
        assert self.free.wait(20), "nobody let it go on"
        fault = self.fails.get(what.split()[0])
        if fault is not None:
            raise fault


@dataclass
class Place:
    """Workers over one such cloud. ``told`` are the lines for people."""

    held: Held
    told: list[str] = field(default_factory=list)
    workers: CloudWorkers = field(init=False)

    def __post_init__(self) -> None:
        self.workers = CloudWorkers(Opening(lambda _: self.held, lambda _cloud, slot: f"for {slot.name}", self.told.append, quick_clock))

    def news(self, cloud: Cloud = CLOUD, soon: bool = True) -> News:
        return self.workers.news(cloud, soon)

    def until(self, holds: Callable[[News], object], cloud: Cloud = CLOUD) -> News:
        return until(lambda: self.news(cloud), holds)


def quick_clock() -> float:
    """By which a minute is three seconds."""
    return time.time() * 20


def until(look: Callable[[], News], holds: Callable[[News], object]) -> News:
    end = time.monotonic() + 60
    while not holds(found := look()):
        assert time.monotonic() < end, f"never so: {found}"
        time.sleep(0.01)
    return found


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider(SELLS, time.time)


@pytest.fixture
def place(provider: FakeProvider) -> Iterator[Place]:
    held = Held(FakeCloud("home", CLOUD, provider))
    held.free.set()
    made = Place(held)
    yield made
    held.free.set()
    made.workers.close()


def listed(news: News) -> list[str]:
    return [it.machine for it in news.listing.servers] if news.listing is not None else []


def in_time(call: Callable[[], object]) -> None:
    began = time.monotonic()
    call()
    assert time.monotonic() - began < AT_ONCE_S


def test_nobody_waits_for_a_provider_that_does_not_answer(place: Place) -> None:
    place.held.free.clear()
    in_time(place.news)
    assert place.held.begun.wait(10)
    in_time(place.news)
    in_time(lambda: place.workers.create(CLOUD, SMALL, "one"))
    in_time(lambda: place.workers.destroy(CLOUD, ["i-1", "i-2"]))
    in_time(place.workers.close)
    assert place.held.asked == ["offers"]


def test_one_that_hangs_holds_no_other_up(place: Place, provider: FakeProvider) -> None:
    other = replace(CLOUD, name="other")
    free = Held(FakeCloud("home", other, provider))
    free.free.set()
    clouds = {"burst": place.held, "other": free}
    workers = CloudWorkers(Opening(lambda cloud: clouds[cloud.name], lambda _cloud, _slot: "", lambda _: None))
    place.held.free.clear()
    workers.news(CLOUD, soon=True)
    workers.create(other, slots_of(other)[2], "one")
    until(lambda: workers.news(other, soon=True), lambda it: listed(it) == ["other-t3-small-1"])
    workers.close()


@pytest.mark.parametrize("fault", [Refusal("the quota is used up"), Denied("no right to create servers"), Usage("there is no such image")])
def test_a_refusal_is_told_by_the_creations_name(place: Place, fault: Fault) -> None:
    place.held.fails["create"] = fault
    place.workers.create(CLOUD, SMALL, "one")
    found = place.until(lambda it: it.refused)
    assert (found.refused, found.problem) == ((("one", str(fault)),), "")
    assert place.told == [f"{SMALL.name}: no server is created: {fault}"]


def test_where_nothing_can_be_given_back_that_is_the_clouds_problem(place: Place) -> None:
    """So nothing more is rented there, and people are told why, for as long as it is so."""
    place.workers.create(CLOUD, SMALL, "one")
    place.until(lambda it: listed(it) == [SMALL.name])
    place.held.fails["destroy"] = Denied("give the account the right to destroy servers")
    place.workers.destroy(CLOUD, ["i-0001"])
    place.until(lambda it: it.problem == "give the account the right to destroy servers")
    listings = place.held.asked.count("servers")
    place.until(lambda _: place.held.asked.count("servers") > listings + 1)
    assert place.news().problem == "give the account the right to destroy servers"
    place.workers.destroy(CLOUD, ["i-0001"])
    assert len([line for line in place.told if "the right" in line]) == 1
    place.held.fails.clear()
    place.workers.destroy(CLOUD, ["i-0001"])
    place.until(lambda it: not it.problem)


def test_a_defect_ends_no_thread(place: Place) -> None:
    place.held.fails["create"] = KeyError("a defect")
    place.workers.create(CLOUD, SMALL, "one")
    assert place.until(lambda it: it.problem).problem == "KeyError: 'a defect'"
    place.held.fails.clear()
    place.workers.create(CLOUD, SMALL, "one")
    place.until(lambda it: listed(it) == [SMALL.name])


def test_who_can_not_log_in_is_told_what_is_missing(provider: FakeProvider) -> None:
    told: list[str] = []

    def connect(cloud: Cloud) -> CloudPort:
        raise Usage(f'cloud "{cloud.name}": no credentials for EC2: set AWS_ACCESS_KEY_ID')

    workers = CloudWorkers(Opening(connect, lambda _cloud, _slot: "", told.append))
    workers.create(CLOUD, SMALL, "one")
    found = until(lambda: workers.news(CLOUD, soon=True), lambda it: it.problem)
    assert (found.problem, found.refused) == ('cloud "burst": no credentials for EC2: set AWS_ACCESS_KEY_ID', ())
    workers.close()
    assert provider.made == 0


class TestTheDesk:
    """What is to be asked next, on a clock of its own."""

    def desk(self) -> tuple[Desk, list[float]]:
        now = [1000.0]
        return Desk(
            CLOUD, Opening(lambda _: FakeCloud("home", CLOUD, FakeProvider((), time.time)), lambda *_: "", print, lambda: now[0])
        ), now

    def test_first_it_is_listed_what_there_is(self) -> None:
        desk, _ = self.desk()
        desk.put("create one", lambda _: None)
        assert desk.take() is Asking.list

    def test_listings_come_often_only_while_something_happens(self) -> None:
        desk, now = self.desk()
        desk.take()
        desk.done()
        assert desk.wait_s() == LISTS_EVERY_S
        desk.look(soon=True)
        assert desk.wait_s() == LISTS_SOON_S
        now[0] += LISTS_SOON_S
        assert desk.take() is Asking.list
        desk.done()
        assert desk.wait_s() == LISTS_SOON_S
        desk.look(soon=False)
        now[0] += LISTS_SOON_S
        desk.take()
        desk.done()
        assert desk.wait_s() == LISTS_EVERY_S

    def test_many_creations_do_not_keep_servers_from_being_listed(self) -> None:
        desk, now = self.desk()
        desk.take()
        desk.done()
        desk.look(soon=True)
        taken = []
        for number in range(60):
            desk.put(f"create {number}", lambda _: None)
        for _ in range(30):
            taken.append(desk.take() is Asking.list)
            now[0] += 1.0
            desk.done()
        assert 5 <= sum(taken) <= 8

    def test_a_clock_that_is_put_back_holds_nothing_up(self) -> None:
        desk, now = self.desk()
        desk.take()
        desk.done()
        now[0] -= 7200.0
        assert desk.wait_s() <= 0
        assert desk.take() is Asking.list


@pytest.fixture
def wire() -> Iterator[Wire]:
    with moto_ec2() as made:
        yield made


@pytest.fixture
def real() -> Iterator[CloudWorkers]:
    timing = Timing(timeout_s=5.0, patience_s=0.5, settle_s=1.0, look_every_s=0.2)

    def connect(cloud: Cloud) -> CloudGateway:
        return CloudGateway("home", cloud, login_for(cloud, ENVIRONMENT), timing)

    made = CloudWorkers(Opening(connect, lambda _cloud, slot: f"#cloud-config\nhostname: {slot.name}\n", print, quick_clock))
    yield made
    made.close()


class TestOverEc2:
    """The real gateway."""

    def test_from_a_creation_to_its_end(self, real: CloudWorkers, wire: Wire) -> None:
        there = self.there(wire)
        found = until(lambda: self.asked_for(real, there), lambda it: listed(it) == [SMALL.name])
        assert found.listing is not None
        (server,) = found.listing.servers
        real.destroy(there, [server.id])
        until(lambda: real.news(there, soon=True), lambda it: listed(it) == [])

    def test_an_answer_that_was_lost_makes_one_server(self, real: CloudWorkers, wire: Wire) -> None:
        there = self.there(wire)
        wire.faults += [("RunInstances", "lost")] * 3
        until(lambda: self.asked_for(real, there), lambda it: listed(it) == [SMALL.name])
        for _ in range(5):
            self.asked_for(real, there)
        assert len(wire.made) == 1

    def test_a_quota_that_is_used_up_is_a_refusal(self, real: CloudWorkers, wire: Wire) -> None:
        there = self.there(wire)
        wire.faults += [("RunInstances", "quota")]
        found = until(lambda: self.asked_for(real, there), lambda it: it.refused)
        assert "VcpuLimitExceeded" in dict(found.refused)["one"]

    def test_a_provider_that_hangs_keeps_nobody_waiting(self, real: CloudWorkers, wire: Wire) -> None:
        there = self.there(wire)
        wire.hang_s = 6.0
        wire.faults += [("DescribeInstances", "late")] * 3
        in_time(lambda: real.news(there, soon=True))
        in_time(lambda: real.create(there, SMALL, "one"))
        assert "doesn't answer in time" in until(lambda: real.news(there, soon=True), lambda it: it.problem).problem

    def asked_for(self, real: CloudWorkers, there: Cloud) -> News:
        """As whoever steers does it: again and again, under the same name."""
        in_time(lambda: real.create(there, SMALL, "one"))
        return real.news(there, soon=True)

    def there(self, wire: Wire) -> Cloud:
        return replace(CLOUD, endpoint=Endpoint("127.0.0.1", wire.port, secure=False))
