"""What ails a grid: Nomad's answers to findings, each with what to do. Pure; `Cluster` says what is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from simulacra.gateways.nomad_values import Agent, Member, Node, NodeDetail, Token
from simulacra.model.grid import Grid
from simulacra.model.labels import labels_of
from simulacra.model.machine import Machine
from simulacra.model.marks import LABEL_RANK, LABEL_TIER, LABEL_ZONE

Level = Literal["ok", "advice", "problem"]
OLDEST_ADVISED = (1, 11)
CLOCK_OFF_S = 5.0
OVERLAY = "overlay"
_NUMBER = re.compile("[0-9]{1,9}")


class Cluster(Protocol):
    """What the examination needs of Nomad beside its agent."""

    def members(self) -> tuple[Member, ...]: ...
    def leader(self) -> str | None: ...
    def token(self) -> Token | None: ...
    def nodes(self, filter_: str | None = None) -> tuple[Node, ...]: ...
    def node_detail(self, node: Node) -> NodeDetail: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """``todo`` is empty where all is well."""

    level: Level
    subject: str
    what: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """All that the findings come from. ``now_s`` is our own clock when the agent answered, Unix seconds."""

    agent: Agent
    now_s: float
    members: tuple[Member, ...]
    leader: str | None
    token: Token | None
    nodes: tuple[Node, ...]
    details: tuple[NodeDetail, ...]


def examine(cluster: Cluster, agent: Agent, now_s: float) -> Examined:
    """Ask for the rest: a call for each node that is on, since only its own page has labels and host networks."""
    nodes = cluster.nodes()
    details = tuple(cluster.node_detail(node) for node in nodes if node.status == "ready")
    token = cluster.token() if agent.acl else None
    return Examined(agent, now_s, cluster.members(), cluster.leader(), token, nodes, details)


def findings(grid: Grid, address: str, seen: Examined) -> tuple[Finding, ...]:
    """Every finding: Nomad first, then the machines by name."""
    return (*_nomad(address, seen), *_clock(seen), *_access(seen), *_machines(grid, seen))


def _nomad(address: str, seen: Examined) -> Iterator[Finding]:
    yield Finding("ok", "address", f"{address} answers: {seen.agent.name or 'an agent'} of region {seen.agent.region}")
    if seen.leader is None:
        yield Finding("problem", "leader", "the servers have none", "see that more than half of them are up and reach each other")
    else:
        yield Finding("ok", "leader", seen.leader)
    for member in seen.members:
        if member.status not in ("alive", "left"):
            todo = "start it, or mend what cuts it off; only if it is gone for good, drop it with `nomad server force-leave`"
            yield Finding("problem", f"server {member.name}", f"the others see it as {member.status}", todo)
    if sum(member.status != "left" for member in seen.members) == 2:
        yield Finding("advice", "servers", "two servers stand still as soon as one is gone", "run one, three or five")
    yield from _versions(seen)


def _versions(seen: Examined) -> Iterator[Finding]:
    servers = {f"server {it.name}": it.version for it in seen.members if it.version and it.status != "left"} or {
        "agent": seen.agent.version
    }
    for name, version in sorted(servers.items()):
        if numbers(version)[:2] < OLDEST_ADVISED:
            yield Finding("advice", name, f"Nomad {version}", "1.11 or newer is advised: older ones crash on exec and script checks")
    if len(set(servers.values())) > 1:
        yield Finding("advice", "versions", f"servers differ: {', '.join(sorted(set(servers.values())))}", "bring them to one version")
    newest = max(map(numbers, servers.values()))
    for node in seen.nodes:
        if node.status == "ready" and numbers(node.version)[:2] > newest[:2]:
            yield Finding(
                "problem", f"machine {node.name}", f"its Nomad {node.version} is newer than the servers'", "upgrade the servers first"
            )
        elif node.status == "ready" and newest[1] - numbers(node.version)[1] > 1:
            yield Finding("advice", f"machine {node.name}", f"its Nomad {node.version} is more than one release behind", "upgrade it")
    yield Finding("ok", "versions", f"servers {', '.join(sorted(set(servers.values())))}")


def numbers(version: str) -> tuple[int, int, int]:
    """``1.11.3-beta.1+ent`` as (1, 11, 3); what isn't a number counts as 0."""
    parts = version.split("-")[0].split("+")[0].split(".")
    found = [int(part) if _NUMBER.fullmatch(part) else 0 for part in parts[:3]]
    return (*found, 0, 0, 0)[:3]  # type: ignore[return-value]


