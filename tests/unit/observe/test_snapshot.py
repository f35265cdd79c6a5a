"""What is asked of Nomad for a look, and what isn't when nothing has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import Agent, Evaluation, JobJson, JobStub, Member, NodeStub, PlacementFailure
from simulacra.model.cluster import Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, GateRecord, Record, Report
from simulacra.model.marks import META_GRID
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Allocation
from simulacra.observe.snapshot import Key, Observer

TABLES = ("nodes", "allocations", "evaluations", "jobs", "variables")
ALWAYS = Counter(("indexes", "members", "scheduler"))


def stub(name: str, index: int = 1, status: str = "running", grid: str = "") -> JobStub:
    meta = ((META_GRID, grid),) if grid else ()
    return JobStub(name, "default", "service", status, False, False, False, None, index, meta, 0, 0, 1)


def server(name: str, status: str = "alive", region: str = "global", address: str = "10.0.0.9") -> Member:
    return Member(name, status, "1.11.3", region, address)


@dataclass
class Scene:
    """Nomad and the journal in memory; ``moved`` makes a table's index move."""

    node_list: list[Node] = field(default_factory=lambda: [Node("n-1", "nas", address="10.0.0.1:4646")])
    node_indexes: dict[str, int] = field(default_factory=dict)
    allocation_list: list[Allocation] = field(default_factory=list)
    evaluation_list: list[Evaluation] = field(default_factory=list)
    job_list: list[JobStub] = field(default_factory=list)
    member_list: list[Member] = field(default_factory=lambda: [server("nas")])
    region: str | None = "global"
    at: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 1))
    asked: Counter[str] = field(default_factory=Counter)
    jobs_read: list[str] = field(default_factory=list)

    def moved(self, *tables: str) -> None:
        for table in tables:
            self.at[table] += 1
        self.asked.clear()
        self.jobs_read.clear()

    def indexes(self) -> tuple[int, ...]:
        self.asked["indexes"] += 1
        return tuple(self.at[table] for table in TABLES)

    def members(self) -> tuple[Member, ...]:
        self.asked["members"] += 1
        return tuple(self.member_list)

    def agent(self) -> Agent:
        self.asked["agent"] += 1
        if self.region is None:
            raise Refusal("the token lacks the right to read the agent")
        return Agent("nas", "1.11.3", self.region, True, None)

    def scheduler(self) -> Scheduler:
        self.asked["scheduler"] += 1
        return Scheduler()

    def node_stubs(self) -> tuple[NodeStub, ...]:
        self.asked["nodes"] += 1
        return tuple(NodeStub(it.id, it.name, it.status, self.node_indexes.get(it.id, 1)) for it in self.node_list)

    def whole_nodes(self, stubs: Sequence[NodeStub]) -> tuple[Node, ...]:
        known = {it.id: it for it in self.node_list}
        return tuple(known[it.id] for it in stubs)

    def live_allocations(self) -> tuple[Allocation, ...]:
        self.asked["allocations"] += 1
        return tuple(self.allocation_list)

    def blocked(self) -> tuple[Evaluation, ...]:
        self.asked["evaluations"] += 1
        return tuple(self.evaluation_list)

    def jobs(self) -> tuple[JobStub, ...]:
        self.asked["jobs"] += 1
        return tuple(self.job_list)

    def whole_jobs(self, keys: Sequence[Key]) -> tuple[JobJson | None, ...]:
        self.jobs_read += [job for _, job in keys]
        return tuple(None if job == "purged" else {"ID": job, "Namespace": namespace} for namespace, job in keys)

    def records(self) -> tuple[Record, ...]:
        self.asked["variables"] += 1
        return (Record("nas"),)

    def reports(self) -> tuple[Report, ...]:
        return ()

    def belongings(self) -> tuple[Belonging, ...]:
        return ()

    def gates(self) -> tuple[GateRecord, ...]:
        return (GateRecord("jenkins", True),)


def observer(scene: Scene) -> Observer:
    return Observer(Grid("home"), scene, scene)


def waits(job: str, id_: str = "e") -> Evaluation:
    return Evaluation(id_, job, "default", 1, "blocked", "", (PlacementFailure("g", 2, (), ()),))


def test_unchanged_it_is_the_same_but_for_the_time() -> None:
    scene = Scene()
    looking = observer(scene)
    first = looking.look(1.0)
    scene.asked.clear()
    second = looking.look(2.0)
    assert scene.asked == ALWAYS
    assert (second, second.nodes is first.nodes) == (replace(first, now_s=2.0), True)


def test_only_tables_that_have_moved_are_read() -> None:
    scene = Scene()
    looking = observer(scene)
    looking.look(1.0)
    for table in TABLES:
        scene.moved(table)
        looking.look(2.0)
        assert scene.asked == ALWAYS + Counter([table])


