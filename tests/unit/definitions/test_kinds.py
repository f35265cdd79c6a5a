"""What single values become, and how strings are shown in messages."""

from __future__ import annotations

import pytest

from simulacra.definitions import address_kinds, kinds, time_kinds
from simulacra.definitions.problems import quoted
from simulacra.hcl.values import Literal


@pytest.mark.parametrize("password", ["01:02:03:04:05:06", "ff-ff-ff-ff-ff-ff", "00:00:00:00:00:00"])
def test_a_secureon_password_is_any_six_bytes(password: str) -> None:
    assert address_kinds.six_bytes("a password").read(Literal(1, password)) == password.replace("-", ":")


@pytest.mark.parametrize("address", ["01:02:03:04:05:06", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])
def test_a_mac_address_is_one_network_cards(address: str) -> None:
    with pytest.raises(kinds.Wrong, match="one network card"):
        address_kinds.mac().read(Literal(1, address))


@pytest.mark.parametrize(("text", "shown"), [("a b", '"a b"'), ("a\nb\x1b", '"a\\nb\\u001b"'), ("é", '"é"'), ("z" * 100, f'"{"z" * 80}…"')])
def test_strings_are_shown_on_one_line(text: str, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, '"0s"'), (0.25, '"0.25s"'), (1.5, '"1.5s"'), (90, '"90s"'), (600, '"10m"'), (5400, '"90m"'), (3600, '"1h"'), (604800, '"168h"')],
)
def test_a_duration_is_written_in_its_largest_whole_unit(seconds: float, written: str) -> None:
    kind = time_kinds.duration(0, 1e6)
    assert kind.write(seconds) == written
    assert kind.read(Literal(1, written.strip('"'))) == seconds


def test_what_a_key_takes_is_told_with_an_example() -> None:
    kind = kinds.text("an address", r"\S+:[0-9]+", '"a:1"')
    with pytest.raises(kinds.Wrong, match='"here" isn\'t an address, for example "a:1"'):
        kind.read(Literal(1, "here"))
    with pytest.raises(kinds.Wrong, match='takes an address, for example "a:1", not 5'):
        kind.read(Literal(1, 5))