def _clock(seen: Examined) -> Iterator[Finding]:
    if seen.agent.clock_s is None:
        return
    off = seen.agent.clock_s - seen.now_s
    if abs(off) > CLOCK_OFF_S:
        words = f"its clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} this machine's"
        yield Finding("problem", "clock", words, "run a time service (systemd-timesyncd, chrony) on both")
    else:
        yield Finding("ok", "clock", "agrees with this machine's")


def _access(seen: Examined) -> Iterator[Finding]:
    if not seen.agent.acl:
        todo = "on a network that others share, enable acl {} on the servers and set NOMAD_TOKEN"
        yield Finding("advice", "access control", "is off: whoever reaches the address may do anything", todo)
    elif seen.token is None or seen.token.anonymous:
        yield Finding("problem", "access control", "no token is given", "set NOMAD_TOKEN")
    elif seen.token.type == "management":
        yield Finding("ok", "access control", f"token {seen.token.name or 'without a name'} may do anything")
    else:
        words = f"token {seen.token.name or 'without a name'} has the policies {', '.join(seen.token.policies) or 'of its roles'}"
        yield Finding("ok", "access control", f"{words}; autoscaler/acl/ holds what each who works with the grid needs")
    if seen.agent.acl and not seen.agent.tls:
        todo = "make certificates with `nomad tls`, and set tls { rpc = true } on all agents"
        yield Finding("advice", "mutual TLS", "is off among the agents: whoever reaches port 4647 may join as a machine", todo)


def _machines(grid: Grid, seen: Examined) -> Iterator[Finding]:
    on = {node.name: node for node in seen.nodes if node.status == "ready"}
    known = {node.name: node for node in seen.nodes}
    details = {detail.name: detail for detail in seen.details}
    for machine in sorted(grid.machines, key=lambda it: it.name):
        if machine.name in on:
            yield from _machine(grid, machine, on[machine.name], details.get(machine.name))
        elif machine.wake is None:
            state = f"is {known[machine.name].status}" if machine.name in known else "isn't known to Nomad"
            todo = f"start it, or mend what cuts it off; if it never joined: `simulacra client-config {machine.name}`"
            # laptops and phones come and go; who never sleeps, or is a server, should be there
            level: Level = "problem" if machine.never_sleeps or machine.server else "advice"
            yield Finding(level, f"machine {machine.name}", f"{state}, and no way to wake it is defined", todo)
        elif machine.name not in known:
            yield Finding("ok", f"machine {machine.name}", "isn't known to Nomad now; it can be woken")
    defined = {machine.name for machine in grid.machines}
    for node in sorted(on.values(), key=lambda it: it.name):
        if node.name not in defined:
            yield _stranger(node, details.get(node.name))


def _stranger(node: Node, detail: NodeDetail | None) -> Finding:
    """A machine that nobody has defined is used once it is labelled."""
    subject, zone = f"machine {node.name}", detail.label(LABEL_ZONE) if detail is not None else None
    if zone is not None:
        return Finding("ok", subject, f"is on and used in zone {zone}, though it isn't defined")
    todo = "add a machine block for it (`simulacra init --from-nomad` writes one), or `subnets` to its zone: see `simulacra zones`"
    return Finding("advice", subject, "is on, isn't defined, and its zone isn't known: services with zones don't use it", todo)


def _machine(grid: Grid, machine: Machine, node: Node, detail: NodeDetail | None) -> Iterator[Finding]:
    subject, before = f"machine {machine.name}", f"`simulacra client-config {machine.name}` prints what its agent needs"
    problems = []
    if "raw_exec" not in node.drivers and (machine.has is None or "raw_exec" in machine.has.drivers):
        problems.append(Finding("problem", subject, "the driver raw_exec isn't enabled: it can't be told to sleep", before))
    if detail is not None:
        problems += [Finding("problem", subject, words, before) for words in _labels(grid, machine, detail)]
        if OVERLAY not in detail.host_networks:
            problems.append(Finding("problem", subject, f"it has no host network {OVERLAY!r}: ports can't be bound to the mesh", before))
    if not node.eligible and not node.draining:
        problems.append(Finding("advice", subject, "takes no new work", f"`nomad node eligibility -enable {node.id[:8]}`"))
    yield from problems or [Finding("ok", subject, "raw_exec, labels and host network are as they should be")]


def _labels(grid: Grid, machine: Machine, detail: NodeDetail) -> Sequence[str]:
    """What is wrong with its labels; a tier that isn't pinned is by what Nomad finds on it, whatever the definition says that it has."""
    found = (LABEL_RANK, LABEL_TIER) if machine.tier is None else ()
    return [
        f"label {label} is {detail.label(label)!r}, its definition says {value!r}" if detail.label(label) else f"label {label} is missing"
        for label, value in labels_of(grid, machine)
        if (not detail.label(label) if label in found else detail.label(label) != value)
    ]
