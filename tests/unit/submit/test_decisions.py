"""What is registered, left, refused and stopped: decided on values, carried out on a Nomad in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_nomad import FakeNomad, jobspec

from simulacra.act.submit import JobText, Submission, look, prune, submit, wanted_jobs
from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import JobJson
from simulacra.model.grid import Grid
from simulacra.model.jobspec import NO_VALUES, Values
from simulacra.model.service import Service
from simulacra.model.source import Source


def grid_of(*names: str) -> Grid:
    return Grid("trial", services=tuple(Service(name, source=Source("services.hcl", 3)) for name in names))


def decide(
    nomad: FakeNomad, grid: Grid, text_of: Callable[[str], str] = jobspec, chosen: frozenset[str] | None = None, adopt: bool = False
) -> Submission:
    wanted = wanted_jobs([JobText(it.name, text_of(it.name), it.source) for it in grid.services], nomad, None)
    return look(grid, wanted, chosen, nomad, adopt)


def kinds(submission: Submission) -> dict[str, str]:
    return {step.wanted.service: step.kind for step in submission.steps}


def test_new_jobs_are_created_by_name_and_then_left_alone() -> None:
    nomad, grid = FakeNomad(), grid_of("web", "blog")
    first = decide(nomad, grid)
    assert list(kinds(first).items()) == [("blog", "create"), ("web", "create")]
    assert first.different
    assert [it.registered is not None for it in submit(first, nomad)] == [True, True]
    again = decide(nomad, grid)
    assert kinds(again) == {"blog": "unchanged", "web": "unchanged"}
    assert not again.different
    assert submit(again, nomad) == ()


def test_only_what_changed_is_registered_and_a_new_count_arrives() -> None:
    nomad, grid = FakeNomad(), grid_of("web", "blog")
    submit(decide(nomad, grid), nomad)
    nomad.registered.clear()
    submit(decide(nomad, grid, lambda name: jobspec(name, count=3 if name == "web" else 1)), nomad)
    assert nomad.registered == [("web", False)]
    assert [it.count for it in nomad.counts("web", "default")] == [3]


def test_the_autoscalers_count_stays() -> None:
    nomad, grid = FakeNomad(), grid_of("web")

    def scaled(count: int, memory: int) -> Callable[[str], str]:
        return lambda name: jobspec(name, count, memory=memory) + "# scaling {}"

    submit(decide(nomad, grid, scaled(5, 32)), nomad)
    nomad.registered.clear()
    assert kinds(decide(nomad, grid, scaled(0, 32))) == {"web": "unchanged"}
    submit(decide(nomad, grid, scaled(0, 64)), nomad)
    assert nomad.registered == [("web", True)]
    assert [it.count for it in nomad.counts("web", "default")] == [5]


@pytest.mark.parametrize(("mark", "words"), [(None, "wasn't made by simulacra"), ("other", "belongs to grid other")])
def test_a_foreign_job_of_the_same_name_is_refused_unless_adopted(mark: str | None, words: str) -> None:
    nomad, grid = FakeNomad(), grid_of("web")
    nomad.register(nomad.parse(jobspec("web", grid=mark)), "", 0, preserve_counts=True)
    refused = decide(nomad, grid)
    assert kinds(refused) == {"web": "refused"}
    assert words in refused.refused[0].reason
    assert "--adopt" in refused.refused[0].reason
    assert kinds(decide(nomad, grid, adopt=True)) == {"web": "update"}


def test_somebody_changes_it_between_looking_and_writing() -> None:
    nomad, grid = FakeNomad(), grid_of("web", "blog")
    submit(decide(nomad, grid), nomad)
    looked = decide(nomad, grid, lambda name: jobspec(name, memory=64))
    index = next(it for it in nomad.jobs() if it.id == "blog").modify_index
    nomad.register(nomad.parse(jobspec("blog", memory=99)), "", index, preserve_counts=True)
    blog, web = submit(looked, nomad)
    assert blog.registered is None
    assert "somebody changed it meanwhile" in str(blog.refusal)
    assert web.registered is not None


def test_a_stopped_job_is_started_again() -> None:
    nomad, grid = FakeNomad(), grid_of("web")
    submit(decide(nomad, grid), nomad)
    nomad.stop("web", "default")
    step = decide(nomad, grid).steps[0]
    assert (step.kind, step.reason) == ("update", "it was stopped")


def test_prune_stops_only_what_carries_this_grids_mark_and_is_undefined() -> None:
    nomad = FakeNomad()
    for name, mark in (("old", "trial"), ("foreign", None), ("others", "other"), ("stopped", "trial")):
        nomad.register(nomad.parse(jobspec(name, grid=mark)), "", 0, preserve_counts=True)
    nomad.stop("stopped", "default")
    submission = decide(nomad, grid_of("web"))
    assert [stop.job for stop in submission.stops] == ["old"]
    assert "isn't defined any more" in submission.stops[0].reason
    prune(submission, nomad)
    assert {stub.id for stub in nomad.jobs() if stub.stopped} == {"old", "stopped"}


def test_children_of_periodic_jobs_are_not_left_over() -> None:
    from simulacra.act.submit import leftovers

    nomad = FakeNomad()
    nomad.register(nomad.parse(jobspec("nightly")), "", 0, preserve_counts=True)
    (stub,) = nomad.jobs()
    child = replace(stub, id="nightly/periodic-1", parent="nightly")
    assert [stop.job for stop in leftovers("trial", (), (stub, child))] == ["nightly"]


def test_choosing_some_services_makes_the_others_neither_planned_nor_left_over() -> None:
    nomad, grid = FakeNomad(), grid_of("web", "blog")
    submit(decide(nomad, grid), nomad)
    chosen = decide(nomad, grid, lambda name: jobspec(name, memory=64), chosen=frozenset({"web"}))
    assert kinds(chosen) == {"web": "update"}
    assert chosen.stops == ()


def test_a_line_that_nomads_parser_names_is_one_of_the_rendered_file() -> None:
    class Strict(FakeNomad):
        def parse(self, text: str, what: str = "the job", values: Values = NO_VALUES) -> JobJson:
            raise Refusal(f"Nomad refuses (parse {what}): input.hcl:{len(text.splitlines())},1-4: {values.merged}")

    with pytest.raises(Refusal, match=r"^services\.hcl:3: Nomad refuses .*: jobspecs/web\.nomad\.hcl:\d+,1-4:$"):
        decide(Strict(), grid_of("web"))


def test_every_jobspec_that_nomad_does_not_take_is_named_with_its_definition() -> None:
    with pytest.raises(Refusal) as caught:
        decide(FakeNomad(), grid_of("web", "blog"), lambda name: jobspec(name) + "{")
    first, second = str(caught.value).splitlines()
    assert first.startswith("services.hcl:3: Nomad refuses (parse the jobspec of service blog (capability submit-job or parse-job))")
    assert "service web" in second
