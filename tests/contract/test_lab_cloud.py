"""The lab's cloud as it is asked through the gateway: in every provider's place, misbehaving on request, going on where it was killed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rootless_cloud import Nothing, Running, rootless_cloud, site

from simulacra.faults import Fault, Unreachable, Usage
from simulacra.gateways.cloud import Timing, connect_cloud
from simulacra.gateways.cloud_faults import Exhausted
from simulacra.gateways.cloud_settings import STAND_IN, stand_in_of
from simulacra.lab.cloud_wire import NotDone, ask_cloud, stand_in_environment
from simulacra.model.cloud import Cloud, Endpoint, Slot, slots_of
from simulacra.model.cloud_providers import SUPPORTED

CLOUD = Cloud("burst", "EC2", "hosting", "server", ("t3.small", "t3.medium"), "ami-1", region="eu-west-1", max=3)
OPENSTACK = replace(CLOUD, provider="OPENSTACK", endpoint=Endpoint("h"), account=(("domain_name", "Default"), ("tenant_name", "club")))
FIRST, SECOND, THIRD = (slot for slot in slots_of(CLOUD) if slot.size == "t3.small")
QUICK = Timing(timeout_s=5.0, patience_s=0.5, settle_s=0.5, look_every_s=0.1)
USER_DATA = "#cloud-config\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Running]:
    with rootless_cloud(tmp_path, site(CLOUD)) as running:
        yield running


def soon(holds: Callable[[], Any]) -> bool:
    until = time.monotonic() + 10
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("provider", SUPPORTED)
@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_it_stands_in_for_every_provider_without_credentials(tmp_path: Path, provider: str, currency: str) -> None:
    cloud = replace(OPENSTACK if provider == "OPENSTACK" else CLOUD, provider=provider, currency=currency)
    with rootless_cloud(tmp_path, site(cloud)) as lab:
        gateway = connect_cloud("home", cloud, stand_in_environment(lab.folder))
        assert [(it.size, it.price, it.cpu_mhz) for it in gateway.offers().here] == [
            ("t3.small", Decimal("0.0228"), 4000),
            ("t3.medium", Decimal("0.0487"), 4000),
        ]
        made = gateway.create(FIRST, USER_DATA, "one")
        assert [(it.tags["simulacra-grid"], it.user_data) for it in lab.books.servers] == [("home", USER_DATA)]
        assert gateway.destroy(made.id)


def test_what_is_no_good_at_the_provider_is_no_good_here(lab: Running) -> None:
    for cloud in (
        replace(CLOUD, options=(("ebs", "1"),)),
        replace(CLOUD, provider="VULTR"),
        replace(CLOUD, region=None),
        replace(OPENSTACK, endpoint=None),
    ):
        with pytest.raises(Usage):
            connect_cloud("home", cloud, stand_in_environment(lab.folder))


@pytest.mark.parametrize("told", ["", "x", "module:Class", "module:Class:", ":Class:/place", "module::/place"])
def test_a_stand_in_that_is_not_one_never_means_the_provider(told: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
    with pytest.raises(Usage, match=f"{STAND_IN} is '{told}', which names no driver"):
        connect_cloud("home", CLOUD, {**keys, STAND_IN: told})
    assert stand_in_of(keys) is None


@pytest.mark.parametrize("named", ["simulacra.nowhere:LabCloud", "simulacra.lab.cloud_driver:Nobody"])
def test_a_driver_that_is_not_there_is_told(named: str) -> None:
    with pytest.raises(Usage, match=f"{STAND_IN} names a driver that there isn't: {named}"):
        connect_cloud("home", CLOUD, {STAND_IN: f"{named}:/place"}).servers()


def test_where_no_lab_is_any_more_it_can_not_be_reached(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"EC2 at .*cloud\.sock can't be reached: no such file or directory"):
        connect_cloud("home", CLOUD, stand_in_environment(tmp_path / "gone")).servers()


@pytest.mark.parametrize(("answers", "said"), [("refuses", "the connection broke off"), ("hangs", "timed out")])
def test_a_cloud_that_is_down_is_unreachable_and_does_nothing(lab: Running, answers: str, said: str) -> None:
    gateway = lab.gateway(CLOUD, timing=replace(QUICK, timeout_s=0.3))
    made = gateway.create(FIRST, USER_DATA, "one")
    lab.behave(answers=answers)
    for ask in (gateway.offers, gateway.servers, lambda: gateway.create(SECOND, USER_DATA, "two"), lambda: gateway.destroy(made.id)):
        with pytest.raises(Unreachable, match=said):
            ask()
    assert [it.number for it in lab.books.servers] == [1]
    lab.behave(answers="well")
    assert [it.id for it in gateway.servers().servers] == [made.id]


def test_a_slow_cloud_answers_in_the_end_and_one_that_is_too_slow_does_not(lab: Running) -> None:
    lab.behave(slow_s=0.3)
    begun = time.monotonic()
    assert lab.gateway(CLOUD, timing=QUICK).servers().servers == ()
    assert time.monotonic() - begun >= 0.3
    with pytest.raises(Unreachable, match="timed out"):
        lab.gateway(CLOUD, timing=replace(QUICK, timeout_s=0.1)).servers()


@pytest.mark.parametrize("cloud", [CLOUD, OPENSTACK], ids=lambda it: it.provider)
def test_the_server_of_a_lost_answer_is_found_by_its_tags(tmp_path: Path, cloud: Cloud) -> None:
    """EC2 is asked again under the same token, which the lab's cloud keeps; OpenStack has none."""
    with rootless_cloud(tmp_path, site(cloud)) as lab:
        lab.behave(lose=1)
        gateway = lab.gateway(cloud, timing=QUICK)
        made = gateway.create(FIRST, USER_DATA, "one")
        assert [it.id for it in gateway.servers().servers] == [made.id]
        assert (lab.books.last, lab.books.mood.lose) == (1, 0)
        gateway.create(SECOND, USER_DATA, "two")
        assert lab.books.last == 2


