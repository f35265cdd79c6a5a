"""What ``simulacra doctor`` says of clouds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.observe.cloud_findings import cloud_findings

NOW = 1_700_000_000.0
GRID = Grid("home", clouds=(Cloud("burst", "EC2", "cloud", "server", ("small",), "ami"),))
SERVERS = (Tenancy("i-1", "burst-small-1", "small", NOW - 60),)
WELL = Ledger("burst", servers=SERVERS, listed_s=NOW - 30)


@pytest.mark.parametrize(
    ("ledgers", "level", "what"),
    [
        ((WELL,), "ok", "1 server, listed just now"),
        ((replace(WELL, servers=()),), "ok", "0 servers, listed just now"),
        ((), "advice", "its servers were never listed"),
        ((Ledger("burst"),), "advice", "its servers were never listed"),
        ((Ledger("burst", problem="no credentials"),), "problem", "its servers were never listed: no credentials"),
        ((replace(WELL, problem="no route"),), "problem", "it can't be asked: no route"),
        ((replace(WELL, listed_s=NOW - 3600),), "problem", "its servers weren't listed for a while"),
        ((replace(WELL, listed_s=NOW - 3600, servers=()),), "advice", "its servers weren't listed for a while"),
    ],
)
def test_a_cloud_that_is_defined(ledgers: tuple[Ledger, ...], level: str, what: str) -> None:
    (found,) = cloud_findings(GRID, ledgers, NOW)
    assert (found.subject, found.level, found.what) == ("cloud burst", level, what)
    assert bool(found.todo) is (level != "ok")


def test_what_was_taken_out_while_it_ran_something() -> None:
    """Nobody asks its provider any more."""
    (_, left) = cloud_findings(GRID, (WELL, replace(WELL, cloud="old")), NOW)
    assert (left.subject, left.level) == ("cloud old", "problem")
    assert left.what == "it isn't defined any more, and burst-small-1 may still run and cost money"
    assert cloud_findings(Grid("home"), (replace(WELL, servers=()),), NOW) == ()
