"""What single values become, and how strings are shown in messages."""

from __future__ import annotations

import pytest

from simulacra.definitions import kinds
from simulacra.definitions.problems import quoted
from simulacra.hcl.values import Literal


@pytest.mark.parametrize("password", ["01:02:03:04:05:06", "ff-ff-ff-ff-ff-ff", "00:00:00:00:00:00"])
def test_a_secureon_password_is_any_six_bytes(password: str) -> None:
    assert kinds.six_bytes("a password").read(Literal(1, password)) == password.replace("-", ":")


@pytest.mark.parametrize("address", ["01:02:03:04:05:06", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])
def test_a_mac_address_is_one_network_cards(address: str) -> None:
    with pytest.raises(kinds.Wrong, match="one network card"):
        kinds.mac().read(Literal(1, address))


@pytest.mark.parametrize(("text", "shown"), [("a b", '"a b"'), ("a\nb\x1b", '"a\\nb\\u001b"'), ("é", '"é"'), ("z" * 100, f'"{"z" * 80}…"')])
def test_strings_are_shown_on_one_line(text: str, shown: str) -> None:
    assert quoted(text) == shown
