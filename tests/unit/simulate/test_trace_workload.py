"""What a trace's jobs are on a grid: their size, their parts, where they may run, and why some never do."""

from __future__ import annotations

import pytest
from watched_world import staged

from simulacra.model.cloud import Cloud, SizeFacts
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Tier, Watts
from simulacra.model.place import Zone
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.stage import Stage
from simulacra.simulate.trace import TraceJob

SMALL = Machine("small", "attic", "low", has=Has(4000, 4096, cores=4), watts=Watts(10, 20))
LARGE = Machine("large", "office", "high", has=Has(24000, 32768, cores=8), watts=Watts(60, 180))
UNEVEN = Grid(
    "uneven", mode="act", zones=(Zone("attic"), Zone("office")), tiers=(Tier("high", 20), Tier("low", 10)), machines=(LARGE, SMALL)
)  # fmt: skip


def equal(*jobs: TraceJob) -> Stage:
    return staged(equal_grid(EqualMachines(3, 8, 16384)), *jobs)


@pytest.mark.parametrize(
    ("cores", "memory_mb", "pieces", "mhz", "mib"),
    [
        (1, 0, 1, 1000, 0),
        (0.5, 100.5, 1, 500, 101),
        (1.1, 0, 1, 1100, 0),
        (8, 16384, 1, 8000, 16384),
        (9, 900, 2, 4500, 450),
        (16, 0, 2, 8000, 0),
        (20, 100, 3, 6667, 34),
    ],
)
def test_a_job_is_split_into_as_few_equal_parts_as_do(cores: float, memory_mb: float, pieces: int, mhz: int, mib: int) -> None:
    work = equal(TraceJob(7, 0, 60, cores, memory_mb)).works[0]
    assert (work.pieces, work.shape.cpu_mhz, work.shape.memory_mb, work.never) == (pieces, mhz, mib, "")
    assert (work.job.id, work.job.type, work.shape.group.count) == ("job-0000007", "batch", pieces)


def test_jobs_of_one_size_share_their_shape() -> None:
    works = equal(TraceJob(1, 0, 60, 2, 100), TraceJob(2, 5, 90, 2, 100, priority=80)).works
    assert works[0].shape is works[1].shape
    assert [it.job.priority for it in works] == [50, 80]


def test_a_core_is_the_slowest_machines() -> None:
    """A job of the small machine's four cores fits on it."""
    works = staged(UNEVEN, TraceJob(1, 0, 60, 4)).works
    assert (works[0].pieces, works[0].shape.cpu_mhz) == (1, 4000)


def test_a_machine_that_tells_no_cores_has_some_all_the_same() -> None:
    lone = Grid("lone", zones=(Zone("attic"),), machines=(Machine("box", "attic", has=Has(16000, 16384)),))
    work = staged(lone, TraceJob(1, 0, 60, 4)).works[0]
    assert (work.pieces, work.shape.cpu_mhz) == (1, 8000)


@pytest.mark.parametrize(
    ("tier", "zone", "hosts"),
    [
        (None, None, ["large", "small"]),
        ("high", None, ["large"]),
        ("low", None, ["large", "small"]),
        (None, "attic", ["small"]),
        ("high", "attic", []),
        ("none", None, []),
        (None, "nowhere", []),
    ],
)
def test_tiers_and_zones(tier: str | None, zone: str | None, hosts: list[str]) -> None:
    stage = staged(UNEVEN, TraceJob(1, 0, 60, 1, 0, tier=tier, zone=zone))
    assert list(stage.fleet.named(stage.works[0].shape.hosts)) == hosts
    assert bool(stage.works[0].never) == (not hosts)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (TraceJob(1, 0, 60, 1, 40000), "no machine has 40000 MiB of memory"),
        (TraceJob(1, 0, 60, 30, 20000), "all machines together have room for 1 of its 2 parts"),
        (TraceJob(1, 0, 60, 1, 8000, zone="attic"), "no machine in zone attic has 8000 MiB of memory"),
        (TraceJob(1, 0, 60, 1, tier="high", zone="attic"), "there is no machine of tier high or above in zone attic"),
        (TraceJob(1, 0, 60, 12, zone="attic"), "all machines in zone attic together have room for 1 of its 3 parts"),
    ],
)
def test_why_a_job_never_runs(job: TraceJob, why: str) -> None:
    assert staged(UNEVEN, job).works[0].never == why


def test_what_is_worth_the_same_everywhere_is_no_preference() -> None:
    assert equal(TraceJob(1, 0, 60, 1)).works[0].shape.liking is None


def test_clouds_count_with_the_sizes_that_the_definitions_tell_all_of() -> None:
    facts = (SizeFacts("full", 0.1, 4000, 8192), SizeFacts("no-price", None, 4000, 8192), SizeFacts("no-speed", 0.1, None, 8192))
    cloud = Cloud("burst", "EC2", "attic", "low", ("full", "no-price", "no-speed", "untold"), "image", max=2, facts=facts)
    grid = Grid("rented", zones=(Zone("attic"),), tiers=(Tier("low", 10),), machines=(SMALL,), clouds=(cloud,))
    stage = staged(grid, TraceJob(1, 0, 60, 1))
    assert stage.fleet.names == ("burst-full-1", "burst-full-2", "small")
    assert [name for name in stage.unknown if name.endswith("-1")] == ["burst-no-price-1", "burst-no-speed-1", "burst-untold-1"]
