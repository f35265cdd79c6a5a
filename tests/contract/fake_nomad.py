"""A Nomad in memory, with the gateway's methods: one node, jobs of one group with one task.

It reads only jobspecs as `jobspec` writes them. What it promises is what the contract suite asks of the real one too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from fake_steering import FakeSteering

from simulacra.faults import Refusal
from simulacra.gateways.nomad_diff_values import FieldDiff, GroupDiff, JobDiff
from simulacra.gateways.nomad_faults import Conflict, NotThere
from simulacra.gateways.nomad_jobs import group_counts
from simulacra.gateways.nomad_settings import Settings
from simulacra.gateways.nomad_values import (
    Agent,
    Allocation,
    Deployment,
    DeploymentGroup,
    Evaluation,
    GroupCount,
    JobJson,
    JobStub,
    Member,
    Node,
    NodeDetail,
    PlacementFailure,
    PlannedJob,
    RegisteredJob,
    Token,
    ValidatedJob,
)
from simulacra.model.jobspec import NO_VALUES, Values
from simulacra.model.marks import LABEL_RANK, LABEL_TIER, LABEL_ZONE, META_GRID

LABELS = ((LABEL_RANK, "20"), (LABEL_TIER, "server"), (LABEL_ZONE, "attic"))


def jobspec(
    name: str, count: int = 1, driver: str = "raw_exec", memory: int = 32, grid: str | None = "trial", type_: str = "service"
) -> str:
    """A jobspec that both the fake and the real Nomad read."""
    meta = f'\n  meta {{\n    {META_GRID} = "{grid}"\n  }}\n' if grid else ""
    config = 'image = "none"' if driver == "docker" else 'command = "sleep"\n        args    = ["600"]'
    return f"""job "{name}" {{
  type = "{type_}"
{meta}
  group "it" {{
    count = {count}

    update {{
      min_healthy_time = "0s"
    }}

    task "it" {{
      driver = "{driver}"

      config {{
        {config}
      }}

      resources {{
        cpu    = 20
        memory = {memory}
      }}
    }}
  }}
}}
"""


def fake_node(name: str = "shelf", **more: object) -> Node:
    """A node that is on, unless told otherwise."""
    made = Node(
        id=f"id-{name}",
        name=name,
        datacenter="dc1",
        status="ready",
        eligible=True,
        draining=False,
        drivers=("exec", "raw_exec"),
        cpu_mhz=4000,
        cores=2,
        memory_mb=4096,
        disk_mb=50000,
        version="1.11.3",
        modify_index=10,
        macs=(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


@dataclass
class _Job:
    job: JobJson
    namespace: str
    index: int
    stopped: bool = False
    evaluations: list[Evaluation] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)


class FakeNomad(FakeSteering):
    """Everything that is placed is healthy at once."""

    def __init__(self, nodes: tuple[Node, ...] | None = None, labels: dict[str, tuple[tuple[str, str], ...]] | None = None) -> None:
        self.settings = Settings()
        self.registered: list[tuple[str, bool]] = []
        nodes = nodes if nodes is not None else (fake_node(),)
        super().__init__(nodes, labels if labels is not None else {node.name: LABELS for node in nodes})
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._jobs_at = 0

    def parse(self, text: str, what: str = "the job", values: Values = NO_VALUES) -> JobJson:
        for name, value in (line.split(" = ") for line in values.merged.splitlines()):
            text = text.replace(f"var.{name}", value)
        asked = f"parse {what} (capability submit-job or parse-job)"
        if text.count("{") != text.count("}"):
            raise Refusal(f"Nomad refuses ({asked}): Failed to parse job: Unclosed configuration block")
        name, meta = re.search(r'job "([^"]+)"', text), re.search(rf'{META_GRID} = "([^"]+)"', text)
        if name is None:
            raise Refusal(f"Nomad refuses ({asked}): Failed to parse job: no job")
        task = {"Driver": _value(text, r'driver = "(\w+)"'), "MemoryMB": int(_value(text, r"memory = (\d+)"))}
        group: JobJson = {"Name": "it", "Count": int(_value(text, r"count = (\d+)")), "Tasks": [task]}
        if "scaling {" in text:
            group["Scaling"] = {"Enabled": True}
        return {"ID": name[1], "Type": _value(text, r'type = "(\w+)"'), "Meta": {META_GRID: meta[1]} if meta else {}, "TaskGroups": [group]}

    def validate(self, job: JobJson) -> ValidatedJob:
        """Of what can be wrong it knows one thing."""
        wrong = int(str(job.get("Priority", 50))) > 100
        return ValidatedJob(("Job priority must be between [1, 100]",) if wrong else (), "")

    def plan(self, job: JobJson) -> PlannedJob:
        known = self._jobs.get((str(job["ID"]), _namespace(job)))
        return PlannedJob(_diff(job, known), known.index if known else 0, self._missing(job)[1], "", None)

    def register(
        self,
        job: JobJson,
        source: str,  # noqa: ARG002
        expected_index: int,
        preserve_counts: bool,
        values: Values = NO_VALUES,  # noqa: ARG002
    ) -> RegisteredJob:
        key = (str(job["ID"]), _namespace(job))
        known = self._jobs.get(key)
        if expected_index != (known.index if known else 0):
            raise Conflict(f"register job {key[0]}: somebody changed it meanwhile; look at `simulacra plan` and run again")
        if known and preserve_counts:
            job = {**job, "TaskGroups": [{**_group(job), "Count": _group(known.job)["Count"]}]}
        self.registered.append((key[0], preserve_counts))
        made = _Job(job, key[1], next(self.index))
        self._jobs[key] = made
        self._schedule(made, key[0])
        return RegisteredJob(made.evaluations[-1].id, made.index, "")

    def _schedule(self, made: _Job, name: str) -> None:
        placed, failures = self._missing(made.job)
        index = self._jobs_at = next(self.index)
        group, wanted = _group(made.job), int(str(_group(made.job)["Count"]))
        task = group["Tasks"][0]  # type: ignore[index]
        node = self._nodes[0] if self._nodes else fake_node("none")
        made.allocations = [
            Allocation(
                f"alloc-{name}-{number}",
                name,
                made.namespace,
                node.id,
                node.name,
                "run",
                "running",
                True,
                20,
                task["MemoryMB"],
                0,
                index,
                (),
            )
            for number in range(placed)
        ]
        state = "running" if failures else "successful"
        counts = DeploymentGroup(wanted, placed, 0)
        deployment = Deployment(f"deployment-{index}", made.index, index, state, "", (counts,))
        made.deployments = [deployment] if made.job["Type"] == "service" else []
        first = Evaluation(f"eval-{index}", name, made.namespace, index, "complete", "", failures)
        made.evaluations = [replace(first, id=f"blocked-{index}", status="blocked")] if failures else []
        made.evaluations.append(first)

    def _missing(self, job: JobJson) -> tuple[int, tuple[PlacementFailure, ...]]:
        """How many are placed, and the failures for the rest."""
        group = _group(job)
        task, wanted = group["Tasks"][0], int(str(group["Count"]))  # type: ignore[index]
        able = [node for node in self._nodes if node.status == "ready" and task["Driver"] in node.drivers]
        fits = [node for node in able if node.memory_mb >= task["MemoryMB"]]
        if fits or not wanted:
            return wanted, ()
        dimensions = (("memory", len(able)),) if able else ()
        constraints = () if able else (("missing drivers", len(self._nodes)),)
        return 0, (PlacementFailure("it", wanted, constraints, dimensions),)

    def stop(self, job: str, namespace: str) -> str | None:
        known = self._jobs[job, namespace]
        self._jobs_at = next(self.index)
        known.stopped, known.index, known.allocations, known.deployments = True, self._jobs_at, [], []
        known.evaluations = [it for it in known.evaluations if it.status != "blocked"]
        return f"eval-stop-{job}"

    def scale(self, job: str, namespace: str, group: str, count: int, message: str) -> None:  # noqa: ARG002
        known = self._jobs[job, namespace]
        known.job = {**known.job, "TaskGroups": [{**_group(known.job), "Count": count}]}
        known.index = next(self.index)
        self._schedule(known, job)

    def stop_allocation(self, allocation_id: str) -> None:
        """The next one of its job is there at once."""
        for job in self._jobs.values():
            for at, it in enumerate(job.allocations):
                if it.id == allocation_id:
                    self._jobs_at = next(self.index)
                    job.allocations[at] = replace(it, id=f"{it.id}-{self._jobs_at}", create_index=self._jobs_at)
                    return
        raise NotThere(f"stop allocation {allocation_id}: Nomad knows nothing of the kind")

    def jobs(self, namespace: str = "*") -> tuple[JobStub, ...]:
        return tuple(
            JobStub(
                id=name,
                namespace=space,
                type=str(it.job["Type"]),
                status="dead" if it.stopped else "running" if it.allocations else "pending",
                stopped=it.stopped,
                periodic=False,
                parameterized=False,
                parent=None,
                modify_index=it.index,
                meta=tuple(sorted(it.job["Meta"].items())),  # type: ignore[attr-defined]
                queued=sum(failure.missing for failure in self._missing(it.job)[1]),
                starting=0,
                running=len(it.allocations),
            )
            for (name, space), it in sorted(self._jobs.items())
            if namespace in ("*", space)
        )

    def job(self, job: str, namespace: str) -> JobJson | None:
        known = self._jobs.get((job, namespace))
        return known.job if known else None

    def counts(self, job: str, namespace: str) -> tuple[GroupCount, ...]:
        return group_counts(self.job(job, namespace) or {})

    def deployments(self, job: str, namespace: str) -> tuple[Deployment, ...]:
        return tuple(self._jobs[job, namespace].deployments)

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]:
        return tuple(self._jobs[job, namespace].evaluations)

    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]:
        return tuple(self._jobs[job, namespace].allocations)

    def allocations(self) -> tuple[Allocation, ...]:
        return tuple(sorted((it for job in self._jobs.values() for it in job.allocations), key=lambda it: it.id))

    def blocked(self) -> tuple[Evaluation, ...]:
        return tuple(it for job in self._jobs.values() for it in job.evaluations if it.status == "blocked")

    def nodes(self, filter_: str | None = None) -> tuple[Node, ...]:
        """Of filters it knows one, that for nodes without labels."""
        return tuple(node for node in self._nodes if filter_ is None or not self._labels.get(node.name))

    def node_detail(self, node: Node) -> NodeDetail:
        return NodeDetail(node.id, node.name, (("cpu.arch", "amd64"),), self._labels.get(node.name, ()), ("overlay",), 1_700_000_000)

    def indexes(self) -> tuple[int, ...]:
        """Jobs, allocations and evaluations move together."""
        return (max((it.modify_index for it in self._nodes), default=0), *[self._jobs_at] * 3, self.variables_at)

    def agent(self) -> Agent:
        return Agent("shelf.global", "1.11.3", "global", False, 1_700_000_000.0)

    def members(self) -> tuple[Member, ...]:
        return (Member("shelf", "alive", "1.11.3", "global", "127.0.0.1"),)

    def leader(self) -> str | None:
        return "127.0.0.1:4647"

    def token(self) -> Token | None:
        return Token("ACLs disabled token", "client", (), True)


def _value(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


def _namespace(job: JobJson) -> str:
    return str(job.get("Namespace") or "default")


def _group(job: JobJson) -> dict[str, object]:
    groups = job["TaskGroups"]
    assert isinstance(groups, list)
    found: dict[str, object] = groups[0]
    return found


def _diff(job: JobJson, known: _Job | None) -> JobDiff:
    name = str(job["ID"])
    if known is None:
        return JobDiff("Added", name, (), (), (GroupDiff("Added", "it", (), (), (), (("create", 1),)),))
    if known.job == job and not known.stopped:
        return JobDiff("None", name, (), (), ())
    old, new = str(_group(known.job)["Count"]), str(_group(job)["Count"])
    fields = (FieldDiff("Edited", "Count", old, new, ()),) if old != new else ()
    return JobDiff("Edited", name, (), (), (GroupDiff("Edited", "it", fields, (), (), ()),))
