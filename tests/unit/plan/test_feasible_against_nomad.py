"""Would it be placed? The board's answer beside that of the real Nomad's own scheduler, on one node."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from dev_agent import PATIENCE_S, Agent
from nomad_agrees import Refused, call, node_of, placed_by_nomad

from simulacra.model.cluster import Node
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Constraint, DeviceAsk, Distinct, Group, Job, PortAsk, VolumeAsk
from simulacra.plan.board import Board

pytestmark = pytest.mark.nomad

META = {
    "odd_empty": "", "odd_nine": "9", "odd_signed": "+9", "odd_broken": "9.5", "odd_blank": " 9", "odd_hex": "0x10",
    "odd_hexfloat": "0x1p4",
    "odd_underscore": "1_000", "odd_big": "9223372036854775808", "odd_huge": "1e400", "odd_inf": "inf", "odd_nan": "NaN",
    "odd_word": "banana", "odd_list": "a, b,,c", "odd_version": "1.2.3", "odd_short": "1.2", "odd_beta": "1.2.0-beta1",
    "odd_dotted": "1.2.0-beta.2", "odd_kernel": "6.1.0-18-amd64", "odd_rc": "1.2rc1", "odd_v": "v1.2.3", "odd_built": "1.2.3+meta",
    "odd_four": "1.2.3.4", "odd_lines": "one\ntwo", "odd_same": "banana", "odd_accent": "café",
}  # fmt: skip

CONSTRAINTS = [
    ("${meta.odd_word}", "=", "banana"), ("${meta.odd_word}", "==", "Banana"), ("${meta.odd_word}", "is", "banana"),
    ("${meta.odd_word}", "not", "banana"), ("${meta.odd_word}", "!=", "apple"),
    ("${meta.odd_word}", "=", "${meta.odd_same}"), ("${meta.odd_word}", "!=", "${meta.odd_same}"), ("banana", "=", "${meta.odd_word}"),
    ("${meta.nothing}", "=", "${meta.nothing}"), ("${meta.nothing}", "!=", "${meta.nothing}"), ("${meta.nothing}", "!=", "x"),
    ("${meta.odd_empty}", "!=", "${meta.nothing}"), ("${meta.nothing}", "!=", "${meta.odd_empty}"),
    ("${meta.odd_empty}", "=", "${meta.nothing}"),
    ("${meta.odd_empty}", "is_set", ""), ("${meta.odd_empty}", "is_not_set", ""), ("${meta.nothing}", "is_set", ""),
    ("${meta.nothing}", "is_not_set", ""), ("literal", "is_set", ""),
    ("${node.unique.name}", "=", "shelf"), ("${node.unique.id}", "is_set", ""), ("${node.datacenter}", "=", "dc1"),
    ("${node.class}", "=", "x"), ("${node.class}", "is_set", ""), ("${node.pool}", "=", "default"),
    ("${attr.kernel.name}", "=", "linux"), ("${attr.nothing}", "is_not_set", ""),
    # order
    ("${meta.odd_nine}", "<", "40"), ("${meta.odd_nine}", "<", "10.5"), ("${meta.odd_nine}", "<", "40x"), ("${meta.odd_nine}", ">", "40x"),
    ("${meta.odd_signed}", ">=", "9"), ("${meta.odd_broken}", "<", "10"),
    ("${meta.odd_blank}", "<", "40"), ("${meta.odd_blank}", ">", "40"),
    ("${meta.odd_hex}", ">", "9"), ("${meta.odd_hexfloat}", ">", "9"), ("${meta.odd_underscore}", ">", "9"),
    ("${meta.odd_big}", ">", "9223372036854775807"), ("${meta.odd_huge}", ">", "9"), ("${meta.odd_inf}", ">", "9"),
    ("${meta.odd_nan}", "<=", "9"), ("${meta.odd_nan}", ">=", "9"), ("${meta.odd_word}", "<", "cherry"), ("${meta.nothing}", "<", "9"),
    ("${meta.odd_accent}", ">", "cafz"), ("9", "<", "${meta.odd_broken}"),
    # sets
    ("${meta.odd_list}", "set_contains", "c,a"), ("${meta.odd_list}", "set_contains", "b"),
    ("${meta.odd_list}", "set_contains_all", "a, d"),
    ("${meta.odd_list}", "set_contains", " ,c"), ("${meta.odd_word}", "set_contains", " ,banana"),
    ("${meta.odd_list}", "set_contains_any", "x,b "),
    ("${meta.odd_list}", "set_contains_any", "x,y"), ("${meta.nothing}", "set_contains_any", "x"),
    # versions
    ("${meta.odd_version}", "version", ">= 1.2, < 2"), ("${meta.odd_version}", "version", "~> 1.2"),
    ("${meta.odd_version}", "version", "~> 1.2.0"),
    ("${meta.odd_version}", "version", "~> 1.1.0"), ("${meta.odd_short}", "version", "~> 1.2.0"), ("${meta.odd_short}", "version", "1.2.0"),
    ("${meta.odd_four}", "version", "~> 1.2.3"), ("${meta.odd_four}", "version", "> 1.2.3"),
    ("${meta.odd_version}", "version", "~> 1.2.3.4"),
    ("${meta.odd_beta}", "version", ">= 1.1"), ("${meta.odd_beta}", "version", "< 1.2"), ("${meta.odd_beta}", "version", ">= 1.2.0-alpha1"),
    ("${meta.odd_beta}", "version", ">= 1.1.0-alpha1"), ("${meta.odd_beta}", "version", "!= 1.2.0"),
    ("${meta.odd_beta}", "version", "= 1.2.0-beta1"),
    ("${meta.odd_version}", "version", ">= 1.2.0-beta1"), ("${meta.odd_version}", "version", "~> 1.2.0-beta1"),
    ("${meta.odd_kernel}", "version", ">= 5.0"), ("${meta.odd_rc}", "version", "= 1.2.0-rc1"), ("${meta.odd_v}", "version", "1.2.3"),
    ("${meta.odd_built}", "version", "= 1.2.3"), ("${meta.odd_word}", "version", ">= 1"), ("${meta.odd_nine}", "version", "> 8.9"),
    ("${meta.odd_beta}", "semver", ">= 1.1"), ("${meta.odd_beta}", "semver", "< 1.2.0"),
    ("${meta.odd_dotted}", "semver", "< 1.2.0-beta.11"),
    ("${meta.odd_dotted}", "semver", "> 1.2.0-beta1"), ("${meta.odd_kernel}", "semver", ">= 5.0"),
    ("${meta.odd_kernel}", "semver", "< 6.1"),
    ("${meta.odd_rc}", "semver", "< 1.2.0"), ("${meta.odd_version}", "semver", "1.2.3"), ("${meta.odd_built}", "semver", "= 1.2.3"),
    ("${meta.odd_four}", "semver", "> 1.2.3-rc1"), ("${meta.odd_version}", "semver", "!= 1.2.4, >1"),
    # regular expressions
    ("${meta.odd_word}", "regexp", "^b.n"), ("${meta.odd_word}", "regexp", "nan"), ("${meta.odd_word}", "regexp", "^nan"),
    ("${meta.odd_lines}", "regexp", "one$"), ("${meta.odd_lines}", "regexp", "(?m)one$"), ("${meta.odd_lines}", "regexp", "one.two"),
    ("${meta.odd_lines}", "regexp", "(?s)one.two"), ("${meta.odd_word}", "regexp", "(?i)BANANA"),
    ("${meta.odd_word}", "regexp", "ban(?i)ANA"),
    ("${meta.odd_word}", "regexp", "x(?i)y|BANANA"), ("${meta.odd_word}", "regexp", r"\Qban\E"),
    ("${meta.odd_word}", "regexp", "^[[:alpha:]]+$"),
    ("${meta.odd_accent}", "regexp", r"^\w+$"), ("${meta.odd_accent}", "regexp", "^caf.$"),
    ("${meta.odd_version}", "regexp", r"^\d\.\d\.\d\z"),
    ("${meta.odd_word}", "regexp", "{,2}"), ("${meta.odd_word}", "regexp", "(?U)b.+a"), ("${meta.odd_word}", "regexp", r"\bbanana\b"),
    ("${meta.odd_word}", "regexp", "${meta.odd_same}"), ("${meta.nothing}", "regexp", ".*"), ("${meta.odd_word}", "regexp", "(a|an)+$"),
]  # fmt: skip
"""Nomad takes every one of them; what it refuses at submission never reaches the scheduler."""

GROUP = Group("main", drivers=("raw_exec",), cpu_mhz=10, memory_mb=10, disk_mb=300)
GROUPS = {
    "fits": GROUP,
    "too much cpu": replace(GROUP, cpu_mhz=10_000_000),
    "too much memory": replace(GROUP, memory_mb=100_000_000),
    "too much disk": replace(GROUP, disk_mb=1_000_000_000),
    "too many cores": replace(GROUP, cores=4096),
    "one core each": replace(GROUP, cpu_mhz=0, cores=1, count=1000),
    "memory for a few": replace(GROUP, memory_mb=900, count=300),
    "a driver that is nowhere": replace(GROUP, drivers=("qemu",)),
    "on one host each": replace(GROUP, count=3, distincts=(Distinct(""),)),
    "one for each zone": replace(GROUP, count=3, distincts=(Distinct("${meta.simulacra_zone}"),)),
    "two for each zone": replace(GROUP, count=3, distincts=(Distinct("${meta.simulacra_zone}", 2),)),
    "one for each of nothing": replace(GROUP, distincts=(Distinct("${meta.nothing}"),)),
    "a static port": replace(GROUP, ports=(PortAsk("http", 8181),)),
    "a static port twice": replace(GROUP, count=2, ports=(PortAsk("http", 8181),)),
    "dynamic ports": replace(GROUP, count=3, ports=(PortAsk("one"), PortAsk("two"))),
    "a port on another network": replace(GROUP, ports=(PortAsk("http", None, "overlay"),)),
    "a port on no network": replace(GROUP, ports=(PortAsk("http", None, "nowhere"),)),
    "a static port more often on another network": replace(GROUP, count=4, ports=(PortAsk("http", 8181, "overlay"),)),
    "no network": replace(GROUP, network_mode="none"),
    "a network mode that is nowhere": replace(GROUP, network_mode="cni/nowhere"),
    "a host volume": replace(GROUP, volumes=(VolumeAsk("media"),)),
    "a device": replace(GROUP, devices=(DeviceAsk("nvidia/gpu"),)),
}
JOBS = {
    "any datacenter": Job("odd", datacenters=("*",)),
    "a datacenter by glob": Job("odd", datacenters=("d*1",)),
    "another datacenter": Job("odd", datacenters=("dc2", "dc1*2")),
    "a question mark is no glob": Job("odd", datacenters=("dc?",)),
    "brackets are no glob": Job("odd", datacenters=("dc[1]",)),
    "every pool": Job("odd", node_pool="all"),
    "batch": Job("odd", type="batch"),
    "system": Job("odd", type="system"),
}


@pytest.fixture(scope="module")
def node(nomad_agent: Agent) -> Iterator[Node]:
    call(nomad_agent, "/v1/client/metadata", {"Meta": META})
    end = time.monotonic() + PATIENCE_S
    while not META.items() <= dict((node := node_of(nomad_agent)).meta).items() and time.monotonic() < end:
        time.sleep(0.1)  # the client tells the servers in its own time
    yield node
    call(nomad_agent, "/v1/client/metadata", {"Meta": dict.fromkeys(META)})


def same(agent: Agent, node: Node, job: Job) -> None:
    board = Board.of([node], [], [job], Scheduler())
    assert len(board.place(job, job.groups[0], job.groups[0].count)) == placed_by_nomad(agent, job)


@pytest.mark.parametrize(("left", "operator", "right"), CONSTRAINTS)
def test_a_constraint(nomad_agent: Agent, node: Node, left: str, operator: str, right: str) -> None:
    group = replace(GROUP, constraints=(Constraint(left, operator, right),))
    same(nomad_agent, node, Job("odd", groups=(group,)))


@pytest.mark.parametrize("case", GROUPS)
def test_a_group(nomad_agent: Agent, node: Node, case: str) -> None:
    same(nomad_agent, node, Job("odd", groups=(GROUPS[case],)))


@pytest.mark.parametrize("case", JOBS)
def test_a_job(nomad_agent: Agent, node: Node, case: str) -> None:
    same(nomad_agent, node, replace(JOBS[case], groups=(GROUP,)))


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        ("${meta.odd_version}", "regexp", "a++"), ("${meta.odd_version}", "regexp", "(?=1)"), ("${meta.odd_version}", "regexp", r"\1"),
        ("${meta.odd_version}", "version", ">= x"), ("${meta.odd_version}", "semver", "~> 1.2"), ("${node.region}", "=", "global"),
    ],
)  # fmt: skip
def test_what_nomad_refuses_never_holds(nomad_agent: Agent, node: Node, left: str, operator: str, right: str) -> None:
    group = replace(GROUP, constraints=(Constraint(left, operator, right),))
    job = Job("odd", groups=(group,))
    with pytest.raises(Refused):
        placed_by_nomad(nomad_agent, job)
    assert Board.of([node], [], [job], Scheduler()).able(job, group) == ()
