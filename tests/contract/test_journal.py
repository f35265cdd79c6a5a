"""The journal over the real Nomad's variables, and over the fake's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dev_agent import Agent
from fake_steering import FakeVariables

from simulacra.gateways.journal import Journal
from simulacra.gateways.journal_json import to_json
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_faults import Conflict
from simulacra.model.cluster import Device, HostNetwork, HostVolume, Node
from simulacra.model.journal import (
    LOG_AT_MOST,
    MACHINES,
    ORDERS,
    REPORTS,
    Belonging,
    Card,
    GateRecord,
    LogEntry,
    Order,
    Packet,
    Record,
    Report,
    variable_name,
)

Either = Nomad | FakeVariables
NODE = Node(
    "id-1",
    "tower",
    cores=(0, 1),
    attributes=(("kernel.name", "linux"),),
    devices=(Device("nvidia/gpu/x", 2, (("memory", "8GiB"),)),),
    volumes=(HostVolume("films", True),),
    networks=(HostNetwork("overlay", "200::1", (22,)),),
)
RECORD = Record("tower", "waking", 12.5, "work waits", "plan", attempts=2, drained=True, moved_s=(1.0, 2.5), remembered=NODE)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.nomad)])
def nomad(request: pytest.FixtureRequest) -> Iterator[Either]:
    if request.param == "fake":
        yield FakeVariables()
        return
    agent: Agent = request.getfixturevalue("nomad_agent")
    real = connect(environment=agent.environment)
    yield real
    for prefix in ("simulacra/", "nomad/jobs/"):
        for stub in real.variables(prefix):
            real.delete_variable(stub.path)


def test_a_record_comes_back_as_it_was_written(nomad: Either) -> None:
    journal = Journal(nomad)
    assert journal.records() == ()
    written = journal.write(RECORD)
    assert (written, written.index > 0) == (RECORD, True)
    for reader in (journal, Journal(nomad)):
        (found,) = reader.records()
        assert (found, found.index) == (RECORD, written.index)


def test_records_are_by_name_whatever_the_names(nomad: Either) -> None:
    journal = Journal(nomad)
    names = ["a.b", "a", "a b", "é", "a/b", "a~2Fb", "A"]
    for name in names:
        journal.write(Record(name))
    assert [it.machine for it in Journal(nomad).records()] == sorted(names)


def test_what_is_remembered_of_nodes_and_gates_comes_back_too(nomad: Either) -> None:
    journal = Journal(nomad)
    belonging = Belonging("a.b", "attic", "subnet", 0.95, "office", 12.5, "server", "phone", 13.5)
    gate = GateRecord("jenkins", True, 12.5, "the grid can carry it", 0.0, 2.5, "it needs 3 machines, 2 are on", 7.5, (1.0, 2.0))
    assert (journal.belongings(), journal.gates()) == ((), ())
    assert journal.write_belonging(belonging) == belonging
    assert journal.write_gate(gate) == gate
    for reader in (journal, Journal(nomad)):
        ((found,), (opened,)) = reader.belongings(), reader.gates()
        assert (found, opened) == (belonging, gate)
        assert (found.index > 0, opened.index > 0) == (True, True)
    with pytest.raises(Conflict):
        Journal(nomad).write_gate(gate)
    assert journal.write_gate(replace(journal.gates()[0], open=False)).index > opened.index


def test_what_somebody_else_wrote_first_stays(nomad: Either) -> None:
    mine, theirs = Journal(nomad), Journal(nomad)
    first = mine.write(RECORD)
    second = theirs.write(replace(theirs.records()[0], power="on"))
    with pytest.raises(Conflict):
        mine.write(replace(first, power="failed"))
    with pytest.raises(Conflict):
        mine.write(RECORD)
    assert mine.records() == (second,)
    assert mine.write(replace(mine.records()[0], power="asleep")).index > second.index


def test_a_broken_record_counts_as_none_is_told_and_mended(nomad: Either) -> None:
    path = f"{MACHINES}/tower"
    journal = Journal(nomad)
    texts = (
        "{",
        "[]",
        '{"power": "on"}',
        '{"machine": "tower", "power": "gone"}',
        '{"machine": "tower", "attempts": true}',
        to_json(Record("x")),
    )
    for text in texts:
        known = nomad.variable(path)
        nomad.write_variable(path, {"record": text}, known.index if known else 0)
        assert journal.records() == ()
        (told,) = journal.broken()
        assert told.startswith(f"{path}: ")
    journal.write(RECORD)
    assert (journal.records(), journal.broken()) == ((RECORD,), ())


def test_keys_of_a_later_version_are_left_out(nomad: Either) -> None:
    nomad.write_variable(f"{MACHINES}/tower", {"record": '{"machine": "tower", "attempts": 3, "colour": "red"}'}, 0)
    assert Journal(nomad).records() == (Record("tower", attempts=3),)


def test_only_what_has_changed_is_read_again(nomad: Either) -> None:
    counted = Counting(nomad)
    journal = Journal(counted)
    for name in ("a", "b", "c"):
        Journal(nomad).write(Record(name))
    assert len(journal.records()) == 3
    assert counted.read == [f"{MACHINES}/a", f"{MACHINES}/b", f"{MACHINES}/c"]
    counted.read.clear()
    other = Journal(nomad)
    other.write(replace(other.records()[1], attempts=7))
    assert [it.attempts for it in journal.records()] == [0, 7, 0]
    assert counted.read == [f"{MACHINES}/b"]
    assert len(journal.records()) == 3
    assert counted.read == [f"{MACHINES}/b"]


class Counting:
    """Variables that remember which were read."""

    def __init__(self, nomad: Either) -> None:
        self.variables, self.write_variable = nomad.variables, nomad.write_variable
        self._nomad, self.read = nomad, list[str]()

    def variable(self, path: str):  # type: ignore[no-untyped-def]
        self.read.append(path)
        return self._nomad.variable(path)


def test_the_log_keeps_the_newest(nomad: Either) -> None:
    journal = Journal(nomad)
    assert journal.entries() == ()
    entries = tuple(LogEntry(float(number), "tower", "on", "draining", f"because {number}", "plan") for number in range(LOG_AT_MOST + 20))
    journal.log(entries[:150])
    journal.log(entries[150:])
    assert Journal(nomad).entries() == entries[20:]


def test_a_log_of_long_reasons_still_fits(nomad: Either) -> None:
    journal = Journal(nomad)
    journal.log([LogEntry(float(number), "tower", "on", "draining", "ü" * 1000, "plan") for number in range(100)])
    assert journal.entries()[-1].at_s == 99.0
    assert 10 < len(journal.entries()) < 100


def test_writers_of_the_log_dont_lose_each_others(nomad: Either) -> None:
    hasty = Interrupted(nomad, 3)
    Journal(hasty).log([LogEntry(9.0, "b", "on", "draining", "mine", "plan")])
    assert [it.reason for it in Journal(nomad).entries()] == ["theirs 1", "theirs 2", "theirs 3", "mine"]


class Interrupted:
    """Variables that somebody else writes just before each write, a few times."""

    def __init__(self, nomad: Either, times: int) -> None:
        self.variables, self.variable = nomad.variables, nomad.variable
        self._nomad, self._times, self._done = nomad, times, 0

    def write_variable(self, path: str, items: dict[str, str], expected_index: int) -> int:
        if self._done < self._times:
            self._done += 1
            Journal(self._nomad).log([LogEntry(float(self._done), "a", "on", "on", f"theirs {self._done}", "plan")])
        return self._nomad.write_variable(path, items, expected_index)


def test_orders_replace_older_ones_only(nomad: Either) -> None:
    journal = Journal(nomad)
    assert journal.orders("to.wer") is None
    order = Order(5, "wake", 60.0, packets=(Packet("nas", "ff00", "192.168.1.255", 7, "eth0"),))
    journal.order("to.wer", order)
    assert Journal(nomad).orders("to.wer") == order
    with pytest.raises(Conflict, match="a newer order"):
        journal.order("to.wer", Order(4, "sleep", 50.0))
    later = Order(6, "sleep", 90.0, boot_id="x", command=("a", "b c"))
    journal.order("to.wer", later)
    assert journal.orders("to.wer") == later
    assert nomad.variable(f"{ORDERS}/to~2Ewer") is not None


def test_reports_are_what_the_program_writes(nomad: Either) -> None:
    text = (
        '{"machine": "tower", "at_s": 3, "boot_id": "b", "keep_awake": ["a person"], "on_battery": false, '
        '"cards": [{"interface": "eth0", "mac": "aa:bb:cc:dd:ee:ff", "wakes": null}]}'
    )
    nomad.write_variable(f"{REPORTS}/tower", {"report": text}, 0)
    nomad.write_variable(f"{REPORTS}/other", {"report": '{"machine": "other"}'}, 0)
    journal = Journal(nomad)
    card = Card("eth0", "aa:bb:cc:dd:ee:ff", None)
    assert journal.reports() == (Report("tower", 3.0, "b", keep_awake=("a person",), on_battery=False, cards=(card,)),)
    assert journal.broken() == (f"{REPORTS}/other: it has no at_s",)


def test_one_holds_the_lease_at_a_time(nomad: Either) -> None:
    first, second = Journal(nomad), Journal(nomad)
    assert first.take_lease("a", 10.0, 100.0)
    assert not second.take_lease("b", 10.0, 109.0)
    assert (second.holds("a", 109.0), second.holds("b", 109.0), second.leader(109.0)) == (True, False, "a")
    assert first.take_lease("a", 10.0, 106.0), "renewed once half of the time is over"
    assert not second.take_lease("b", 10.0, 115.9)
    assert not first.holds("a", 116.0)
    assert second.take_lease("b", 10.0, 116.0), "it ran out"
    assert not first.take_lease("a", 10.0, 117.0)
    first.release("a")
    assert second.holds("b", 117.0), "only the holder gives it back"
    second.release("b")
    assert second.leader(117.0) is None
    assert first.take_lease("a", 10.0, 118.0)


def test_a_lease_isnt_written_while_it_is_fresh(nomad: Either) -> None:
    journal = Journal(nomad)
    journal.take_lease("a", 10.0, 100.0)
    before = nomad.variables("simulacra/lease")
    assert journal.take_lease("a", 10.0, 104.0)
    assert nomad.variables("simulacra/lease") == before


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("tower", "tower"),
        ("tower-2_b", "tower-2_b"),
        ("to.wer", "to~2Ewer"),
        ("a b", "a~20b"),
        ("~", "~7E"),
        ("é", "~C3~A9"),
        ("a/b", "a~2Fb"),
    ],
)
def test_plain_names_stay_as_they_are(name: str, encoded: str) -> None:
    assert variable_name(name) == encoded
