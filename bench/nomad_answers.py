"""A Nomad that is made up: what it answers to a look, in the shapes of the real one, without a server and without a network.

A look reads it through the real gateway; only the transport of its HTTP session is ours. Each node runs ten allocations, as in `apm`.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable

import requests
from apm import PER_JOB, PER_NODE, WAITING
from fleet import job, name_of, node_of
from requests.adapters import BaseAdapter

from simulacra.gateways.journal_json import to_json
from simulacra.gateways.nomad import Nomad, connect
from simulacra.model.journal import MACHINES, REPORTS, Record, Report, variable_name

ADDRESS = "http://nomad.made-up:4646"
MARK = 4_000_000_007
"""Stands in the texts where a number of one's own belongs."""
SERVERS = {"Members": [{"Name": "server.global", "Status": "alive", "Addr": "127.0.0.1", "Tags": {"region": "global"}}]}

_GIVEN = {
    "Tasks": {
        "it": {
            "Cpu": {"CpuShares": 100, "ReservedCores": None},
            "Memory": {"MemoryMB": 256, "MemoryMaxMB": 0},
            "Networks": None,
            "Devices": None,
        }
    },
    "TaskLifecycles": {"it": None},
    "Shared": {
        "DiskMB": 300,
        "Networks": [{"Mode": "host", "IP": "10.0.0.1", "DynamicPorts": [{"Label": "http", "Value": MARK, "HostNetwork": "overlay"}]}],
        "Ports": [{"Label": "http", "Value": MARK, "HostIP": "10.0.0.1"}],
    },
}
RESOURCES = f',"AllocatedResources":{json.dumps(_GIVEN)}'


