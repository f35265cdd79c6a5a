"""Why machines and services are as they are, in one list of reasons."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from simulacra.model.cloud import Cloud
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, Record, Report
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.machine import Machine, Sleep, WakeLan
from simulacra.model.place import Zone
from simulacra.model.plan import Action, Judged, Plan, Waiting
from simulacra.model.rented import with_slots
from simulacra.model.service import Service
from simulacra.model.snapshot import Snapshot
from simulacra.model.status import GridStatus, MachineStatus, ServiceStatus
from simulacra.model.workload import Allocation, Demand, Job
from simulacra.observe.explained import Explanation, Scene, explain_machine, explain_service, names_of

NOW = 1_700_000_000.0
SINCE = "2023-11-14T22:13:20Z"
TOWER = Machine("tower", "attic", wake=WakeLan("52:54:00:00:00:01"), sleep=Sleep())
WEB = Service("web")
GRID = Grid("trial", zones=(Zone("attic"),), machines=(TOWER,), services=(WEB,))
ON = MachineStatus("tower", "attic", "server", "on", "ready", SINCE, 1)
NOTHING = Plan()
RUNNING = ServiceStatus("web", 1, 1, (("attic", 1),), None)


def scene(machine: MachineStatus = ON, service: ServiceStatus = RUNNING, plan: Plan = NOTHING, **more: object) -> Scene:
    runs = Allocation("a", "web", "web", "t"), Allocation("b", NODE_JOB, NODE_JOB, "t")
    jobs = (Job(NODE_JOB, type="system"), Job("theirs"), Job("web", definition="web"))
    seen = replace(Snapshot(NOW, (Node("t", "tower"),), runs, jobs), **more)  # type: ignore[arg-type]
    return Scene(GRID, GridStatus((machine,), (service,), ()), seen, plan)


def reasons(found: Explanation | None) -> tuple[str, ...]:
    assert found is not None
    return found.reasons


def test_a_machine_is_explained_by_all_who_know_of_it() -> None:
    record = Record("tower", "on", held_until_s=NOW + 3600, drained=True, failures=2, out_until_s=NOW + 86400)
    report = Report("tower", NOW, "b", keep_awake=("ada is at it",), on_battery=True, stay_until_s=NOW + 60)
    plan = Plan(actions=(Action("sleep", "tower", "superfluous"),), machines=(Judged("tower", "on", ("superfluous since 22:00",)),))
    nodes = (Node("t", "tower", eligible=False),)
    found = explain_machine(scene(plan=plan, records=(record,), reports=(report,), nodes=nodes), "tower")
    assert found == Explanation(
        "tower",
        "on",
        SINCE,
        (
            "ready",
            "superfluous since 22:00",
            "it would be, if the grid didn't only observe, put to sleep: superfluous",
            "a person holds it until 23:13",
            "it failed 2 times in a row: left out until 2023-11-15 22:13",
            "it takes no work until its drain is taken back",
            "ada is at it",
            "a person there pressed `stay awake`, until 22:14",
            "it runs on battery",
            "it runs web",
        ),
    )


def test_what_is_said_twice_is_told_once_and_what_is_over_not_at_all() -> None:
    record = Record("tower", "on", held_until_s=NOW - 1, out_until_s=NOW - 1, drained=True)
    plan = Plan(machines=(Judged("tower", "on", ("ready", "it is needed for web")),))
    assert reasons(explain_machine(scene(plan=plan, records=(record,)), "tower")) == ("ready", "it is needed for web", "it runs web")


def test_a_hold_that_the_plan_tells_of_is_not_told_again() -> None:
    plan = Plan(machines=(Judged("tower", "on", ("nothing needs it; a person holds it until 23:13:20",)),))
    record = Record("tower", "on", held_until_s=NOW + 3600)
    told = reasons(explain_machine(scene(plan=plan, records=(record,)), "tower"))
    assert told == ("ready", "nothing needs it; a person holds it until 23:13:20", "it runs web")


def test_what_it_does_not_reach_is_told_and_which_proxies_that_keeps_off() -> None:
    report = Report("tower", NOW, "b", reached=("lamp",), unreached=("a", "b", "c", "d", "e", "f", "g"))
    node = Node("t", "tower", meta=(("simulacra_misses_proxy_attic", "a, b, c and 4 more"), ("simulacra_zone", "attic")))
    assert reasons(explain_machine(scene(reports=(report,), nodes=(node,)), "tower")) == (
        "ready",
        "it doesn't reach a, b, c, d, e and 2 more",
        "proxy-attic is kept off it while others do better, it misses: a, b, c and 4 more",
        "it runs web",
    )
    off = replace(node, status="down")
    assert reasons(explain_machine(scene(reports=(report,), nodes=(off,)), "tower")) == ("ready", "it runs web")


def test_an_old_report_of_a_machine_that_is_off_says_nothing() -> None:
    off = replace(ON, power="asleep", reason="the grid could do without it")
    report = Report("tower", NOW, "b", keep_awake=("ada is at it",))
    found = explain_machine(scene(off, nodes=(Node("t", "tower", status="down"),), reports=(report,), allocations=()), "tower")
    assert reasons(found) == ("the grid could do without it",)


def test_nobody_is_explained_who_is_not_there() -> None:
    assert explain_machine(scene(), "tow") is None
    assert explain_service(scene(), "we") is None
    assert names_of(scene()) == (("tower",), (NODE_JOB, "theirs", "web"))


WAITS = Plan(waiting=(Waiting("web", "web", 2, "no machine is on"),))


@pytest.mark.parametrize(
    ("service", "plan", "state", "told"),
    [
        (RUNNING, Plan(), "running", ("it runs on tower",)),
        (RUNNING, WAITS, "partly", ("2 instances aren't placed: no machine is on", "it runs on tower")),
        (replace(RUNNING, running=0, waiting="in other words"), WAITS, "waiting", ("2 instances aren't placed: no machine is on",)),
        (replace(RUNNING, running=0, waiting="starting"), Plan(), "waiting", ("starting",)),
        (replace(RUNNING, running=0, waiting="stopped: run it", absent="stopped"), Plan(), "stopped", ("stopped: run it",)),
        (replace(RUNNING, running=0, waiting="not submitted: run it", absent="missing"), Plan(), "missing", ("not submitted: run it",)),
        (replace(RUNNING, running=0, desired=0, note="finished"), Plan(), "finished", ("finished",)),
    ],
)
def test_services(service: ServiceStatus, plan: Plan, state: str, told: tuple[str, ...]) -> None:
    allocations = scene().snapshot.allocations if service.running else ()
    found = explain_service(scene(service=service, plan=plan, allocations=allocations), "web")
    assert found == Explanation("web", state, None, told)


def test_a_service_waits_since_its_oldest_demand() -> None:
    demands = (Demand("web", "default", "web", 1, NOW + 60), Demand("web", "default", "web", 1, NOW))
    found = explain_service(scene(plan=WAITS, demands=demands), "web")
    assert found is not None
    assert found.since == SINCE


def test_a_service_that_wakes_nobody_says_so() -> None:
    seen = scene(service=replace(RUNNING, running=0, waiting="no machine is on"), allocations=())
    seen = replace(seen, grid=replace(GRID, services=(replace(WEB, on_demand=False),)))
    assert reasons(explain_service(seen, "web")) == ("no machine is on", "on_demand is false: no machine is woken for it")


def test_somebody_elses_job_is_explained_too() -> None:
    plan = Plan(waiting=(Waiting("theirs", "a", 1, "port 80 is taken"),))
    found = explain_service(scene(plan=plan), "theirs")
    told = ("an instance isn't placed of group a: port 80 is taken", "it isn't defined in this grid")
    assert found == Explanation("theirs", "waiting", None, told)


class TestARentedMachine:
    """What its provider runs for it, as it was written down."""

    CLOUD = Cloud("burst", "EC2", "attic", "server", ("small",), "ami", billed_by_s=3600.0)
    GRID = with_slots(replace(GRID, clouds=(CLOUD,)), ())
    SERVER = Tenancy("i-1", "burst-small-1", "small", NOW - 1800, "running", Decimal("0.0228"))
    STATUS = MachineStatus("burst-small-1", "attic", "server", "on", "ready", SINCE, 0)

    def told(self, *servers: Tenancy, **more: object) -> tuple[str, ...]:
        ledger = replace(Ledger("burst", servers=servers, listed_s=NOW), **more)  # type: ignore[arg-type]
        seen = replace(scene(self.STATUS), grid=self.GRID)
        return reasons(explain_machine(replace(seen, snapshot=replace(seen.snapshot, clouds=(ledger,))), "burst-small-1"))

    def test_its_server_and_what_it_costs(self) -> None:
        assert self.told(self.SERVER) == (
            "ready",
            "its server i-1 is running, there since 21:43, for 0.0228 USD an hour, and paid for until 22:43",
        )

    def test_where_no_price_is_known(self) -> None:
        assert self.told(replace(self.SERVER, price=None))[1] == "its server i-1 is running, there since 21:43, and paid for until 22:43"

    def test_two_of_them_are_both_told(self) -> None:
        assert [it.split()[2] for it in self.told(self.SERVER, replace(self.SERVER, id="i-2"))[1:]] == ["i-1", "i-2"]

    def test_why_it_can_not_be_given_back(self) -> None:
        problem = "EC2 refuses: give the account the right to destroy servers"
        assert self.told(self.SERVER, problem=problem, problem_since_s=NOW - 60)[2] == f"cloud burst can't be asked since 22:12: {problem}"
        assert self.told(problem=problem, problem_since_s=NOW - 60) == ("ready",)

    def test_others_servers_are_not_its(self) -> None:
        assert self.told(replace(self.SERVER, machine="burst-small-2")) == ("ready",)
