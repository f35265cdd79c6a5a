"""The rendered access policies on a real Nomad: with all rights everything works, without any one it says which is missing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from acl_rights import Right, rights, without
from dev_agent import NODE
from guarded_grid import POLICIES, Guarded
from typer.testing import CliRunner

from simulacra.act.granting import Granting
from simulacra.cli.main import app
from simulacra.faults import Fault
from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad
from simulacra.grids import Grids
from simulacra.model.grant import Grant
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS, Order
from simulacra.model.proxy import grants_path
from simulacra.steering import Steering

pytestmark = pytest.mark.nomad
FAR_S = 4e9


@dataclass(frozen=True)
class Someone:
    """Whoever has the token; what is done is answered with all that is said, faults included."""

    guarded: Guarded
    token: str

    def types(self, *words: str) -> str:
        """A command, typed in the folder of the grid."""
        environment = {"NOMAD_ADDR": self.guarded.agent.address, "NOMAD_TOKEN": self.token, "SIMULACRA_GRID": f"{self.guarded.folder}/grid"}
        ran = CliRunner().invoke(app, list(words), env=environment)
        assert ran.exception is None or isinstance(ran.exception, SystemExit | Fault), ran.exception
        return f"{ran.output}{ran.stderr}{ran.exception if isinstance(ran.exception, Fault) else ''}"

    def looks(self) -> str:
        """A look of the steering; the names of the jobs that it sees run."""
        return self._steers(lambda steering: " ".join(sorted({it.job for it in steering.look().snapshot.allocations})))

    def sees_jobs(self) -> str:
        return " ".join(sorted(it.id for it in self.guarded.nomad(self.token).jobs()))

    def steps(self) -> str:
        return self._steers(lambda steering: str(steering.step()))

    def labels(self) -> str:
        nomad = self.guarded.nomad(self.token)
        [node] = nomad.nodes()
        return "".join(nomad.label_nodes([(node.id, {"contract_label": None})]))

    def scales(self) -> str:
        return self._does(lambda nomad: nomad.scale("there", "default", "it", 1, "a test"))

    def stops_an_instance(self) -> str:
        running = [it for it in self.guarded.nomad().allocations_of("there", "default") if it.status == "running"]
        return self._does(lambda nomad: nomad.stop_allocation(running[0].id))

    def orders(self) -> str:
        return self._does(lambda nomad: Journal(nomad).order(NODE, Order(time.time_ns(), "none", FAR_S)))

    def says_who_may_use_a_device(self) -> str:
        told: list[str] = []
        wanted = Grant(GRANTS, (("for_lamp", f"200::{time.time_ns() % 10000}"),))
        Granting(self.guarded.nomad(self.token), told.append).grant([wanted])
        return "\n".join(told)

    def writes_the_journal(self) -> str:
        return self._does(lambda nomad: Journal(nomad).take_lease("test", 0.0, time.time()))

    def _does(self, call: Callable[[Nomad], object]) -> str:
        try:
            return str(call(self.guarded.nomad(self.token)))
        except Fault as fault:
            return str(fault)

    def _steers(self, call: Callable[[Steering], str]) -> str:
        told: list[str] = []
        steering = Steering(Grids(self.guarded.folder / "grid", told.append), self.guarded.nomad(self.token), told.append)
        try:
            told.append(call(steering))
            steering.close()
        except Fault as fault:
            told.append(str(fault))
        return "\n".join(told)


Deed = Callable[[Someone], str]


def typed(*words: str) -> Deed:
    return lambda someone: someone.types(*words)


@dataclass(frozen=True)
class Case:
    """Without the right, the deed says ``missing``; empty: nothing can tell, and ``unseen`` doesn't show."""

    deed: Deed
    missing: str = ""
    unseen: str = ""


