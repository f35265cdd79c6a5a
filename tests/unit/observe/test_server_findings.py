"""What `doctor` says of the places of Nomad's servers."""

from __future__ import annotations

import pytest

from simulacra.model.split import Seats
from simulacra.observe.server_findings import server_findings

GOOD = ("mini", "nas", "vps")


@pytest.mark.parametrize(
    ("advice", "levels", "words"),
    [
        (Seats(GOOD, GOOD, ()), ["ok"], "one half has a leader"),
        (Seats(("mini", "nas"), GOOD, (), headless=("zone attic",)), ["problem"], "zone attic: a cut there leaves nobody with a leader"),
        (Seats(("nas",), GOOD, (), smaller=("zone attic", "machine nas")), ["advice"], "zone attic and machine nas: a cut there"),
        (Seats(("nas",), ("nas",), (), smaller=("machine nas",), left_smaller=("machine nas",)), ["ok"], "one half has a leader"),
        (Seats(("a", "b"), GOOD, (), headless=("zone x",), smaller=("zone y",)), ["problem", "advice"], "zone y: a cut there"),
        (Seats((), GOOD, ()), [], ""),
    ],
)
def test_what_is_said(advice: Seats, levels: list[str], words: str) -> None:
    found = server_findings(advice, consul=False)
    assert [it.level for it in found] == levels
    assert words in " ".join(it.what for it in found)


def test_it_says_where_they_should_stand_and_names_few() -> None:
    advice = Seats(("nas",), GOOD, (), headless=tuple(f"zone z{at}" for at in range(9)))
    (found,) = server_findings(advice, consul=True)
    assert "zone z3 and 5 more" in found.what
    assert found.todo == "run Nomad's servers (and Consul's) on mini, nas, vps: `simulacra split` says why"
