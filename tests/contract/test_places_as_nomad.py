"""Can this placement be made: 2,000 seeded questions to the real Nomad's ``job plan`` and to the planner, and never two answers.

``-s`` shows the tables; ``python -m tests.fidelity.replay`` asks again, also more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.lone_server import Server, server
from tests.fidelity.asking import QUESTIONS, Case, cases, world
from tests.fidelity.replay import SEEDS, told
from tests.fidelity.rivalry import Rivalry, rivalry, rivalry_table
from tests.fidelity.table import rows, table

pytestmark = pytest.mark.nomad
NEVER_DECIDE = ("affinity", "spread")
"""They say which of several nodes is better, not whether there is one."""
LEAST_DECISIVE = 5
"""How many cases each feature decides at least."""
RIVALRIES = 20
LEAST_EQUAL_COUNTS = 0.9


@pytest.fixture(scope="module")
def lone(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without a client: its nodes are registered over its own RPC."""
    with server(nomad_binary, tmp_path_factory.mktemp("lone")) as running:
        yield running


def test_the_planner_places_what_nomad_places(lone: Server) -> None:
    asked: list[Case] = []
    stories = []
    for seed in range(SEEDS):
        with world(lone, seed) as of:
            found = tuple(cases(of, seed))
            asked += found
            stories += [told(it, of) for it in found if it.differs]
    print(f"\n{table(asked)}")
    assert not stories, "\n\n".join(stories)
    assert len(asked) == SEEDS * QUESTIONS
    assert 0.3 < sum(it.refused for it in asked) / len(asked) < 0.7
    rarely = {it.feature: it.decided for it in rows(asked) if it.decided < LEAST_DECISIVE and it.feature not in NEVER_DECIDE}
    assert not rarely, "what never decides isn't tested"


def test_jobs_that_compete_mostly_find_the_same_room(lone: Server) -> None:
    """Nomad shuffles the nodes and looks at some of them only; so this is a report, with a bound that says it isn't nonsense."""
    found: list[Rivalry] = [rivalry(lone, seed) for seed in range(RIVALRIES)]
    print(f"\n{rivalry_table(found)}")
    groups = sum(it.groups for it in found)
    assert groups > 0
    assert sum(it.equal_counts for it in found) / groups > LEAST_EQUAL_COUNTS