def test_jobs_are_those_of_what_runs_and_waits_read_again_when_changed() -> None:
    scene = Scene(
        allocation_list=[Allocation("a", "runs", "g", "n-1")],
        evaluation_list=[waits("waits")],
        job_list=[stub("idle"), stub("runs"), stub("waits")],
    )
    looking = observer(scene)
    assert [it.id for it in looking.look(1.0).jobs] == ["runs", "waits"]
    scene.moved("jobs")
    scene.job_list[1] = stub("runs", 5)
    looking.look(2.0)
    assert scene.jobs_read == ["runs"]
    scene.moved("allocations", "jobs")
    scene.allocation_list.clear()
    assert [it.id for it in looking.look(3.0).jobs] == ["waits"]


def test_a_service_of_ours_that_nothing_runs_of_though_nobody_stopped_it_is_seen_too() -> None:
    over = stub("over", status="dead", grid="home")
    others = (
        stub("elsewhere", status="dead", grid="other"),
        replace(over, id="stopped", stopped=True),
        replace(over, id="done", type="batch"),
        stub("idle", grid="home"),
    )
    scene = Scene(job_list=[over, *others])
    assert [it.id for it in observer(scene).look(1.0).jobs] == ["over"]


def test_what_waits_of_a_job_that_is_gone_waits_no_more() -> None:
    scene = Scene(evaluation_list=[waits("unlisted"), waits("purged", "f"), waits("there", "g")], job_list=[stub("purged"), stub("there")])
    assert [(it.job, it.count) for it in observer(scene).look(1.0).demands] == [("there", 2)]


def test_a_machine_has_one_node() -> None:
    old, new, off = Node("n-1", "nas", status="down"), Node("n-2", "nas"), Node("n-3", "attic", status="down")
    older = replace(off, id="n-0")
    scene = Scene(node_list=[old, new, off, older], node_indexes={"n-1": 9, "n-3": 5, "n-0": 4})
    assert observer(scene).look(1.0).nodes == (off, new)


def test_servers_are_machines_by_name_or_address() -> None:
    nodes = [Node("n-1", "nas", address="10.0.0.1:4646"), Node("n-2", "tower", address="[200::2]:4646")]
    members = [server("nas"), server("srv-2", address="200::2"), server("old", "failed"), server("gone", "left"), server("apart")]
    seen = observer(Scene(node_list=nodes, member_list=members)).look(1.0)
    assert (seen.servers, seen.voters) == (("apart", "nas", "tower"), 4)


def test_servers_of_other_regions_arent_ours() -> None:
    members = [server("nas"), server("far", region="elsewhere")]
    scene = Scene(member_list=members)
    looking = observer(scene)
    assert (looking.look(1.0).servers, looking.look(2.0).voters) == (("nas",), 1)
    assert scene.asked["agent"] == 1
    assert observer(Scene(member_list=members, region=None)).look(1.0).voters == 2


def test_a_server_that_dies_is_seen_though_no_table_moves() -> None:
    scene = Scene()
    looking = observer(scene)
    assert looking.look(1.0).servers == ("nas",)
    scene.member_list = [server("nas", "failed")]
    assert (looking.look(2.0).servers, looking.look(2.0).voters) == ((), 1)


def test_a_look_that_fails_is_made_again_in_full() -> None:
    scene = Scene()
    looking = observer(scene)
    looking.look(1.0)
    scene.moved("nodes", "allocations")
    scene.allocation_list = [Allocation("a", "runs", "g", "n-1")]
    failing = scene.node_list
    scene.node_list = [Node("n-1", "nas"), Node("n-1", "twin")]
    scene.whole_nodes = _refused  # type: ignore[method-assign]
    try:
        looking.look(2.0)
        raise AssertionError("it can't be seen")
    except Refusal:
        del scene.whole_nodes  # type: ignore[method-assign]
    scene.node_list = [*failing, Node("n-9", "new")]
    seen = looking.look(3.0)
    assert ([it.name for it in seen.nodes], len(seen.allocations)) == (["nas", "new"], 1)


def _refused(stubs: Sequence[NodeStub]) -> tuple[Node, ...]:
    raise Refusal(f"the token lacks the right to read {len(stubs)} nodes")


def test_coordinates_are_those_of_now_also_where_nothing_else_has_changed() -> None:
    scene = Scene()
    seeing = Observer(Grid("home"), scene, scene, lambda now_s, nodes: tuple(Coordinate(node.name, (now_s,)) for node in nodes))
    assert seeing.look(1.0).coordinates == (Coordinate("nas", (1.0,)),)
    assert seeing.look(2.0).coordinates == (Coordinate("nas", (2.0,)),)
    assert observer(scene).look(3.0).coordinates == ()
