"""What providers say, brought into what is written down: each server once, what gone ones have cost, orphans, listings that lag."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulacra.act.ledgers import TOLD_AGAIN_S, booked, worth_writing
from simulacra.gateways.journal_json import from_json, to_json
from simulacra.model.cloud import Cloud, Credentials, Endpoint, Listing, Offer, Offers, Server, ServerState
from simulacra.model.grid import Grid
from simulacra.model.ledger import SHOWS_WITHIN_S, Ledger, News, Tenancy, rent_of
from simulacra.model.machine import Machine
from simulacra.model.months import month_began_s

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()
NOVEMBER = month_began_s("UTC", NOW)
SMALL, LARGE = Offer("small", 2048, price=Decimal("0.02")), Offer("large", 8192, price=Decimal("0.07"))
OFFERS = Offers((SMALL, LARGE))
CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small", "large"), "ami", region="eu-west-1", max=2, billed_by_s=3600.0)
GRID = Grid("home", clouds=(CLOUD,))


def server(
    number: int = 1, since_s: float | None = NOW - 1800, cloud: str = "burst", state: ServerState = "running", size: str = "small"
) -> Server:
    return Server(f"i-{number}", f"{cloud}-{size}-{number}", cloud, size, state, since_s)


def news(*servers: Server, at_s: float = NOW, **more: object) -> News:
    return replace(News(OFFERS, NOW - 60, Listing(servers, at_s)), **more)  # type: ignore[arg-type]


def first(*servers: Server, cloud: Cloud = CLOUD, grid: Grid = GRID) -> Ledger:
    """What is written down once they were listed."""
    return booked(grid, cloud, Ledger(cloud.name), news(*servers), NOW)


def ids(ledger: Ledger) -> list[str]:
    return [it.id for it in ledger.servers]


def test_offers_and_servers_are_written_down() -> None:
    ledger = first(server(2), server(1, state="booting"))
    assert ledger == Ledger(
        "burst",
        OFFERS.here,
        NOW - 60,
        (
            Tenancy("i-1", "burst-small-1", "small", NOW - 1800, "booting", Decimal("0.02")),
            Tenancy("i-2", "burst-small-2", "small", NOW - 1800, "running", Decimal("0.02")),
        ),
        listed_s=NOW,
        month_s=NOVEMBER,
        image="ami exec raw_exec",
    )


def test_nothing_is_known_before_anything_was_said() -> None:
    assert booked(GRID, CLOUD, Ledger("burst"), News(), NOW) == Ledger("burst", month_s=NOVEMBER, image="ami exec raw_exec")


@pytest.mark.parametrize("change", [{"image": "ami-2"}, {"drivers": ("docker", "exec", "raw_exec")}])
def test_since_when_servers_are_made_from_another_image_is_written_down(change: dict[str, object]) -> None:
    ledger = first(server())
    assert ledger.image_since_s == 0.0
    other = replace(CLOUD, **change)  # type: ignore[arg-type]
    changed = booked(replace(GRID, clouds=(other,)), other, ledger, news(server(), at_s=NOW + 60), NOW + 60)
    assert changed.image_since_s == NOW + 60
    assert booked(replace(GRID, clouds=(other,)), other, changed, news(server(), at_s=NOW + 90), NOW + 90).image_since_s == NOW + 60


def test_a_server_keeps_its_price_and_its_age() -> None:
    """Prices may change, and whose age isn't told was first seen some time."""
    ledger = first(server(1), server(2, since_s=None))
    dearer = News(Offers((replace(SMALL, price=Decimal("0.05")),)), NOW, Listing((server(1), server(2, None), server(3)), NOW + 60))
    later = booked(GRID, CLOUD, ledger, dearer, NOW + 60)
    assert [(it.created_s, it.price) for it in later.servers] == [
        (NOW - 1800, Decimal("0.02")),
        (NOW, Decimal("0.02")),
        (NOW - 1800, Decimal("0.05")),
    ]


def test_a_price_that_is_told_later_counts_from_then_on() -> None:
    unpriced = booked(GRID, CLOUD, Ledger("burst"), news(server(), offers=Offers((replace(SMALL, price=None),))), NOW)
    assert unpriced.servers[0].price is None
    priced = booked(GRID, CLOUD, unpriced, News(OFFERS, NOW, Listing((server(),), NOW + 30)), NOW + 30)
    assert priced.servers[0].price == Decimal("0.02")


def test_what_is_gone_has_cost_what_it_cost() -> None:
    ledger = first(server(1, NOW - 7300), server(2))
    gone = booked(GRID, CLOUD, ledger, news(server(2), at_s=NOW + 60), NOW + 60)
    assert (ids(gone), gone.gone) == (["i-2"], Decimal("0.06"))
    both = booked(GRID, CLOUD, gone, news(at_s=NOW + 120), NOW + 120)
    assert (ids(both), both.gone) == ([], Decimal("0.08"))


