"""The page of a simulation: whole by itself, well formed, and nothing in it but text and our own pictures."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

from made_up_simulation import MADE_UP

from simulacra.simulate.page import Pictured, page
from simulacra.simulate.pictures import energy_against_waiting, machines_over_time
from simulacra.simulate.telling import for_the_owner, sheets

EMPTY_ELEMENTS = {"meta", "br", "link", "img"}
NASTY = "<script>alert(\"x\")</script> & 'quotes'"


class Seen(HTMLParser):
    """The elements, their ids, and what was opened and not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            assert not name.startswith("on"), "no handlers"
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")
        if tag not in EMPTY_ELEMENTS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY_ELEMENTS:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


SIMULATION = replace(MADE_UP, trace=NASTY, conditions=(("boot", NASTY),))


@cache
def pictures(number: int) -> tuple[str, str]:
    return machines_over_time(SIMULATION, f"machines{number}"), energy_against_waiting(SIMULATION, f"energy{number}")


def shown(*titles: str) -> str:
    return page([Pictured(title, SIMULATION, *pictures(at)) for at, title in enumerate(titles)])


def test_it_is_well_formed_and_holds_everything() -> None:
    seen = Seen(shown("The grid as it is"))
    assert not seen.open
    assert (seen.tags["table"], seen.tags["svg"], seen.tags["h1"], seen.tags["h2"]) == (2, 2, 1, 1)
    words = " ".join(seen.words)
    assert for_the_owner(MADE_UP) in words
    for sheet in sheets(MADE_UP):
        for row in sheet.rows:
            assert all(cell in words for cell in row)
    assert "2 jobs could never run: more memory than any (under target-value)" in words


def test_it_asks_for_nothing_and_runs_nothing() -> None:
    text = shown("one", "two")
    seen = Seen(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(seen.tags)
    assert all(it.startswith("#") for it in seen.links)
    assert not re.search(r"@import|url\((?!#)", text)


def test_texts_are_escaped() -> None:
    text = shown(NASTY)
    assert "<script" not in text
    assert NASTY in "".join(Seen(text).words)


def test_ids_are_there_once() -> None:
    ids = Seen(shown("one", "two")).ids
    assert len(ids) == len(set(ids))


def test_the_same_simulation_gives_the_same_page() -> None:
    assert shown("one") == shown("one")


def test_of_two_the_difference_comes_first() -> None:
    assert "simulacra, after against before: no difference" in shown("one", "two")
    assert "after against before" not in shown("one")
