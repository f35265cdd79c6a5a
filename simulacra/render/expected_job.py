"""A service as Nomad would hand its job back: its jobspec in Nomad's JSON, as far as a scheduler reads it, without a Nomad to ask.

Source: nomad's ``jobspec2`` for what stands where, ``api`` for the names. Values that only Nomad can work out (variables, functions)
are left out, and so are the constraints that Nomad itself adds when a job is submitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from simulacra.hcl.syntax import Block, Body, SyntaxFaults, parse
from simulacra.hcl.values import Literal, Object
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_RANK, LABEL_WATTS, LABEL_ZONE, META_DEFINITION, META_GRID
from simulacra.model.service import Service
from simulacra.model.spread import count_of, per_zone, zones_of
from simulacra.model.verbatim import Verbatim

Json = dict[str, Any]

EVERYWHERE = ("system", "sysbatch")
CHEAP_WATTS = 20
DAYS_S = 8760 * 3600
_SHORT = ("version", "semver", "regexp", "set_contains", "set_contains_any", "set_contains_all")
"""Attributes that are an operator and the right side in one."""
_FILLED_IN = re.compile(r'=[ \t]*"((?:\$\{(?:attr|device|meta|node)\.[^{}"]+\}|[^"$%\\])*)"[ \t]*(?:#.*|//.*)?\n?\Z')
"""Of an attribute: text with `${meta.zone}` and the like in it."""
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")
_NANOSECONDS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
NOTHING = Body((), 0, 0, 0, "")


def expected_job(grid: Grid, service: Service) -> Json:
    """The job of the service's jobspec. One that waits for its hour or for a call has no instances; one with a gate has them all."""
    job, group = _body(service.job), _body(service.group)
    everywhere = service.type in EVERYWHERE
    waits = service.job.has("periodic") or service.job.has("parameterized")
    tier = grid.tier(service.tier) if service.tier is not None else None
    ranked = [_rule(f"${{meta.{LABEL_RANK}}}", ">=", str(tier.rank))] if tier is not None else []
    made: Json = {
        "Name": service.name,
        "Count": 0 if waits else None if everywhere else count_of(grid, service),
        "Constraints": [*_zones(grid, service), *_constraints(group)],
        "Affinities": _affinities(service, group),
        "Spreads": _spreads(grid, service, group),
        "Disconnect": _disconnect(service, group),
        "ReschedulePolicy": _reschedule(group) or _reschedule(job),
        "Networks": _networks(service),
        "Volumes": {block.labels[0]: _volume(block.body) for block in _blocks(group, "volume") if block.labels},
        "Tasks": list(_tasks(service)),
    }
    disk = _last(group, "ephemeral_disk")
    if disk is not None:
        made["EphemeralDisk"] = {"SizeMB": _value(disk, "size", 300), "Sticky": _value(disk, "sticky", False)}
    return {
        "ID": service.name,
        "Type": service.type,
        "Priority": service.priority,
        "Datacenters": list(_value(job, "datacenters", ("*",))),
        "NodePool": _value(job, "node_pool", "default"),
        "Namespace": _value(job, "namespace", "default"),
        "Meta": {META_GRID: grid.name, META_DEFINITION: f"service.{service.name}"},
        "Constraints": [*ranked, *_constraints(job)],
        "Affinities": [_affinity(it) for it in _blocks(job, "affinity")],
        "Spreads": [_spread(it.body) for it in _blocks(job, "spread")],
        "TaskGroups": [made],
    }


def _zones(grid: Grid, service: Service) -> Iterator[Json]:
    zones = zones_of(grid, service)
    if zones:
        yield _rule(f"${{meta.{LABEL_ZONE}}}", "set_contains_any", ",".join(zones))
    share = 0 if service.type in EVERYWHERE else per_zone(grid, service)
    if share:
        yield _rule(f"${{meta.{LABEL_ZONE}}}", "distinct_property", str(share))


def _affinities(service: Service, group: Body) -> list[Json]:
    own = [_affinity(it) for it in _blocks(group, "affinity")]
    if service.type in EVERYWHERE or service.job.has("affinity") or service.group.has("affinity"):
        return own
    watts = f"${{meta.{LABEL_WATTS}}}"
    return [_rule(watts, "=", "0") | {"Weight": 100}, _rule(watts, "<=", str(CHEAP_WATTS)) | {"Weight": 50}, *own]


def _spreads(grid: Grid, service: Service, group: Body) -> list[Json]:
    own = [_spread(it.body) for it in _blocks(group, "spread")]
    alone = service.type in EVERYWHERE or count_of(grid, service) < 2 or bool(per_zone(grid, service))
    if alone or service.job.has("spread") or service.group.has("spread"):
        return own
    return [{"Attribute": f"${{meta.{LABEL_ZONE}}}", "Weight": 50, "SpreadTarget": []}, *own]


def _disconnect(service: Service, group: Body) -> Json | None:
    own = _last(group, "disconnect")
    if own is not None:
        return {
            "LostAfter": _nanoseconds(_value(own, "lost_after", "0s")),
            "Replace": _value(own, "replace", True),
            "StopOnClientAfter": _nanoseconds(_value(own, "stop_on_client_after", None)),
        }
    if service.type == "sysbatch":
        return None
    twice = service.run_twice and service.type != "system"
    hours = 6 * 3600 if twice else DAYS_S
    return {"LostAfter": hours * 10**9, "Replace": twice or service.type == "system"}


def _reschedule(body: Body) -> Json | None:
    own = _last(body, "reschedule")
    if own is None:
        return None
    attempts = _value(own, "attempts", None)
    return {"Attempts": attempts or 0, "Unlimited": bool(_value(own, "unlimited", attempts is None))}