def test_the_same_news_again_count_once() -> None:
    said = news(server(2), at_s=NOW + 60)
    once = booked(GRID, CLOUD, first(server(1), server(2)), said, NOW + 60)
    assert booked(GRID, CLOUD, once, said, NOW + 70) == once


def test_older_news_are_none() -> None:
    """Another who steered has written down what was listed later."""
    ledger = booked(GRID, CLOUD, first(server(1)), news(server(1), server(2), at_s=NOW + 60), NOW + 60)
    assert booked(GRID, CLOUD, ledger, news(server(1), at_s=NOW + 30), NOW + 61) == ledger


def test_what_was_written_while_a_clock_was_ahead_holds_no_news_back() -> None:
    ahead = replace(first(server(1)), listed_s=NOW + 7200, offered_s=NOW + 7200, offers=())
    found = booked(GRID, CLOUD, ahead, news(server(1), server(2)), NOW)
    assert (ids(found), found.listed_s, found.offers) == (["i-1", "i-2"], NOW, OFFERS.here)
    little = replace(first(server(1)), listed_s=NOW + 30)  # clocks differ
    assert ids(booked(GRID, CLOUD, little, news(server(1), server(2)), NOW)) == ["i-1"]


class TestAListingThatLags:
    """A server that was just created counts as there, shown or not."""

    CREATED = Ledger("burst", OFFERS.here, NOW, (Tenancy("i-1", "burst-small-1", "small", NOW - 5, "booting", Decimal("0.02")),), NOW - 5)

    def test_it_is_there_for_a_while(self) -> None:
        soon = booked(GRID, CLOUD, self.CREATED, news(at_s=NOW - 5 + SHOWS_WITHIN_S - 1), NOW + 60)
        assert (ids(soon), soon.gone) == (["i-1"], Decimal(0))

    def test_and_gone_then(self) -> None:
        late = booked(GRID, CLOUD, self.CREATED, news(at_s=NOW - 5 + SHOWS_WITHIN_S), NOW + 60)
        assert (ids(late), late.gone) == ([], Decimal("0.02"))

    def test_one_that_is_being_destroyed_is_gone_at_once(self) -> None:
        going = replace(self.CREATED, servers=(replace(self.CREATED.servers[0], state="stopping"),))
        assert ids(booked(GRID, CLOUD, going, news(at_s=NOW + 1), NOW + 1)) == []


def test_a_server_that_is_called_like_ones_own_machine_is_another_one() -> None:
    """It could never be given back else, and might be taken for that machine."""
    grid = replace(GRID, machines=(Machine("tower", "attic"),))
    found = first(replace(server(7, cloud="earlier"), machine="tower"), grid=grid)
    assert [(it.id, it.machine) for it in found.servers] == [("i-7", "tower-i-7")]


class TestMonths:
    def test_a_new_one_begins_with_nothing(self) -> None:
        ledger = replace(first(server()), gone=Decimal(3))
        assert booked(GRID, CLOUD, ledger, news(server(), at_s=NOW + 60), NOW + 60).gone == 3
        december = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
        later = booked(GRID, CLOUD, ledger, news(server(), at_s=december), december)
        assert (later.gone, later.month_s) == (Decimal(0), december)

    def test_one_that_is_gone_then_has_cost_what_began_in_the_new_one(self) -> None:
        december = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
        ledger = replace(first(server(since_s=december - 1800)), listed_s=december - 60)
        assert booked(GRID, CLOUD, ledger, news(at_s=december + 60), december + 60).gone == 0
        assert booked(GRID, CLOUD, ledger, news(at_s=december + 1801), december + 1801).gone == Decimal("0.02")

    def test_another_time_zone_is_no_new_one(self) -> None:
        ledger = replace(first(), gone=Decimal(3))
        moved = booked(replace(GRID, timezone="Pacific/Apia"), CLOUD, ledger, news(at_s=NOW + 60), NOW + 60)
        assert (moved.gone, moved.month_s) == (Decimal(3), month_began_s("Pacific/Apia", NOW))


class TestProblems:
    def test_since_when_it_can_not_be_asked(self) -> None:
        down = booked(GRID, CLOUD, first(server()), news(server(), problem="no route"), NOW + 10)
        assert (down.problem, down.problem_since_s, ids(down)) == ("no route", NOW + 10, ["i-1"])
        other = booked(GRID, CLOUD, down, news(server(), problem="connection refused"), NOW + 20)
        assert (other.problem, other.problem_since_s) == ("connection refused", NOW + 10)
        well = booked(GRID, CLOUD, other, news(server(), at_s=NOW + 30), NOW + 30)
        assert (well.problem, well.problem_since_s) == ("", 0.0)

    def test_who_has_not_heard_yet_believes_what_is_written(self) -> None:
        """One who takes over the lead from another."""
        down = booked(GRID, CLOUD, first(server()), news(server(), problem="no route"), NOW + 10)
        assert booked(GRID, CLOUD, down, News(), NOW + 60) == down