def test_so_many_servers_and_no_more(lab: Running) -> None:
    lab.behave(quota=1, lose=1)
    gateway = lab.gateway(CLOUD, timing=QUICK)
    made = gateway.create(FIRST, USER_DATA, "one")
    lab.behave(lose=1)
    with pytest.raises(Exhausted, match="the quota of 1 servers is used up"):
        gateway.create(SECOND, USER_DATA, "two")
    assert lab.books.mood.lose == 1, "what is refused can't get lost"
    gateway.destroy(made.id)
    assert gateway.create(SECOND, USER_DATA, "three").machine == SECOND.name


def test_each_server_has_an_address_and_when_there_is_none_left_there_is_no_server(tmp_path: Path) -> None:
    with rootless_cloud(tmp_path, site(CLOUD, "10.77.0.0/28")) as lab:
        slots = [Slot(f"burst-t3-small-{number}", "burst", "t3.small", number) for number in range(1, 7)]
        gateway = lab.gateway(CLOUD, timing=QUICK)
        made = [gateway.create(slot, USER_DATA, slot.name) for slot in slots[:5]]
        assert [it.addresses for it in made] == [(f"10.77.0.{number}",) for number in range(10, 15)]
        with pytest.raises(Exhausted, match=r"InsufficientFreeAddresses: no address is left in 10\.77\.0\.0/28"):
            gateway.create(slots[5], USER_DATA, "six")
        gateway.destroy(made[2].id)
        assert gateway.create(slots[5], USER_DATA, "six").addresses == ("10.77.0.12",)


def test_servers_of_another_account_are_not_seen(tmp_path: Path) -> None:
    there = replace(CLOUD, region="us-east-1")
    with rootless_cloud(tmp_path, site(CLOUD), site(there)) as lab:
        made = lab.gateway(CLOUD).create(FIRST, USER_DATA, "one")
        other = lab.gateway(there)
        assert other.servers().servers == ()
        assert not other.destroy(made.id)
        assert other.create(FIRST, USER_DATA, "one").id != made.id, "a token is one account's"


