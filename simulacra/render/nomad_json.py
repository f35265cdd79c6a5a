"""Blocks of a jobspec as Nomad's JSON has them, as far as a scheduler reads it; the values that only Nomad can work out are left out.

Source: nomad's ``jobspec2`` for what stands where, ``api`` for the names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from simulacra.hcl.syntax import Block, Body
from simulacra.hcl.values import Literal, Object, Scalar

Json = dict[str, Any]
T = TypeVar("T")

_SHORT = ("version", "semver", "regexp", "set_contains", "set_contains_any", "set_contains_all")
"""Attributes that are an operator and the right side in one."""
_FILLED_IN = re.compile(r'"((?:\$\{(?:attr|device|meta|node)\.[^{}"]+\}|[^"$%\\])*)"')
"""Of an attribute: text with `${meta.zone}` and the like in it."""
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")
_WHOLE = re.compile(r"-?[0-9]+")
_NANOSECONDS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
NOTHING = Body((), 0, 0, 0, "")


def network(body: Body) -> Json:
    """A ``network`` block."""
    ports = [
        (it.labels[0], as_whole(it.body, "static", None), as_text(it.body, "host_network", "")) for it in blocks(body, "port") if it.labels
    ]
    return {
        "Mode": as_text(body, "mode", ""),
        "ReservedPorts": [{"Label": name, "Value": number, "HostNetwork": network} for name, number, network in ports if number],
        "DynamicPorts": [{"Label": name, "HostNetwork": network} for name, number, network in ports if not number],
    }


def disconnect(body: Body) -> Json:
    """A ``disconnect`` block."""
    return {
        "LostAfter": as_nanoseconds(body, "lost_after", 0),
        "Replace": as_truth(body, "replace", True),
        "StopOnClientAfter": as_nanoseconds(body, "stop_on_client_after", None),
    }


def disk(group: Body) -> Json:
    """What a group's ``ephemeral_disk`` adds to it."""
    own = last(group, "ephemeral_disk")
    return {} if own is None else {"EphemeralDisk": {"SizeMB": as_whole(own, "size", 300), "Sticky": as_truth(own, "sticky", False)}}


def volume(body: Body) -> Json:
    return {
        "Source": as_text(body, "source", ""),
        "Type": as_text(body, "type", "host"),
        "ReadOnly": as_truth(body, "read_only", False),
    }


def task(body: Body) -> Json:
    asked, hook = last(body, "resources") or NOTHING, last(body, "lifecycle")
    sizes = [as_whole(asked, name, None) for name in ("cpu", "cores", "memory")]
    made: Json = {
        "Driver": as_text(body, "driver", ""),
        "Constraints": constraints(body),
        "Affinities": [affinity(it) for it in blocks(body, "affinity")],
        "Resources": resources(sizes, asked),
    }
    if hook is not None:
        made["Lifecycle"] = {"Hook": as_text(hook, "hook", ""), "Sidecar": as_truth(hook, "sidecar", False)}
    return made


def resources(sizes: Sequence[int | None], more: Body) -> Json:
    """``sizes`` are MHz, cores and MiB, as they are given; Nomad's defaults are 100 MHz and 300 MiB."""
    cpu, cores, memory = sizes
    devices = [
        {"Name": it.labels[0], "Count": as_whole(it.body, "count", 1), "Constraints": constraints(it.body)}
        for it in blocks(more, "device")
        if it.labels
    ]
    return {
        "CPU": 0 if cores else 100 if cpu is None else cpu,
        "Cores": cores or 0,
        "MemoryMB": 300 if memory is None else memory,
        "Devices": devices,
    }


def constraints(body: Body) -> list[Json]:
    return [_constraint(it.body) for it in blocks(body, "constraint")]


def _constraint(body: Body) -> Json:
    left, right = as_text(body, "attribute", ""), as_text(body, "value", "")
    for name in _SHORT:
        if (found := as_text(body, name, None)) is not None:
            return rule(left, name, found)
    if (wanted := as_truth(body, "distinct_hosts", None)) is not None:
        return rule("", "distinct_hosts", "true" if wanted else "false")
    if (attribute := as_text(body, "distinct_property", None)) is not None:
        return rule(attribute, "distinct_property", right)
    return rule(left, as_text(body, "operator", "="), right)


def affinity(block: Block) -> Json:
    return _constraint(block.body) | {"Weight": as_whole(block.body, "weight", 50)}


def spread(body: Body) -> Json:
    targets = [
        {"Value": it.labels[0] if it.labels else as_text(it.body, "value", ""), "Percent": as_whole(it.body, "percent", 0)}
        for it in blocks(body, "target")
    ]
    return {"Attribute": as_text(body, "attribute", ""), "Weight": as_whole(body, "weight", 50), "SpreadTarget": targets}


def rule(left: str, operator: str, right: str) -> Json:
    return {"LTarget": left, "Operand": operator, "RTarget": right}


def blocks(body: Body, kind: str) -> list[Block]:
    return [block for block in body.blocks if block.type == kind]


def last(body: Body, kind: str) -> Body | None:
    found = blocks(body, kind)
    return found[-1].body if found else None


def as_text(body: Body, name: str, default: T) -> str | T:
    """The attribute as text, as HCL makes it of a number too; the default where it isn't given, or is none that can be read here."""
    found = _given(body, name)
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, (str, int, float)) else default


def as_whole(body: Body, name: str, default: T) -> int | T:
    """The same as a whole number, as HCL makes it of text too."""
    found = _given(body, name)
    if isinstance(found, str) and _WHOLE.fullmatch(found):
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def as_truth(body: Body, name: str, default: T) -> bool | T:
    """The same as true or false, as HCL makes it of text too."""
    found = _given(body, name)
    if isinstance(found, str):
        found = {"true": True, "1": True, "false": False, "0": False}.get(found)
    return found if isinstance(found, bool) else default


def as_texts(body: Body, name: str, default: T) -> tuple[str, ...] | T:
    """The same as a list of strings."""
    found = _given(body, name)
    return tuple(str(it.value) for it in found) if isinstance(found, tuple) else default


def as_nanoseconds(body: Body, name: str, default: T) -> int | T:
    """The same as a duration, which is written as in Go; a bare number is nanoseconds already."""
    found = _given(body, name)
    if isinstance(found, str):
        return int(sum(float(amount) * _NANOSECONDS[unit] for amount, unit in _AMOUNT.findall(found)))
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def _given(body: Body, name: str) -> Scalar | Object | tuple[Literal, ...]:
    """The attribute as plain data, or as text with what the scheduler itself fills in; None where it isn't given, or is neither."""
    attribute = next((it for it in body.attributes if it.name == name), None)
    if attribute is None:
        return None
    found = attribute.value
    if isinstance(found, Literal):
        return found.value
    filled_in = _FILLED_IN.fullmatch(attribute.written)
    return filled_in[1] if filled_in else None


def reschedule(body: Body) -> Json | None:
    own = last(body, "reschedule")
    if own is None:
        return None
    attempts = as_whole(own, "attempts", None)
    return {"Attempts": attempts or 0, "Unlimited": as_truth(own, "unlimited", attempts is None)}
