"""Words of machines, as they may be shown."""

from __future__ import annotations

import pytest

from simulacra.gateways.nomad_reading import allocation
from simulacra.gateways.printable import LONGEST, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tower", "tower"),
        ("Büro 2", "Büro 2"),
        ("", ""),
        ("a\x1b[2Jb", "a�[2Jb"),
        ("a\r\nb", "a��b"),
        ("a\u202eb", "a�b"),
        ("a\x9bb", "a�b"),
        ("\ud800", "�"),
        ("x" * (LONGEST + 1), "x" * LONGEST),
    ],
)
def test_what_cant_be_printed_is_marked(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_what_happened_to_a_task_is_told_on_one_line() -> None:
    raw = {
        "ID": "a", "Name": "web.it[0]", "JobID": "web", "TaskGroup": "it", "NodeID": "n", "NodeName": "to\nwer", "DesiredStatus": "run",
        "ClientStatus": "failed", "CreateIndex": 1,
        "TaskStates": {"it": {"Events": [{"Time": 1, "Type": "Driver Failure", "DisplayMessage": "no\n  image\x1b[2J"}]}},
    }  # fmt: skip
    read = allocation(raw)
    assert (read.node_name, read.events[0].message) == ("to�wer", "no image�[2J")