def _networks(service: Service) -> list[Json]:
    body = _body(service.group.lifted_body("network"))
    ports = [(port.name, port.static, "overlay") for port in service.ports]
    ports += [
        (it.labels[0], _value(it.body, "static", None), _value(it.body, "host_network", "")) for it in _blocks(body, "port") if it.labels
    ]
    if not ports and not body.items:
        return []
    return [
        {
            "Mode": _value(body, "mode", ""),
            "ReservedPorts": [{"Label": name, "Value": number, "HostNetwork": network} for name, number, network in ports if number],
            "DynamicPorts": [{"Label": name, "HostNetwork": network} for name, number, network in ports if not number],
        }
    ]


def _volume(body: Body) -> Json:
    return {
        "Source": _value(body, "source", ""),
        "Type": _value(body, "type", "host"),
        "ReadOnly": _value(body, "read_only", False),
        "Sticky": _value(body, "sticky", False),
    }


def _tasks(service: Service) -> Iterator[Json]:
    tasks = dict(service.tasks)
    own = _body(tasks.pop(service.name, Verbatim()))
    if service.driver is not None or own.items or service.resources is not None:
        made = _task(own)
        if service.driver is not None:
            made["Driver"] = service.driver.name
        if service.resources is not None:
            has = service.resources
            made["Resources"] = _asked((has.cpu, has.cores, has.memory, has.memory_max), _body(has.more))
        yield made
    for body in tasks.values():
        yield _task(_body(body))


def _task(body: Body) -> Json:
    asked, hook = _last(body, "resources") or NOTHING, _last(body, "lifecycle")
    sizes = [_value(asked, name, None) for name in ("cpu", "cores", "memory", "memory_max")]
    made: Json = {
        "Driver": _value(body, "driver", ""),
        "Constraints": _constraints(body),
        "Affinities": [_affinity(it) for it in _blocks(body, "affinity")],
        "Resources": _asked(sizes, asked),
    }
    if hook is not None:
        made["Lifecycle"] = {"Hook": _value(hook, "hook", ""), "Sidecar": _value(hook, "sidecar", False)}
    return made


def _asked(sizes: Sequence[int | None], more: Body) -> Json:
    """``sizes`` are MHz, cores, MiB and MiB at most, as they are given; Nomad's defaults are 100 MHz and 300 MiB."""
    cpu, cores, memory, memory_max = sizes
    devices = [
        {"Name": it.labels[0], "Count": _value(it.body, "count", 1), "Constraints": _constraints(it.body)}
        for it in _blocks(more, "device")
        if it.labels
    ]
    return {
        "CPU": 0 if cores else 100 if cpu is None else cpu,
        "Cores": cores or 0,
        "MemoryMB": 300 if memory is None else memory,
        "MemoryMaxMB": memory_max or 0,
        "Devices": devices,
    }


def _constraints(body: Body) -> list[Json]:
    return [_constraint(it.body) for it in _blocks(body, "constraint")]


def _constraint(body: Body) -> Json:
    left, right = _value(body, "attribute", ""), _value(body, "value", "")
    for name in _SHORT:
        if (found := _value(body, name, None)) is not None:
            return _rule(left, name, str(found))
    if (wanted := _value(body, "distinct_hosts", None)) is not None:
        return _rule("", "distinct_hosts", "true" if wanted else "false")
    if (attribute := _value(body, "distinct_property", None)) is not None:
        return _rule(attribute, "distinct_property", str(right))
    return _rule(left, _value(body, "operator", "="), str(right))


def _affinity(block: Block) -> Json:
    return _constraint(block.body) | {"Weight": _value(block.body, "weight", 50)}


def _spread(body: Body) -> Json:
    targets = [
        {"Value": it.labels[0] if it.labels else _value(it.body, "value", ""), "Percent": _value(it.body, "percent", 0)}
        for it in _blocks(body, "target")
    ]
    return {"Attribute": _value(body, "attribute", ""), "Weight": _value(body, "weight", 50), "SpreadTarget": targets}


def _rule(left: str, operator: str, right: str) -> Json:
    return {"LTarget": left, "Operand": operator, "RTarget": right}


def _body(verbatim: Verbatim) -> Body:
    if not verbatim.text:
        return NOTHING
    try:
        return parse(verbatim.text)
    except SyntaxFaults:  # it was sound in its file: what its layout made of it isn't
        return NOTHING


def _blocks(body: Body, kind: str) -> list[Block]:
    return [block for block in body.blocks if block.type == kind]


def _last(body: Body, kind: str) -> Body | None:
    found = _blocks(body, kind)
    return found[-1].body if found else None


def _value(body: Body, name: str, default: Any) -> Any:
    """The attribute as plain data, or as text with what the scheduler itself fills in; the default where it isn't given, or is neither."""
    attribute = next((it for it in body.attributes if it.name == name), None)
    found = attribute.value if attribute is not None else None
    if isinstance(found, Literal):
        return default if found.value is None else _plain(found)
    text = _FILLED_IN.search(attribute.text) if attribute is not None else None
    return text[1] if text else default


def _plain(found: Literal) -> Any:
    if isinstance(found.value, tuple):
        return [_plain(it) for it in found.value]
    if isinstance(found.value, Object):
        return {pair.key: _plain(pair.value) for pair in found.value.pairs}
    return found.value


def _nanoseconds(written: Any) -> int | None:
    """Of a duration as Go writes it; a bare number is nanoseconds already."""
    if written is None or isinstance(written, int):
        return written
    return int(sum(float(amount) * _NANOSECONDS[unit] for amount, unit in _AMOUNT.findall(str(written))))
