"""Definitions as JSON and back, for the cache: a value is ``[index of its class, field, field, …]``, a tuple ``[-1, item, …]``."""

from __future__ import annotations

import dataclasses
from typing import Any

from simulacra.definitions.definition import Definition
from simulacra.model import grid as model

_CLASSES: tuple[type, ...] = (
    Definition, model.Source, model.Verbatim, model.NomadServer, model.Electricity, model.Overlay, model.Power, model.Uplink, model.Zone,
    model.Autoscaler, model.AttributeMatch, model.Match, model.Tier, model.Has, model.Watts, model.WakeLan, model.WakeCommand, model.Sleep,
    model.QuietHours, model.Machine, model.Cloud, model.NeedsTier, model.Needs, model.Driver, model.Resources, model.Port,
    model.Link, model.Service, model.PeripheralPort, model.Peripheral, model.Gates, model.ConsulServer, model.Grid,
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
