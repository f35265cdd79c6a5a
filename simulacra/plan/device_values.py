"""What devices say of themselves, compared as Nomad does: numbers with units, truth values and words, each kind with its own only.

Source: nomad's ``plugins/shared/structs`` (ParseAttribute, Compare) and ``scheduler/feasible`` (checkAttributeConstraint).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from simulacra.model.cluster import Device, is_device
from simulacra.model.compare import floating, holds, integer
from simulacra.model.workload import Constraint, DeviceAsk

_Value: TypeAlias = tuple[str, Fraction | bool | str]
"""A kind (``number``, ``byte``, ``byte/s``, ``hertz``, ``watt``, ``bool``, ``word``) and the value in its base unit."""

_PREFIXES = ("K", "M", "G", "T", "P", "E")
_BYTES = {
    **{f"{prefix}iB": Fraction(1024**power) for power, prefix in enumerate(_PREFIXES, 1)},
    **{f"{prefix}B": Fraction(1000**power) for power, prefix in enumerate(_PREFIXES, 1)},
    "kB": Fraction(1000),
}
_UNITS: dict[str, tuple[str, Fraction]] = {
    **{name: ("byte", factor) for name, factor in _BYTES.items()},
    **{f"{name}/s": ("byte/s", factor) for name, factor in _BYTES.items()},
    "MHz": ("hertz", Fraction(10**6)), "GHz": ("hertz", Fraction(10**9)),
    "mW": ("watt", Fraction(1, 1000)), "W": ("watt", Fraction(1)), "kW": ("watt", Fraction(1000)),
    "MW": ("watt", Fraction(10**6)), "GW": ("watt", Fraction(10**9)),
}  # fmt: skip
_LONGEST_FIRST = sorted(_UNITS, key=lambda unit: (-len(unit), unit))
_TRUTH = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}


def device_meets(device: Device, ask: DeviceAsk) -> bool:
    """Whether it is such a device; how many there are isn't looked at."""
    return is_device(device.name, ask.name) and all(_constraint_holds(device, it) for it in ask.constraints)


def _parts(name: str) -> tuple[str, str, str]:
    vendor, kind, model = (*name.split("/", 2), "", "")[:3]
    return vendor, kind, model


def _constraint_holds(device: Device, constraint: Constraint) -> bool:
    left, right = _resolved(device, constraint.left), _resolved(device, constraint.right)
    operator = constraint.operator
    if operator in ("is_set", "is_not_set"):
        return (left is not None) == (operator == "is_set")
    if operator in ("!=", "not"):
        if left is None or right is None:
            return left is not right
        return left[0] == right[0] and left[1] != right[1]
    if left is None or right is None:
        return False
    if operator in ("=", "==", "is", "<", "<=", ">", ">="):
        return left[0] == right[0] and _ordered(left[1], operator, right[1])
    return _text_holds(left, operator, right)


def _text_holds(left: _Value, operator: str, right: _Value) -> bool:
    text = str(left[1]) if left[0] == "word" else None
    if operator in ("version", "semver") and left[0] == "number" and isinstance(left[1], Fraction) and left[1].denominator == 1:
        text = str(left[1])  # whole numbers are versions too
    return text is not None and right[0] == "word" and holds(text, operator, str(right[1]))


def _resolved(device: Device, target: str) -> _Value | None:
    """The ids of single devices aren't remembered: ``${device.ids}`` is as good as not there."""
    if not target.startswith("${"):
        return _parsed(target)
    vendor, kind, model = _parts(device.name)
    match target:
        case "${device.model}":
            return "word", model
        case "${device.vendor}":
            return "word", vendor
        case "${device.type}":
            return "word", kind
    if not target.startswith("${device.attr."):
        return None
    wanted = target.removeprefix("${device.attr.").removesuffix("}")
    return next((_parsed(value) for name, value in device.attributes if name == wanted), None)


def _parsed(text: str) -> _Value:
    unit = next((it for it in _LONGEST_FIRST if text.endswith(it)), "") if text[-1:].isalpha() else ""
    numeric = text.removesuffix(unit).strip() if unit else text
    kind, factor = _UNITS[unit] if unit else ("number", Fraction(1))
    whole, broken = integer(numeric), floating(numeric)
    if whole is not None:
        return kind, whole * factor
    if broken is not None and broken - broken == 0:  # neither infinite nor no number at all
        return kind, Fraction(broken) * factor
    return ("bool", _TRUTH[text]) if text in _TRUTH else ("word", text)


def _ordered(left: Fraction | bool | str, operator: str, right: Fraction | bool | str) -> bool:
    """Truth values have an order of a kind: what differs is greater."""
    if isinstance(left, bool) or isinstance(right, bool):
        order = int(left != right)
    elif isinstance(left, Fraction) and isinstance(right, Fraction):
        order = (left > right) - (left < right)
    else:
        order = (str(left) > str(right)) - (str(left) < str(right))
    verdicts = {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}
    return verdicts.get(operator, order == 0)
