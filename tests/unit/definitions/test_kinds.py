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


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.168.1.50", "192.168.1.50"),
        ("FD00:0:0::60", "fd00::60"),
        ("52-54-00-A7-1C-01", "52:54:00:a7:1c:01"),
        ("Printer.Local.", "printer.local"),
        ("printer", "printer"),
        ("_my_printer.lan", "_my_printer.lan"),
        ("3com", "3com"),
        ("xn--drucker-q2a.example", "xn--drucker-q2a.example"),
        ("a." * 126 + "a", "a." * 126 + "a"),
    ],
)
def test_a_device_has_an_ip_address_a_name_or_a_card(written: str, read: str) -> None:
    assert address_kinds.device_address().read(Literal(1, written)) == read


@pytest.mark.parametrize(
    "written",
    [
        *("", ".", "..", "a..b", "-a", "a-", "a b", "a/b", "a:80", "[fd00::1]", "192.168.1", "192.168.1.300", "1.2.3.4.5", "a.1-2"),
        *(
            "a\n",
            "${x}",
            "a;b",
            "a#b",
            "é.local",
            "a" * 64,
            "a." * 127 + "a",
            'a"b',
            "fe80::1",
            "fe80::1%eth0",
            "fd00::1%eth0",
            "::",
            "0.0.0.0",
        ),
        *("239.255.255.250", "ff02::fb", "01:00:5e:00:00:fb", "52:54:00:a7:1c", 7, None),
    ],
)
def test_what_is_no_address_of_a_device(written: object) -> None:
    with pytest.raises(kinds.Wrong):
        address_kinds.device_address().read(Literal(1, written))


@pytest.mark.parametrize("before", ["", "sha256:", "SHA-256=", "sha256="])
def test_a_fingerprint_as_programs_print_it(before: str) -> None:
    pairs = [f"{number:02X}" for number in range(32)]
    for between in ("", ":", " "):
        assert address_kinds.fingerprint().read(Literal(1, before + between.join(pairs))) == "".join(pairs).lower()


@pytest.mark.parametrize("written", ["", "00" * 31, "00" * 33, "0g" * 32, "sha1:" + "00" * 32, 5])
def test_what_is_no_fingerprint(written: object) -> None:
    with pytest.raises(kinds.Wrong, match="32 pairs of hexadecimal digits"):
        address_kinds.fingerprint().read(Literal(1, written))


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


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("hibernate", '"hibernate" isn\'t one of "poweroff", "suspend"'),
        ("Suspend", "Did you mean 'suspend'?"),
        ("susp end", "Did you mean 'suspend'?"),
    ],
)
def test_the_options_of_a_choice_are_named_once(written: str, told: str) -> None:
    with pytest.raises(kinds.Wrong) as caught:
        kinds.choice("poweroff", "suspend").read(Literal(1, written))
    assert str(caught.value).endswith(told)