def test_duds_run_and_never_join(lab: Running) -> None:
    lab.behave(duds=True)
    gateway = lab.gateway(CLOUD)
    gateway.create(FIRST, USER_DATA, "one")
    assert soon(lambda: [it.state for it in gateway.servers().servers] == ["running"])
    lab.behave(duds=False)
    gateway.create(SECOND, USER_DATA, "two")
    assert soon(lambda: [(it.dud, it.overlay) for it in lab.books.servers] == [(True, ""), (False, "200::2")])


def test_a_boot_takes_its_time_and_what_fails_is_told(tmp_path: Path) -> None:
    with rootless_cloud(tmp_path, site(CLOUD), boot_time_s=0.4, machinery=Nothing(fails=[Fault("no card"), Fault("busy")])) as lab:
        gateway = lab.gateway(CLOUD)
        made = gateway.create(FIRST, USER_DATA, "one")
        assert (made.state, lab.machinery.done) == ("booting", [])
        assert soon(lambda: [it.state for it in gateway.servers().servers] == ["failed"])
        assert f"{FIRST.name} (lab-1) did not come up: no card" in lab.said
        assert gateway.destroy(made.id)
        assert [it.state for it in gateway.servers().servers] == ["stopping"]
        assert soon(lambda: lab.books.servers == ())
        assert lab.machinery.done == ["boot 1", "remove 1", "remove 1"], "what won't go is tried again"


def test_a_server_that_is_destroyed_while_it_boots_ends_after_its_boot(tmp_path: Path) -> None:
    with rootless_cloud(tmp_path, site(CLOUD), machinery=Nothing(slow_s=0.3)) as lab:
        gateway = lab.gateway(CLOUD)
        made = gateway.create(FIRST, USER_DATA, "one")
        assert soon(lambda: lab.machinery.done == ["boot 1"])
        assert gateway.destroy(made.id)
        assert not gateway.destroy(made.id)
        assert soon(lambda: lab.books.servers == ())
        assert lab.machinery.done == ["boot 1", "remove 1"]


def test_a_cloud_that_was_killed_goes_on_from_what_is_written(tmp_path: Path) -> None:
    with rootless_cloud(tmp_path, site(CLOUD), machinery=Nothing(slow_s=60.0)) as lab:
        gateway = lab.gateway(CLOUD)
        going = gateway.create(FIRST, USER_DATA, "one")
        gateway.create(SECOND, USER_DATA, "two")
        gateway.destroy(going.id)
        lab.behave(quota=7)
    with rootless_cloud(tmp_path, site(CLOUD)) as again:
        assert soon(lambda: [(it.number, it.stage) for it in again.books.servers] == [(2, "running")])
        assert sorted(again.machinery.done) == ["boot 2", "remove 1"]
        assert again.books.mood.quota == 7
        assert again.gateway(CLOUD).create(THIRD, USER_DATA, "three").id == "lab-3"


def test_a_big_user_data_arrives_whole(lab: Running) -> None:
    text = USER_DATA + "\N{SNOWMAN}\n" * 4000
    lab.gateway(CLOUD).create(FIRST, text, "one")
    assert lab.books.servers[0].user_data == text


def test_what_it_does_not_know_it_says(lab: Running) -> None:
    with pytest.raises(NotDone, match="the lab's cloud doesn't know: burn"):
        ask_cloud(lab.folder / "cloud.sock", {"do": "burn"}, 5.0)
    with pytest.raises(NotDone, match="there is no server lab-9"):
        ask_cloud(lab.folder / "cloud.sock", {"do": "destroy", "account": "EC2 eu-west-1", "id": "lab-9"}, 5.0)


def test_an_answer_that_breaks_off_is_none(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening, ThreadPoolExecutor(1) as pool:
        listening.bind(str(tmp_path / "cloud.sock"))
        listening.listen()
        asking = pool.submit(ask_cloud, tmp_path / "cloud.sock", {"do": "list"}, 5.0)
        talking = listening.accept()[0]
        talking.recv(65536)
        talking.sendall(b'{"done": []}')
        talking.close()
        with pytest.raises(ConnectionResetError, match="broke off"):
            asking.result()
