"""Whose server is whose, what it has cost, and what is odd about it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from simulacra.model.cloud import Cloud, Endpoint, Listing, Offer, Offers, Server
from simulacra.model.grid import Grid
from simulacra.observe.clouds import CloudAnswer, clouds_seen

NOW = 10_000.0
BURST = Cloud("burst", "EC2", "z", "t", ("t3.small",), "ami", region="r", max=2)
SECOND = replace(BURST, name="second", currency="EUR", billed_by_s=60.0)
GRID = Grid("home", clouds=(BURST, SECOND))
OFFERS = Offers((Offer("t3.small", 2048, price=Decimal("0.5")),))


def server(number: str, machine: str, cloud: str = "burst", size: str = "t3.small", created_s: float | None = NOW - 4000) -> Server:
    return Server(f"i-{number}", machine, cloud, size, "running", created_s)


def answers(*servers: Server) -> tuple[CloudAnswer, ...]:
    """Both clouds are at one provider, and list the same."""
    return tuple(CloudAnswer(cloud, OFFERS, Listing(servers, NOW)) for cloud in (BURST, SECOND))


def test_each_server_is_told_of_once_and_priced_by_its_own_cloud() -> None:
    seen = clouds_seen(GRID, answers(server("1", "second-t3-small-1", "second"), server("2", "burst-t3-small-1")))
    assert [(it.server.id, it.cost, it.currency, it.paid_until_s, it.odd) for it in seen.servers] == [
        ("i-2", Decimal("1"), "USD", NOW - 4000 + 7200, ""),
        ("i-1", Decimal("0.5") * 67 * 60 / 3600, "EUR", NOW - 4000 + 67 * 60, ""),
    ]


def test_who_has_no_slot_is_an_orphan() -> None:
    found = [
        server("1", "burst-t3-small-3"),
        server("2", "old-t3-small-1", "old"),
        server("3", "burst-t3-small-1", size="t3.large"),
        server("4", "burst-t3-small-2", "second"),
    ]
    seen = {it.server.id: it for it in clouds_seen(GRID, answers(*found)).servers}
    assert {name: it.odd for name, it in seen.items()} == {
        "i-1": "orphan: the definitions have no such slot",
        "i-2": "orphan: the definitions have no such slot",
        "i-3": "orphan: the slot is of size t3.small of cloud burst",
        "i-4": "orphan: the slot is of size t3.small of cloud burst",
    }
    assert (seen["i-2"].cost, seen["i-2"].paid_until_s) == (None, None)
    assert seen["i-3"].cost is None


def test_of_two_servers_of_a_slot_the_younger_is_one_too_many() -> None:
    young, old = server("1", "burst-t3-small-1", created_s=NOW - 10), server("2", "burst-t3-small-1", created_s=NOW - 20)
    assert [(it.server.id, it.odd) for it in clouds_seen(GRID, answers(young, old)).servers] == [
        ("i-2", ""),
        ("i-1", "a second server of its slot: i-2 is older"),
    ]
    going = replace(old, state="stopping")
    assert [it.odd for it in clouds_seen(GRID, answers(young, going)).servers] == ["", ""]


def test_a_cloud_that_tells_nothing_hides_no_other() -> None:
    first, _ = answers(server("1", "burst-t3-small-1"))
    silent = CloudAnswer(SECOND, problem="can't be reached")
    assert [it.server.id for it in clouds_seen(GRID, (silent, first)).servers] == ["i-1"]
    assert clouds_seen(Grid("bare"), ()).servers == ()


def test_ids_are_a_providers_own() -> None:
    elsewhere = replace(SECOND, provider="LINODE", endpoint=Endpoint("h"))
    both = Grid("home", clouds=(BURST, elsewhere))
    first = CloudAnswer(BURST, OFFERS, Listing((server("1", "burst-t3-small-1"),), NOW))
    second = CloudAnswer(elsewhere, OFFERS, Listing((server("1", "second-t3-small-1", "second"),), NOW))
    assert [it.server.machine for it in clouds_seen(both, (first, second)).servers] == ["burst-t3-small-1", "second-t3-small-1"]
