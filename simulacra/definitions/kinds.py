"""What a key's value may be: each kind reads one literal into the model's value, or says what is wrong with it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulacra.definitions.problems import did_you_mean, quoted
from simulacra.hcl.quote import literal
from simulacra.hcl.values import NotData, Object, Value
from simulacra.model.machine import QuietHours


class Wrong(Exception):
    """A value that its key doesn't take; ``line`` is where it stands."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Kind:
    """``takes`` describes the values in words (for messages and the reference); ``read`` raises `Wrong`, ``write`` is its opposite."""

    takes: str
    read: Callable[[Value], Any]
    write: Callable[[Any], str] = literal


def _scalar(value: Value, takes: str) -> Any:
    if isinstance(value, NotData):
        raise Wrong(value.line, f"must be plain data, not {value.what}; it takes {takes}")
    return value.value


def _shown(plain: object) -> str:
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str):
        return quoted(plain)
    if plain is None:
        return "null"
    if isinstance(plain, tuple):
        return "a list"
    if isinstance(plain, Object):
        return "a map"
    return str(plain)


def text(takes: str = "a string", pattern: str = "", example: str = "", filled: bool = False) -> Kind:
    """A string; ``pattern`` must match the whole of it."""
    compiled = re.compile(pattern) if pattern else None
    takes += f", for example {example}" if example else ""

    def read(value: Value) -> str:
        plain = _scalar(value, takes)
        if not isinstance(plain, str):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        if (filled and not plain.strip()) or (compiled is not None and not compiled.fullmatch(plain)):
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}")
        return plain

    return Kind(takes, read)


def truth() -> Kind:
    """true or false."""

    def read(value: Value) -> bool:
        plain = _scalar(value, "true or false")
        if not isinstance(plain, bool):
            raise Wrong(value.line, f"takes true or false, not {_shown(plain)}")
        return plain

    return Kind("true or false", read)


def whole(low: int, high: int, unit: str = "") -> Kind:
    """A whole number from ``low`` to ``high``."""
    of = f" {unit}" if unit else ""
    takes = f"a whole number from {low} to {high}{of}"

    def read(value: Value) -> int:
        plain = _scalar(value, takes)
        if isinstance(plain, bool) or not isinstance(plain, int):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        if not low <= plain <= high:
            raise Wrong(value.line, f"{plain} is out of range: it takes {takes}")
        return plain

    return Kind(takes, read)


def number(low: float, high: float, unit: str = "") -> Kind:
    """A number from ``low`` to ``high``, whole or not."""
    takes = f"a number from {literal(low)} to {literal(high)}" + (f" {unit}" if unit else "")

    def read(value: Value) -> float:
        plain = _scalar(value, takes)
        if isinstance(plain, bool) or not isinstance(plain, (int, float)):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        if not low <= plain <= high:
            raise Wrong(value.line, f"{plain:g} is out of range: it takes {takes}")
        return float(plain)

    return Kind(takes, read)


def choice(*options: str) -> Kind:
    """One of these strings."""
    quoted = ", ".join(f'"{option}"' for option in options)
    takes = f"one of {quoted}"

    def read(value: Value) -> str:
        plain = _scalar(value, takes)
        if not isinstance(plain, str):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        if plain not in options:
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}.{did_you_mean(plain, options)}")
        return plain

    return Kind(takes, read)


def items(kind: Kind, what: str, filled: bool = False) -> Kind:
    """A list of values of one kind, none twice."""
    takes = f"a list of {what}"

    def read(value: Value) -> tuple[Any, ...]:
        plain = _scalar(value, takes)
        if not isinstance(plain, tuple):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}: put it in brackets, [ ]")
        if filled and not plain:
            raise Wrong(value.line, f"is an empty list: name at least one, or leave the key out ({takes})")
        found: list[Any] = []
        for item in plain:
            one = kind.read(item)
            if one in found:
                raise Wrong(item.line, f"names {_shown(one) if isinstance(one, str) else one} twice: remove one")
            found.append(one)
        return tuple(found)

    return Kind(takes, read)


def arguments() -> Kind:
    """A command as a list: the program and its arguments, each as it is (no shell); the same word may come twice."""
    takes = 'a list: a program and its arguments, for example ["/usr/bin/ipmitool", "chassis", "power", "on"]'
    word = text()

    def read(value: Value) -> tuple[str, ...]:
        plain = _scalar(value, takes)
        if not isinstance(plain, tuple):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        if not plain:
            raise Wrong(value.line, f"is an empty list: it takes {takes}")
        return tuple(word.read(item) for item in plain)

    return Kind(takes, read)


def mapping(example: str = '{ "cpu.arch" = "arm64" }') -> Kind:
    """A map of strings to strings, ordered by key."""
    return _map_of(text(), f"a map of strings, for example {example}")


def arguments_by_name() -> Kind:
    """A map of names to what `nomad job run -var` takes for them: strings as they are, numbers and truths as they are written."""
    takes = 'a map of strings, numbers, true or false, for example { image = "caddy:2", replicas = 3 }'

    def read(value: Value) -> str:
        plain = _scalar(value, takes)
        if isinstance(plain, (str, int, float)):
            return _shown(plain) if not isinstance(plain, str) else plain
        raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}; a list or a map is written as a string, as for `nomad job run -var`")

    return _map_of(Kind(takes, read), takes)


def amounts(low: float, high: float, unit: str, example: str) -> Kind:
    """A map of names to numbers of that unit, ordered by name."""
    return _map_of(number(low, high, unit), f"a map of numbers of {unit}, for example {example}")