class TestWhoseServerItIs:
    OTHER = replace(CLOUD, name="another")

    def test_each_cloud_has_its_own(self) -> None:
        grid = replace(GRID, clouds=(self.OTHER, CLOUD))
        there = server(1), server(2, cloud="another")
        assert ids(first(*there, grid=grid)) == ["i-1"]
        assert ids(first(*there, cloud=self.OTHER, grid=grid)) == ["i-2"]

    def test_an_orphan_is_the_first_clouds_at_its_provider(self) -> None:
        grid = replace(GRID, clouds=(CLOUD, self.OTHER))
        orphan = server(7, cloud="earlier")
        assert ids(first(orphan, cloud=self.OTHER, grid=grid)) == ["i-7"]
        assert ids(first(orphan, grid=grid)) == []

    @pytest.mark.parametrize(
        "elsewhere",
        [
            {"region": "eu-central-1"},
            {"provider": "LINODE"},
            {"endpoint": Endpoint("127.0.0.1", 5000)},
            {"credentials": Credentials(key="HERS", secret="HER_SECRET")},
            {"account": (("tenant_name", "club"),)},
        ],
        ids=lambda it: next(iter(it)),
    )
    def test_one_that_is_elsewhere_does_not_list_it(self, elsewhere: dict[str, object]) -> None:
        """It would be nobody's then."""
        there = replace(self.OTHER, **elsewhere)  # type: ignore[arg-type]
        assert ids(first(server(7, cloud="earlier"), grid=replace(GRID, clouds=(there, CLOUD)))) == ["i-7"]

    def test_every_server_is_exactly_one_clouds(self) -> None:
        clouds = (CLOUD, self.OTHER, replace(CLOUD, name="zulu"))
        there = tuple(server(number, cloud=name) for number, name in enumerate(("burst", "another", "zulu", "gone", "", "gone too")))
        grid = replace(GRID, clouds=clouds)
        assert sorted(name for cloud in clouds for name in ids(first(*there, cloud=cloud, grid=grid))) == [f"i-{it}" for it in range(6)]


class TestWhatIsWorthWriting:
    LEDGER = first(server())

    @pytest.mark.parametrize(
        ("change", "worth"),
        [
            ({}, False),
            ({"listed_s": NOW + TOLD_AGAIN_S}, False),
            ({"listed_s": NOW + TOLD_AGAIN_S + 1}, True),
            ({"listed_s": NOW - TOLD_AGAIN_S - 1}, True),
            ({"offered_s": NOW + 9999}, False),
            ({"offers": (SMALL,)}, True),
            ({"servers": ()}, True),
            ({"gone": Decimal(1)}, True),
            ({"problem": "no route"}, True),
            ({"index": 7}, False),
        ],
    )
    def test_it(self, change: dict[str, object], worth: bool) -> None:
        assert worth_writing(self.LEDGER, replace(self.LEDGER, **change)) is worth  # type: ignore[arg-type]


@given(st.integers(0, 10**9), st.decimals("0.0001", "50", places=4), st.sampled_from([1.0, 60.0, 3600.0]))
def test_amounts_survive_being_written_down(lasts_s: int, price: Decimal, unit_s: float) -> None:
    it = Tenancy("i-1", "burst-small-1", "small", NOW, "running", price)
    ledger = Ledger(
        "burst", (replace(SMALL, price=price),), NOW, (it,), NOW, NOVEMBER, rent_of(it, unit_s, 0.0, NOW + lasts_s), "no route", NOW
    )
    assert from_json(Ledger, to_json(ledger)) == ledger


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9000), st.integers(0, 9000)), max_size=8), st.integers(1, 40))
def test_whatever_comes_and_goes_each_unit_is_counted_once(stays: list[tuple[int, int, int]], every: int) -> None:
    """Listings come at any times; what is written down is what each server has cost until a listing didn't have it any more."""
    servers = [(server(10 * number + slot, NOW + begins), NOW + begins + lasts) for number, (slot, begins, lasts) in enumerate(stays)]
    ledger, paid, shown = Ledger("burst"), Decimal(0), dict[str, float]()
    for minute in range(0, 320, every):
        at_s = NOW + 60 * minute
        there = tuple(it for it, ends in servers if (it.created_s or 0.0) <= at_s < ends)
        ledger = booked(GRID, CLOUD, ledger, news(*there, at_s=at_s), at_s)
        for it in there:
            shown[it.id] = at_s
        for it, _ in servers:
            fresh = at_s - (it.created_s or 0.0) < SHOWS_WITHIN_S
            if it.id in shown and it not in there and not fresh:
                del shown[it.id]
                paid += rent_of(Tenancy(it.id, "", "", it.created_s or 0.0, price=Decimal("0.02")), 3600.0, NOVEMBER, at_s)
    assert ledger.gone == paid
    assert sorted(ids(ledger)) == sorted(shown)