OWN, ANY = "namespace default", "namespace *"
LOOK_AROUND = "peripherals discover --for 1s"
GRANTS = grants_path("proxy-on-spare")
JOURNAL, ORDERED, REPORTED = (f"{OWN} variables path {path}/*" for path in ("simulacra", ORDERS, REPORTS))
GRANTED = f"{OWN} variables path {GRANTS}"
LOOKING = {
    Right(ANY, "list-jobs"): Case(Someone.sees_jobs, unseen="theirs"),
    Right(ANY, "read-job"): Case(Someone.looks, unseen="theirs"),
    Right(OWN, "list-jobs"): Case(typed("status"), "the right to list jobs (capability list-jobs)"),
    Right(OWN, "read-job"): Case(typed("status"), "the right to list allocations (capability read-job)"),
    Right(REPORTED, "read"): Case(typed("explain", NODE), f"the right to read variable {REPORTS}/- (variables read)"),
    Right("operator", "read"): Case(typed("doctor"), "the right to read the scheduler's configuration (operator read)"),
}
PEOPLE = {
    **LOOKING,
    Right(JOURNAL, "read"): Case(typed("status"), "the right to read variable simulacra/machines/- (variables read)"),
    Right("agent", "read"): Case(typed("doctor"), "the right to read the agent (agent read)"),
}
STEERING = {
    **LOOKING,
    Right(OWN, "list-jobs"): Case(Someone.looks, "the right to list jobs (capability list-jobs)"),
    Right(OWN, "read-job"): Case(Someone.looks, "the right to list allocations (capability read-job)"),
    Right(REPORTED, "read"): Case(Someone.looks, f"the right to read variable {REPORTS}/- (variables read)"),
    Right("operator", "read"): Case(Someone.looks, "the right to read the scheduler's configuration (operator read)"),
    Right(OWN, "alloc-lifecycle"): Case(Someone.stops_an_instance, "(capability alloc-lifecycle)"),
    Right(JOURNAL, "read"): Case(Someone.steps, "the right to read variable simulacra/lease (variables read)"),
    Right(JOURNAL, "write"): Case(Someone.writes_the_journal, "the right to write variable simulacra/lease (variables write)"),
    Right(ORDERED, "read"): Case(Someone.orders, f"the right to read variable {ORDERS}/{NODE} (variables read)"),
    Right(ORDERED, "write"): Case(Someone.orders, f"the right to write variable {ORDERS}/{NODE} (variables write)"),
    Right("node", "write"): Case(Someone.labels, "(node write)"),
    Right(GRANTED, "read"): Case(Someone.says_who_may_use_a_device, f"the right to read variable {GRANTS} (variables read)"),
    Right(GRANTED, "write"): Case(Someone.says_who_may_use_a_device, f"the right to write variable {GRANTS} (variables write)"),
}
CASES = {
    "autoscaler": {**STEERING, Right(OWN, "scale-job"): Case(Someone.scales, "the right to scale job there (capability scale-job)")},
    "reader": {**PEOPLE, Right("node", "read"): Case(typed("status"), "the right to list nodes (node read)")},
    "operator": {
        **STEERING,
        **PEOPLE,
        Right(OWN, "submit-job"): Case(typed("plan"), "(capability submit-job"),
        Right(OWN, "read-logs"): Case(typed(*LOOK_AROUND.split()), "(capability read-logs)"),
        Right(JOURNAL, "write"): Case(typed("hold", "spare", "--for", "1h"), "(variables write)"),
    },
}
EACH = [pytest.param(role, right, id=f"{role}-{right}") for role in CASES for right in rights(POLICIES[role])]
COMMANDS = {
    "reader": ("status", "explain web", f"explain {NODE}", "log", "doctor", "split", "zones", "costs", "peripherals", "scale --dry-run"),
    "operator": (
        *("plan", "run --dry-run", "run --detach", "validate --nomad", "status", "doctor", "log", "zones", "split", "costs"),
        *("hold spare --for 1h", "hold spare --release", "wake spare --detach", "scale --dry-run", "explain spare", LOOK_AROUND),
    ),
}


@pytest.mark.parametrize("role", CASES)
def test_every_right_has_something_that_needs_it(role: str) -> None:
    assert set(rights(POLICIES[role])) == set(CASES[role])


@pytest.mark.parametrize(("role", "right"), EACH)
def test_without_a_right_it_says_which_one_is_missing(role: str, right: Right, guarded: Guarded) -> None:
    case = CASES[role][right]
    whole = case.deed(Someone(guarded, guarded.token(POLICIES[role])))
    assert "lacks the right" not in whole
    said = case.deed(Someone(guarded, guarded.token(without(POLICIES[role], right))))
    if case.missing:
        assert case.missing in said
        assert "give its policy that right, or set NOMAD_TOKEN" in said
    else:
        assert case.unseen in whole
        assert case.unseen not in said


@pytest.mark.parametrize(("role", "words"), [(role, words) for role, several in COMMANDS.items() for words in several])
def test_with_all_rights_it_works(role: str, words: str, guarded: Guarded) -> None:
    someone = Someone(guarded, guarded.token(POLICIES[role]))
    said = someone.types(*words.split())
    assert said
    assert "lacks the right" not in said
    assert "asks for a token" not in said
    assert "Nomad refuses" not in said


@pytest.mark.parametrize("words", ["run --detach", "plan web", "hold spare --for 1h", "wake spare --detach"])
def test_who_may_only_look_changes_nothing(words: str, guarded: Guarded) -> None:
    before = _written(guarded)
    said = Someone(guarded, guarded.token(POLICIES["reader"])).types(*words.split())
    assert "the token lacks the right to " in said
    assert _written(guarded) == before


def _written(guarded: Guarded) -> list[tuple[str, int]]:
    """What somebody has written into Nomad, jobs and variables, each with the index of its last writing: a status changes by itself."""
    jobs = [(it["ID"], it["JobModifyIndex"]) for it in json.loads(guarded.call("GET", "/v1/jobs?namespace=*"))]
    return jobs + [(it["Path"], it["ModifyIndex"]) for it in json.loads(guarded.call("GET", "/v1/vars?namespace=*"))]


@pytest.mark.parametrize("path", ["/v1/scaling/policies", "/v1/job/there/scale"])
def test_the_agent_itself_needs_no_more(path: str, guarded: Guarded) -> None:
    token = guarded.token(POLICIES["autoscaler"])
    assert guarded.call("GET", path, token=token).startswith(("[", "{"))
    [policy] = [it["ID"] for it in json.loads(guarded.call("GET", "/v1/scaling/policies?job=there", token=token))]
    assert guarded.call("GET", f"/v1/scaling/policy/{policy}", token=token).startswith("{")


@pytest.mark.parametrize("role", ["autoscaler", "reader", "operator"])
def test_steering_makes_no_one_a_manager(role: str, guarded: Guarded) -> None:
    ask: Callable[..., str] = partial(guarded.call, token=guarded.token(POLICIES[role]))
    assert ask("GET", "/v1/acl/tokens") == "403"
    assert ask("PUT", "/v1/var/elsewhere", {"Items": {"a": "b"}}) == "403"
    assert ask("PUT", f"/v1/var/nomad/jobs/{NODE_JOB}", {"Items": {"a": "b"}}) == "403"
    assert ask("PUT", f"/v1/var/{REPORTS}/{NODE}", {"Items": {"report": "{}"}}) == "403"
    assert ask("PUT", "/v1/operator/scheduler/configuration", {}) == "403"