def _map_of(kind: Kind, takes: str) -> Kind:
    def read(value: Value) -> tuple[tuple[str, Any], ...]:
        plain = _scalar(value, takes)
        if not isinstance(plain, Object):
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        found: dict[str, Any] = {}
        for pair in plain.pairs:
            found[pair.key] = kind.read(pair.value)
        return tuple(sorted(found.items()))

    return Kind(takes, read)


_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(low_s: float, high_s: float) -> Kind:
    """A duration as Go writes it (``"90s"``, ``"1m30s"``), in seconds."""
    low, high = _written_duration(low_s), _written_duration(high_s)
    takes = f'a duration from {low} to {high}, for example "90s" or "1m30s"'

    def read(value: Value) -> float:
        plain = _scalar(value, takes)
        parts = _AMOUNT.findall(plain) if isinstance(plain, str) else []
        if not parts or "".join(amount + unit for amount, unit in parts) != plain:
            raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}")
        seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
        if not low_s <= seconds <= high_s:
            raise Wrong(value.line, f"{_shown(plain)} is out of range: it takes {takes}")
        return seconds

    return Kind(takes, read, _written_duration)


def _written_duration(seconds: float) -> str:
    """In the largest unit that it is a whole number of."""
    unit = next((unit for unit, size in reversed(_UNITS.items()) if seconds >= size and seconds % size == 0), "s")
    return f'"{seconds / _UNITS[unit]:g}{unit}"'


def _clock(value: str) -> int | None:
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value)
    return int(found[1]) * 60 + int(found[2]) if found else None


def quiet_hours() -> Kind:
    """``"23:00-07:00"``: local time, possibly over midnight."""
    takes = 'hours of local time, for example "23:00-07:00"'

    def read(value: Value) -> QuietHours:
        plain = _scalar(value, takes)
        start, _, end = plain.partition("-") if isinstance(plain, str) else ("", "", "")
        first, last = _clock(start.strip()), _clock(end.strip())
        if first is None or last is None:
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}")
        if first == last:
            raise Wrong(value.line, f"{_shown(plain)} starts and ends at the same minute; for a machine never to be woken leave `wake` out")
        return QuietHours(first, last)

    return Kind(takes, read)


def six_bytes(what: str) -> Kind:
    """Six pairs of hexadecimal digits; lower case with colons comes out."""
    takes = f'{what}, for example "aa:bb:cc:dd:ee:ff"'

    def read(value: Value) -> str:
        plain = _scalar(value, takes)
        if not isinstance(plain, str) or not re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", plain):
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}: six pairs of hexadecimal digits")
        return plain.replace("-", ":").lower()

    return Kind(takes, read)


def mac() -> Kind:
    """The hardware address of one network card."""
    address = six_bytes("a MAC address")

    def read(value: Value) -> str:
        clean: str = address.read(value)
        if clean in ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff") or int(clean[:2], 16) & 1:
            raise Wrong(value.line, f"{_shown(clean)} isn't the address of one network card (all zeros, broadcast or multicast)")
        return clean

    return Kind(address.takes, read)


def subnet() -> Kind:
    """An IPv4 or IPv6 network in CIDR notation."""
    takes = 'a subnet, for example "192.168.1.0/24"'

    def read(value: Value) -> str:
        plain = _scalar(value, takes)
        try:
            if not isinstance(plain, str) or "/" not in plain:
                raise ValueError
            return str(ipaddress.ip_network(plain, strict=True))
        except ValueError:
            hint = ""
            if isinstance(plain, str):
                try:
                    hint = f'; did you mean "{ipaddress.ip_network(plain, strict=False)}"?'
                except ValueError:
                    hint = ""
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}{hint}") from None

    return Kind(takes, read)


def ip_address() -> Kind:
    """An IPv4 or IPv6 address, compressed."""
    takes = 'an IP address, for example "200:1:2:3::1"'

    def read(value: Value) -> str:
        plain = _scalar(value, takes)
        try:
            return str(ipaddress.ip_address(plain if isinstance(plain, str) else ""))
        except ValueError:
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}") from None

    return Kind(takes, read)


def timezone() -> Kind:
    """A name of the IANA time zone database."""
    takes = 'a time zone, for example "Europe/Amsterdam"'

    def read(value: Value) -> str:
        from zoneinfo import ZoneInfo, available_timezones

        plain = _scalar(value, takes)
        try:
            return ZoneInfo(plain if isinstance(plain, str) else "").key
        except (ValueError, OSError, KeyError):
            hint = did_you_mean(plain, available_timezones()) if isinstance(plain, str) else ""
            raise Wrong(value.line, f"{_shown(plain)} isn't {takes}.{hint if 'Did' in hint else ''}") from None

    return Kind(takes, read)


def zones() -> Kind:
    """``"each"``, how many, or which."""
    takes = '"each", a number of zones, or a list of zones'
    names = items(text("the name of a zone"), "zones", filled=True)
    many = whole(1, 1000, "zones")

    def read(value: Value) -> Any:
        plain = _scalar(value, takes)
        if plain == "each":
            return "each"
        if isinstance(plain, tuple):
            return tuple(sorted(names.read(value)))
        if isinstance(plain, int) and not isinstance(plain, bool):
            return many.read(value)
        hint = f"; for a single zone write [{quoted(plain)}]" if isinstance(plain, str) else ""
        raise Wrong(value.line, f"takes {takes}, not {_shown(plain)}{hint}")

    return Kind(takes, read)
