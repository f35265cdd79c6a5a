"""What the program that looks for devices prints is read with care: anybody on a LAN may have chosen the words."""

from __future__ import annotations

import json

import pytest

from simulacra.gateways.found_json import AT_MOST, WORDS_AT_MOST, look_around_from
from simulacra.gateways.journal_json import Broken
from simulacra.model.found import FoundService, LookAround, Neighbour

SERVICE = {"instance": "Laser", "type": "_ipp._tcp", "host": "printer.local", "port": 631, "addresses": ["192.168.1.50"], "model": "L 5"}
TOLD = {
    "machine": "nas",
    "addresses": ["192.168.1.10"],
    "macs": ["52:54:00:00:00:01"],
    "services": [SERVICE],
    "neighbours": [{"address": "192.168.1.77", "mac": "52:54:00:00:00:77"}],
}


def read(**more: object) -> LookAround:
    return look_around_from(json.dumps({**TOLD, **more}))


def test_an_honest_answer() -> None:
    assert read() == LookAround(
        "nas",
        ("192.168.1.10",),
        ("52:54:00:00:00:01",),
        (FoundService("Laser", "_ipp._tcp", "printer.local", 631, ("192.168.1.50",), "L 5"),),
        (Neighbour("192.168.1.77", "52:54:00:00:00:77"),),
    )


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"machine": 7}', '{"machine": "nas", "services": [{"port": "x"}]}'])
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(Broken, match="the program's answer can't be read"):
        look_around_from(text)


@pytest.mark.parametrize("more", [{"type": "http"}, {"type": "_a b._tcp"}, {"port": 0}, {"port": 65536}])
def test_services_that_can_not_be_are_left_out(more: dict[str, object]) -> None:
    assert read(services=[{**SERVICE, **more}, SERVICE]).services == read().services


def test_words_are_made_fit_for_a_line_and_cut() -> None:
    (found,) = read(services=[{**SERVICE, "instance": "a\nb\x1b[2J", "model": "x" * 999, "host": "printer.local."}]).services
    assert (found.instance, found.host, len(found.model)) == ("a�b�[2J", "printer.local", WORDS_AT_MOST)


def test_no_more_than_a_lan_has() -> None:
    many = read(services=[SERVICE] * 2 * AT_MOST, neighbours=TOLD["neighbours"] * 2 * AT_MOST)  # type: ignore[operator]
    assert (len(many.services), len(many.neighbours)) == (AT_MOST, AT_MOST)


def test_addresses_that_are_none() -> None:
    told = read(
        addresses=["x", "192.168.1.10"],
        services=[{**SERVICE, "addresses": ["192.168.1.50\n", "::1"]}],
        neighbours=[{"address": "x", "mac": "52:54:00:00:00:77"}, {"address": "10.0.0.1", "mac": "x\n"}],
        macs=["nonsense"],
    )
    assert (told.addresses, told.services[0].addresses, told.neighbours, told.macs) == (("192.168.1.10",), ("::1",), (), ())
