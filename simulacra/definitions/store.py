"""Definitions as JSON and back, for the cache: a value is ``[index of its class, field, field, …]``, a tuple ``[-1, item, …]``."""

from __future__ import annotations

import dataclasses
from typing import Any

from simulacra.definitions.definition import Definition
from simulacra.model import jobspec
from simulacra.model.cloud import Cloud, Credentials, Endpoint, SizeFacts
from simulacra.model.grid import Grid
from simulacra.model.machine import AttributeMatch, Has, Machine, Match, QuietHours, Sleep, Tier, WakeCommand, WakeLan, Watts
from simulacra.model.peripheral import Allow, DeviceCheck, Peripheral, PeripheralPort
from simulacra.model.place import Uplink, Zone
from simulacra.model.service import Driver, Link, Needs, NeedsTier, Port, Resources, Service
from simulacra.model.settings import Autoscaler, ConsulServer, Electricity, Gates, NomadServer, Overlay, Power
from simulacra.model.source import Source
from simulacra.model.verbatim import Verbatim

_CLASSES: tuple[type, ...] = (
    Definition, Source, Verbatim, NomadServer, Electricity, Overlay, Power, Uplink, Zone,
    Autoscaler, AttributeMatch, Match, Tier, Has, Watts, WakeLan, WakeCommand, Sleep,
    QuietHours, Machine, Cloud, Credentials, Endpoint, SizeFacts, NeedsTier, Needs, Driver, Resources, Port,
    Link, Service, PeripheralPort, Peripheral, Allow, DeviceCheck, Gates, ConsulServer, Grid,
    jobspec.Opening, jobspec.Expression, jobspec.Attribute, jobspec.JobTask, jobspec.JobGroup, jobspec.Variable,
    jobspec.VariableFile, jobspec.Outline, jobspec.Jobspec,
)  # fmt: skip
_INDEX = {made: index for index, made in enumerate(_CLASSES)}
_FIELDS = tuple(tuple(field.name for field in dataclasses.fields(made)) for made in _CLASSES)
_TUPLE = -1


def to_json(value: Any) -> Any:
    """A definition (or any value within one) as plain JSON data."""
    if isinstance(value, tuple):
        return [_TUPLE, *map(to_json, value)]
    index = _INDEX.get(type(value))
    if index is None:
        return value
    return [index, *(to_json(getattr(value, name)) for name in _FIELDS[index])]


def from_json(data: Any) -> Any:
    """The value that `to_json` was given."""
    if type(data) is not list:
        return data
    index = data[0]
    if index == _TUPLE:
        return tuple([from_json(item) if type(item) is list else item for item in data[1:]])
    return _CLASSES[index](*[from_json(item) if type(item) is list else item for item in data[1:]])