class Answers(BaseAdapter):
    """``changed`` counts what has changed so far; the index of every table moves with it. Texts are made beforehand, but for the few that
    have just changed.
    """

    def __init__(self, nodes: int) -> None:
        super().__init__()
        self.nodes, self.jobs, self.allocations = nodes, nodes * PER_NODE // PER_JOB, nodes * PER_NODE
        self.index = 10
        self._at: dict[tuple[str, int], int] = {}
        self._node = [json.dumps(node_of(number, "")).encode() for number in range(nodes)]
        self._ids = {json.loads(text)["ID"]: number for number, text in enumerate(self._node)}
        self._id_of = list(self._ids)
        self._lists = {True: b"", False: b""}
        self._list_allocations()

    def change(self, share: float) -> None:
        """So much of everything is different from now on: nodes, jobs, allocations, records and reports, others each time."""
        self.index += 1
        sizes = {"node": self.nodes, "record": self.nodes, "report": self.nodes, "job": self.jobs, "allocation": self.allocations}
        for kind, size in sizes.items():
            many = max(1, round(size * share))
            for number in range(self.index * many, (self.index + 1) * many):
                self._at[kind, number % size] = self.index
        self._list_allocations()

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """What the real one would answer."""
        url = urllib.parse.urlsplit(str(request.url))
        query = {key: values[0] for key, values in urllib.parse.parse_qs(url.query).items()}
        answer = requests.Response()
        answer._content = self._answer(url.path.removeprefix("/v1/"), query)
        answer.status_code = 404 if answer.content == b"" else 200
        answer.headers["X-Nomad-Index"] = str(self.index)
        answer.request, answer.url = request, str(request.url)
        return answer

    def close(self) -> None:
        """There is nothing to close."""

    def _answer(self, path: str, query: dict[str, str]) -> bytes:
        one = query.get("per_page") == "1"
        match path.split("/"):
            case ["nodes"]:
                return b"[]" if one else self._all(self._stub, self.nodes)
            case ["allocations"]:
                return b"[]" if one else self._lists[query["resources"] == "true"]
            case ["evaluations"]:
                return b"[]" if one else self._all(_blocked, WAITING)
            case ["jobs"]:
                return b"[]" if one else self._all(self._job_stub, self.jobs + WAITING)
            case ["vars"]:
                return b"[]" if one else self._variables(query["prefix"])
            case ["node", node]:
                number = self._ids[node]
                return (
                    self._node[number][:-1] + f', "ModifyIndex": {self._index("node", number)}, "StatusUpdatedAt": {self.index}}}'.encode()
                )
            case ["allocation", allocation]:
                return self._allocation(int(allocation.split("-")[1]), whole=True).encode()
            case ["job", name]:
                return self._job(name)
            case ["var", *parts]:
                return self._variable("/".join(parts))
            case ["agent", "members"]:
                return json.dumps(SERVERS).encode()
            case ["operator", "scheduler", "configuration"]:
                return b'{"SchedulerConfig": {"PreemptionConfig": {"SystemSchedulerEnabled": true}}}'
        raise ValueError(f"nobody has made up {path} yet")

    def _index(self, kind: str, number: int) -> int:
        return self._at.get((kind, number), 10)

    @staticmethod
    def _all(row: Callable[[int], str], count: int) -> bytes:
        return f"[{','.join(map(row, range(count)))}]".encode()

    def _stub(self, number: int) -> str:
        index = self._index("node", number)
        return f'{{"ID":"{self._id_of[number]}","Name":"{name_of(number)}","Status":"ready","ModifyIndex":{index}}}'

    def _job_stub(self, number: int) -> str:
        name = f"job-{number:04d}" if number < self.jobs else f"waits-{number - self.jobs:02d}"
        index = self._index("job", number)
        return f'{{"ID":"{name}","Namespace":"default","Type":"service","Status":"running","JobModifyIndex":{index}}}'

    def _job(self, name: str) -> bytes:
        waits = name.startswith("waits")
        raw = job(name, 3, kernel="> 7") if waits else job(name, PER_JOB, spread=int(name.rpartition("-")[2]) % 10 == 0)
        return json.dumps(raw | {"Namespace": "default", "Priority": 50}).encode()

    def _list_allocations(self) -> None:
        for whole in self._lists:
            self._lists[whole] = self._all(lambda number, whole=whole: self._allocation(number, whole), self.allocations)  # type: ignore[misc]

    def _allocation(self, number: int, whole: bool) -> str:
        """One that has changed is another, in its place."""
        resources = RESOURCES.replace(str(MARK), str(20_000 + number % 12_000)) if whole else ""
        at, of = number % self.nodes, f"job-{number // PER_JOB:04d}"
        return (
            f'{{"ID":"{self._index("allocation", number)}-{number}","CreateIndex":10,"JobID":"{of}","TaskGroup":"it",'
            f'"Name":"{of}.it[{number % PER_JOB}]","NodeID":"{self._id_of[at]}","NodeName":"{name_of(at)}",'
            f'"Namespace":"default","ClientStatus":"running","DesiredStatus":"run"{resources}}}'
        )

    def _variables(self, prefix: str) -> bytes:
        kind = {f"{MACHINES}/": "record", f"{REPORTS}/": "report"}.get(prefix)
        if kind is None:
            return b"[]"
        return self._all(
            lambda number: f'{{"Path":"{prefix}{variable_name(name_of(number))}","ModifyIndex":{self._index(kind, number)}}}', self.nodes
        )

    def _variable(self, path: str) -> bytes:
        found = re.fullmatch(r"(.*)/m(\d+)", path)
        if found is None:
            return b""
        number = int(found[2])
        kind = "record" if found[1] == MACHINES else "report"
        index = self._index(kind, number)
        value = (
            Record(name_of(number), on_since_s=1.0) if kind == "record" else Report(name_of(number), float(index), "boot", on_battery=False)
        )
        return json.dumps({"Path": path, "ModifyIndex": index, "Items": {kind: to_json(value)}}).encode()


def _blocked(number: int) -> str:
    return (
        f'{{"ID":"evaluation-{number}","JobID":"waits-{number:02d}","Namespace":"default","Type":"service","Status":"blocked",'
        f'"CreateIndex":10,"JobModifyIndex":10,"QueuedAllocations":{{"it":3}},"FailedTGAllocs":{{"it":{{"CoalescedFailures":2}}}}}}'
    )


def connected_to(answers: Answers) -> Nomad:
    """The real gateway, whose session is answered from memory."""
    nomad = connect(environment={"NOMAD_ADDR": ADDRESS})
    nomad._api.requester_settings["session"].mount("http://", answers)
    return nomad
