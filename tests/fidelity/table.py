"""What was asked, feature by feature, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.fidelity.asking import Case
from tests.fidelity.features import FEATURES

HEAD = f"{'feature':30}{'cases':>9}{'decided':>9}{'refused':>9}{'disagreements':>15}"


@dataclass(frozen=True, slots=True)
class Row:
    """In ``cases`` the feature took part; in ``decided`` the answer would have been another without it, in ``refused`` of these fewer were
    placed than asked for.
    """

    feature: str
    cases: int
    decided: int
    refused: int
    disagreements: int


def rows(cases: Iterable[Case]) -> tuple[Row, ...]:
    """One for each feature, in their order."""
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        for name, decided in case.features:
            counts[name, "cases"] += 1
            counts[name, "decided"] += decided
            counts[name, "refused"] += decided and case.refused
            counts[name, "differs"] += case.differs
    names = [feature.name for feature in FEATURES]
    return tuple(Row(it, counts[it, "cases"], counts[it, "decided"], counts[it, "refused"], counts[it, "differs"]) for it in names)


def table(cases: Sequence[Case]) -> str:
    """With a line before it on all of them."""
    whole, none = sum(not it.refused for it in cases), sum(it.planner == 0 for it in cases)
    first = f"{len(cases):,} cases: placed whole {whole:,}, in part {len(cases) - whole - none:,}, not at all {none:,}"
    vary = f"Nomad's own answer varied in {sum(it.varies for it in cases)}; disagreements: {sum(it.differs for it in cases)}"
    lines = [f"{it.feature:30}{it.cases:9,}{it.decided:9,}{it.refused:9,}{it.disagreements:15,}" for it in rows(cases)]
    return "\n".join((first, vary, "", HEAD, *lines))
