"""One contract, kept by EC2 (as moto plays it), by others that are made up and by the lab's cloud, all behind the gateway, by the fake that
other tests use and by the simulation's model; and an EC2 that misbehaves.
"""

from __future__ import annotations

import base64
import gzip
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_cloud import FakeCloud, FakeProvider
from made_up_clouds import MadeUp, made_up
from moto_cloud import AMI, Wire, moto_ec2
from rootless_cloud import Running, rootless_cloud, site

from simulacra.faults import Denied, Fault, Refusal, Unreachable, Usage
from simulacra.gateways.cloud import CloudGateway, CloudPort, Timing, connect_cloud
from simulacra.gateways.cloud_faults import Exhausted
from simulacra.gateways.cloud_settings import login_for
from simulacra.model.cloud import Cloud, Credentials, Endpoint, Offer, SizeFacts, Slot, slots_of
from simulacra.model.source import Source
from tests.simulation.model_provider import ModelPort, ModelProvider

KEY, SECRET = "AKIDEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
CLOUD = Cloud(
    "burst",
    "EC2",
    "hosting",
    "server",
    ("t3.medium", "t3.small", "t9.none"),
    AMI,
    region="eu-west-1",
    max=2,
    source=Source("clouds.hcl", 3),
)
SMALL, OTHER = (slot for slot in slots_of(CLOUD) if slot.size == "t3.small")
QUICK = Timing(timeout_s=10.0, patience_s=0.5, settle_s=0.2, look_every_s=0.1)
PATIENT = replace(QUICK, timeout_s=1.0, patience_s=10.0)
USER_DATA = "#cloud-config\nhostname: burst-t3-small-1\n"


@dataclass
class Either:
    """A way to a provider that all clouds of a test share; ``grid`` and the cloud may be others'."""

    to: Callable[[str, Cloud], CloudPort]
    servers_made: Callable[[], int]


@pytest.fixture
def wire() -> Iterator[Wire]:
    with moto_ec2() as made:
        yield made


def ec2(wire: Wire, cloud: Cloud = CLOUD, grid: str = "home", timing: Timing = QUICK) -> CloudGateway:
    placed = replace(cloud, endpoint=Endpoint("127.0.0.1", wire.port, secure=False))
    return CloudGateway(grid, placed, login_for(placed, ENVIRONMENT), timing)


OTHERS = ("DIGITAL_OCEAN", "LINODE", "OPENSTACK")
ACCOUNTS = {"DIGITALOCEAN_TOKEN": SECRET, "LINODE_TOKEN": SECRET, "OS_USERNAME": "somebody", "OS_PASSWORD": SECRET}


@pytest.fixture
def world() -> Iterator[MadeUp]:
    with made_up() as made:
        yield made


def other(world: MadeUp, provider: str, cloud: Cloud = CLOUD, grid: str = "home") -> CloudGateway:
    """The same cloud at another provider, which is made up; OpenStack tells no prices, so the definitions do."""
    told = (SizeFacts("t3.small", price=0.0228), SizeFacts("t3.medium", price=0.0487)) if provider == "OPENSTACK" else ()
    account = (("domain_name", "Default"), ("tenant_name", "club"))
    endpoint = Endpoint("127.0.0.1", world.port, secure=False)
    placed = replace(cloud, provider=provider, endpoint=endpoint, account=account if provider == "OPENSTACK" else (), facts=told)
    return CloudGateway(grid, placed, login_for(placed, ACCOUNTS), QUICK)


@pytest.fixture
def lab_cloud(tmp_path: Path) -> Iterator[Running]:
    with rootless_cloud(tmp_path, site(CLOUD)) as running:
        yield running


@pytest.fixture(params=["fake", "model", "EC2", *OTHERS, "lab"])
def either(request: pytest.FixtureRequest) -> Either:
    if request.param == "lab":
        lab: Running = request.getfixturevalue("lab_cloud")
        return Either(lambda grid, cloud: lab.gateway(cloud, grid, QUICK), lambda: lab.books.last)
    if request.param in OTHERS:
        world: MadeUp = request.getfixturevalue("world")
        return Either(lambda grid, cloud: other(world, request.param, cloud, grid), lambda: world.made)
    if request.param == "EC2":
        wire: Wire = request.getfixturevalue("wire")
        return Either(lambda grid, cloud: ec2(wire, cloud, grid), lambda: len(wire.made))
    sells = (Offer("t3.small", 2048, price=Decimal("0.0228")), Offer("t3.medium", 4096, price=Decimal("0.0487")))
    if request.param == "model":
        model = ModelProvider(sells, time.time, stop_s=0.0)
        return Either(lambda grid, cloud: ModelPort(grid, cloud, model), lambda: model.made)
    provider = FakeProvider(sells, time.time)
    return Either(lambda grid, cloud: FakeCloud(grid, cloud, provider), lambda: provider.made)


@pytest.fixture
def cloud(either: Either) -> CloudPort:
    return either.to("home", CLOUD)


def test_offers_are_those_of_its_sizes_the_cheapest_first(cloud: CloudPort) -> None:
    offers = cloud.offers()
    assert [(it.size, it.memory_mb, it.price) for it in offers.here] == [
        ("t3.small", 2048, Decimal("0.0228")),
        ("t3.medium", 4096, Decimal("0.0487")),
    ]
    assert offers.missing == ("t9.none",)


def test_a_server_is_created_and_found_by_what_it_is_tagged_with(cloud: CloudPort) -> None:
    assert cloud.servers().servers == ()
    before = time.time() - 2
    made = cloud.create(SMALL, USER_DATA, "one")
    (found,) = cloud.servers().servers
    assert (found.id, found.machine, found.cloud, found.size) == (made.id, SMALL.name, "burst", "t3.small")
    assert (made.machine, made.cloud, made.size) == (SMALL.name, "burst", "t3.small")
    assert {made.state, found.state} <= {"booting", "running"}
    assert found.created_s is not None
    assert before <= found.created_s <= cloud.servers().at_s + 1
    assert found.addresses


def test_a_slot_has_one_server(cloud: CloudPort, either: Either) -> None:
    made = cloud.create(SMALL, USER_DATA, "one")
    assert cloud.create(SMALL, USER_DATA, "one").id == cloud.create(SMALL, USER_DATA, "two").id == made.id
    other = cloud.create(OTHER, USER_DATA, "three")
    assert [it.id for it in cloud.servers().servers] == [made.id, other.id]
    assert either.servers_made() == 2


def test_what_is_destroyed_is_gone_and_destroying_it_again_does_nothing(cloud: CloudPort) -> None:
    made, other = cloud.create(SMALL, USER_DATA, "one"), cloud.create(OTHER, USER_DATA, "two")
    assert cloud.destroy(made.id)
    assert not cloud.destroy(made.id)
    assert not cloud.destroy("i-0123456789abcdef0")
    assert [it.id for it in cloud.servers().servers] == [other.id]
    assert cloud.create(SMALL, USER_DATA, "three").id != made.id


def test_servers_of_other_grids_are_neither_seen_nor_destroyed(cloud: CloudPort, either: Either) -> None:
    theirs = either.to("club", CLOUD)
    stranger = theirs.create(SMALL, USER_DATA, "one")
    assert cloud.servers().servers == ()
    assert not cloud.destroy(stranger.id)
    assert cloud.create(SMALL, USER_DATA, "two").id != stranger.id
    assert [it.id for it in theirs.servers().servers] == [stranger.id]


def test_servers_of_a_cloud_that_is_not_defined_any_more_are_seen_too(cloud: CloudPort, either: Either) -> None:
    old = replace(CLOUD, name="earlier")
    made = either.to("home", old).create(slots_of(old)[2], USER_DATA, "one")
    (found,) = cloud.servers().servers
    assert (found.id, found.cloud, found.machine) == (made.id, "earlier", "earlier-t3-small-1")
    assert cloud.destroy(made.id)


def test_what_can_not_be_created(cloud: CloudPort) -> None:
    with pytest.raises(Usage, match=r'has no size "t9\.none"'):
        cloud.create(Slot("burst-t9-none-1", "burst", "t9.none", 1), USER_DATA, "one")
    with pytest.raises(Usage, match="longer than 16384 bytes"):
        cloud.create(SMALL, "x" * 16385, "two")
    assert cloud.servers().servers == ()


def test_what_the_definitions_know_better(wire: Wire) -> None:
    facts = (SizeFacts("t3.small", price=0.0, cpu_mhz=4400, disk_mb=8000), SizeFacts("t3.medium", memory_mb=4000))
    known = replace(CLOUD, sizes=("t3.small", "t3.medium"), facts=facts)
    free, medium = ec2(wire, known).offers().here
    assert free == Offer("t3.small", 2048, 8000, 2, 4400, Decimal("0.0"))
    assert (medium.memory_mb, medium.cpu_mhz, medium.price) == (4000, 2 * 3100, Decimal("0.0487"))
    assert [it.price for it in ec2(wire, replace(known, currency="EUR")).offers().here] == [Decimal("0.0"), None]


def test_what_a_server_is_created_with(wire: Wire) -> None:
    options = (("assign_public_ip", "true"), ("keyname", "me"), ("subnet", "subnet-1"))
    with pytest.raises(Fault):  # moto has neither of them
        ec2(wire, replace(CLOUD, options=options)).create(SMALL, USER_DATA, "the-token")
    asked = next(it for it in wire.params if it["Action"] == ["RunInstances"])
    said = {name: values[0] for name, values in asked.items()}
    assert gzip.decompress(base64.b64decode(said["UserData"])).decode() == USER_DATA
    assert (said["InstanceType"], said["ImageId"], said["ClientToken"]) == ("t3.small", AMI, "the-token")
    assert (said["KeyName"], said["NetworkInterface.1.SubnetId"]) == ("me", "subnet-1")
    assert said["NetworkInterface.1.AssociatePublicIpAddress"] == "true"
    tags = {said[f"TagSpecification.1.Tag.{n}.Key"]: said[f"TagSpecification.1.Tag.{n}.Value"] for n in range(1, 6)}
    assert tags == {
        "Name": SMALL.name,
        "simulacra-grid": "home",
        "simulacra-machine": SMALL.name,
        "simulacra-cloud": "burst",
        "simulacra-size": "t3.small",
    }


@pytest.mark.parametrize(
    "faults",
    [
        [("RunInstances", "lost")],
        [("RunInstances", "late")],
        [("RunInstances", "500")],
        [("RunInstances", "503")],
        [("RunInstances", "throttled")],
        [("RunInstances", "page")],
        [("DescribeInstances", "503"), ("RunInstances", "throttled"), ("RunInstances", "lost")],
    ],
    ids=lambda faults: "+".join(kind for _, kind in faults),
)
def test_a_lost_or_late_answer_makes_no_second_server(wire: Wire, faults: list[tuple[str, str]]) -> None:
    wire.faults += faults
    cloud = ec2(wire, timing=PATIENT)
    made = cloud.create(SMALL, USER_DATA, "one")
    assert [it.id for it in cloud.servers().servers] == [made.id]
    assert wire.faults == []
    assert len(wire.made) == 1


def test_where_no_answer_ever_comes_the_server_is_found_by_its_tags(wire: Wire) -> None:
    """The listing lags behind, too: it is looked at again until it shows up."""
    wire.faults += [("RunInstances", "lost")] * 50 + [("DescribeInstances", "stale")] * 3
    cloud = ec2(wire, timing=replace(QUICK, settle_s=5.0))
    made = cloud.create(SMALL, USER_DATA, "one")
    assert [it.id for it in cloud.servers().servers] == [made.id]


def test_an_answer_that_was_lost_is_looked_for_whatever_comes_after_it(wire: Wire) -> None:
    wire.faults += [("RunInstances", "lost"), *[("RunInstances", "throttled")] * 50]
    cloud = ec2(wire, timing=replace(QUICK, patience_s=1.0))
    assert cloud.create(SMALL, USER_DATA, "one").id in {it.id for it in cloud.servers().servers}
    wire.faults[:] = [("RunInstances", "lost"), ("RunInstances", "denied")]
    assert cloud.create(OTHER, USER_DATA, "two").machine == OTHER.name


def test_where_it_does_not_show_up_it_is_said_that_nobody_knows(wire: Wire) -> None:
    wire.faults += [("RunInstances", "500")] * 50
    with pytest.raises(Unreachable, match="it answers 500"):
        ec2(wire).create(SMALL, USER_DATA, "one")
    assert ec2(wire).servers().servers == ()


def test_a_listing_that_lags_behind_makes_no_second_server_of_one_creation(wire: Wire) -> None:
    made = ec2(wire).create(SMALL, USER_DATA, "one")
    wire.faults += [("DescribeInstances", "stale")]
    assert ec2(wire).create(SMALL, USER_DATA, "one").id == made.id


def test_the_token_of_a_server_that_is_gone_makes_no_server(wire: Wire) -> None:
    """AWS answers with the old one, whatever it is now."""
    cloud = ec2(wire)
    cloud.destroy(cloud.create(SMALL, USER_DATA, "one").id)
    wire.made["one"] = wire.made["one"].replace(b"<name>pending</name>", b"<name>terminated</name>")
    with pytest.raises(Refusal, match="ask with another token"):
        cloud.create(SMALL, USER_DATA, "one")


@pytest.mark.parametrize("kind", ["503", "throttled", "500", "page", "late"])
@pytest.mark.parametrize("action", ["DescribeInstances", "TerminateInstances"])
def test_what_passes_by_itself_is_asked_again(wire: Wire, action: str, kind: str) -> None:
    cloud = ec2(wire, timing=PATIENT)
    made = cloud.create(SMALL, USER_DATA, "one")
    wire.faults.append((action, kind))
    assert cloud.destroy(made.id)
    assert wire.faults == []
    assert cloud.servers().servers == ()


@pytest.mark.parametrize(
    ("kind", "fault", "said"),
    [
        ("denied", Denied, "the right to create servers"),
        ("credentials", Denied, "doesn't take the credentials of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ("quota", Exhausted, "VcpuLimitExceeded.*destroy servers, ask the provider for more, or name another size"),
        ("sold out", Exhausted, "InsufficientInstanceCapacity"),
        ("throttled", Unreachable, "it is asked too often"),
        ("page", Unreachable, "what answers there isn't EC2's API"),
        ("image", Usage, r"InvalidAMIID.*correct `image` \(ami-03cf127a\) at clouds.hcl:3: images differ"),
    ],
)
def test_what_does_not_pass_is_told(wire: Wire, kind: str, fault: type[Fault], said: str) -> None:
    wire.faults += [("RunInstances", kind)] * 50
    with pytest.raises(fault, match=said) as raised:
        ec2(wire, timing=replace(QUICK, settle_s=0.0)).create(SMALL, USER_DATA, "one")
    assert 'cloud "burst": EC2' in str(raised.value)
    told(raised.value)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("subnet", "subnet-12345678", r"refuses: InvalidSubnetID\.NotFound: .*it was to create servers; see that region, .* options are"),
        ("security_group_ids", "sg-1", "refuses: .*ex_subnet"),
    ],
)
def test_options_that_the_provider_does_not_take(wire: Wire, option: str, value: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        ec2(wire, replace(CLOUD, options=((option, value),))).create(SMALL, USER_DATA, "one")


def test_a_provider_that_hangs(wire: Wire) -> None:
    wire.faults += [("DescribeInstances", "late")] * 50
    with pytest.raises(Unreachable, match="it doesn't answer in time") as raised:
        ec2(wire, timing=replace(QUICK, timeout_s=0.5)).servers()
    told(raised.value)


def test_a_region_that_is_not_there(wire: Wire) -> None:
    with pytest.raises(Usage, match=r'EC2 isn.t in region "eu-wset-1"; did you mean eu-west-1\?'):
        ec2(wire, replace(CLOUD, region="eu-wset-1")).servers()


def test_nobody_at_the_endpoint(wire: Wire) -> None:
    nobody = replace(wire, port=1)
    with pytest.raises(Unreachable, match=r"EC2 at 127.0.0.1:1 can't be reached: connection refused; check its endpoint") as raised:
        ec2(nobody).servers()
    told(raised.value)


def test_tls_is_verified(wire: Wire) -> None:
    placed = replace(CLOUD, endpoint=Endpoint("127.0.0.1", wire.port))
    with pytest.raises(Unreachable, match="TLS failed"):
        CloudGateway("home", placed, login_for(placed, ENVIRONMENT), QUICK).servers()


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("pending", "booting"),
        ("running", "running"),
        ("shutting-down", "stopping"),
        ("stopping", "stopped"),
        ("stopped", "stopped"),
        ("hibernating", "unknown"),
    ],
)
def test_the_states_of_ec2(wire: Wire, said: str, state: str) -> None:
    cloud = ec2(wire)
    made = cloud.create(SMALL, USER_DATA, "one")
    wire.rewrites.append((b"<name>running</name>", f"<name>{said}</name>".encode()))
    assert [it.state for it in cloud.servers().servers] == [state]
    if state == "stopping":
        assert not cloud.destroy(made.id)
        with pytest.raises(Refusal, match=f"its last server, {made.id}, is still being destroyed: wait until it is gone"):
            cloud.create(SMALL, USER_DATA, "two")
    else:
        assert cloud.create(SMALL, USER_DATA, "two").id == made.id


@pytest.mark.parametrize(
    ("provider", "looks", "state"),
    [
        ("DIGITAL_OCEAN", {"status": "active"}, "running"),
        ("DIGITAL_OCEAN", {"status": "off"}, "stopped"),
        ("DIGITAL_OCEAN", {"status": "archive"}, None),
        ("DIGITAL_OCEAN", {"tags": []}, None),
        ("LINODE", {"status": "running"}, "running"),
        ("LINODE", {"status": "shutting_down"}, "stopped"),
        ("LINODE", {"status": "offline"}, "stopped"),
        ("LINODE", {"tags": ["simulacra-grid:other"]}, None),
        ("OPENSTACK", {"status": "ACTIVE"}, "running"),
        ("OPENSTACK", {"status": "ACTIVE", "OS-EXT-STS:task_state": "deleting"}, "stopping"),
        ("OPENSTACK", {"status": "SHUTOFF"}, "stopped"),
        ("OPENSTACK", {"status": "ERROR"}, "failed"),
        ("OPENSTACK", {"status": "DELETED"}, None),
        ("OPENSTACK", {"metadata": {}}, None),
    ],
)
def test_the_states_of_the_others(world: MadeUp, provider: str, looks: dict[str, object], state: str | None) -> None:
    cloud = other(world, provider)
    cloud.create(SMALL, USER_DATA, "one")
    world.looks = looks
    assert [it.state for it in cloud.servers().servers] == ([state] if state is not None else [])


@pytest.mark.parametrize("provider", OTHERS)
def test_without_tokens_a_creation_is_asked_for_once_and_then_looked_for(world: MadeUp, provider: str) -> None:
    world.faults += ["lost"]
    cloud = other(world, provider)
    made = cloud.create(SMALL, USER_DATA, "one")
    assert [it.id for it in cloud.servers().servers] == [made.id]
    world.faults += ["500", "500"]
    with pytest.raises(Unreachable, match="it answers 500"):
        cloud.create(OTHER, USER_DATA, "two")
    assert (world.made, world.faults) == (1, ["500"])
    posts = [it for it in world.asked if it.startswith("POST") and "tokens" not in it]
    assert len(posts) == 2


@pytest.mark.parametrize("provider", OTHERS)
@pytest.mark.parametrize(
    ("code", "words", "fault", "said"),
    [
        (401, "Unable to authenticate you", Denied, "doesn't take the credentials of "),
        (
            403,
            "You are not authorized: Forbidden",
            Denied,
            "the right to list servers|the credentials of",
        ),
        (429, "Too many requests", Unreachable, "it is asked too often"),
        (500, "oh", Unreachable, "can't be reached"),
        (503, "down for maintenance", Unreachable, "can't be reached"),
    ],
)
def test_what_the_others_refuse(world: MadeUp, provider: str, code: int, words: str, fault: type[Fault], said: str) -> None:
    world.refuses = (code, words)
    with pytest.raises(fault, match=said) as raised:
        other(world, provider).servers()
    told(raised.value)


@pytest.mark.parametrize("provider", OTHERS)
@pytest.mark.parametrize(
    ("code", "words", "fault"),
    [
        (422, "creating this/these droplet(s) will exceed your droplet limit", Exhausted),
        (403, "Quota exceeded for cores: Requested 2, but already used 20 of 20 cores", Exhausted),
        (400, "Can not find requested image", Usage),
        (422, "You specified an invalid image for Droplet creation.", Usage),
        (400, "Account Limit reached. Please open a support ticket.", Exhausted),
    ],
)
def test_what_the_others_say_to_a_creation(world: MadeUp, provider: str, code: int, words: str, fault: type[Fault]) -> None:
    world.faults += [f"{code} {words}"]
    with pytest.raises(fault, match=re.escape(words)):
        other(world, provider).create(SMALL, USER_DATA, "one")
    assert world.made == 0


@pytest.mark.parametrize("provider", [*OTHERS, "EC2"])
def test_each_provider_that_hangs_is_given_up(provider: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = Endpoint("127.0.0.1", silent.getsockname()[1], secure=False)
        account = (("domain_name", "Default"), ("tenant_name", "club"))
        placed = replace(CLOUD, provider=provider, endpoint=endpoint, account=account if provider == "OPENSTACK" else ())
        cloud = CloudGateway("home", placed, login_for(placed, {**ACCOUNTS, **ENVIRONMENT}), replace(QUICK, timeout_s=0.2))
        with pytest.raises(Unreachable, match="it doesn't answer in time"):
            cloud.servers()


@pytest.mark.parametrize(
    ("provider", "where", "arrived"),
    [
        ("DIGITAL_OCEAN", "user_data", USER_DATA),
        ("LINODE", "metadata", {"user_data": base64.b64encode(USER_DATA.encode()).decode()}),
        ("OPENSTACK", "user_data", base64.b64encode(USER_DATA.encode()).decode()),
    ],
)
def test_user_data_arrives(world: MadeUp, provider: str, where: str, arrived: object) -> None:
    made = other(world, provider).create(SMALL, USER_DATA, "one")
    assert world.there[made.id]["said"][where] == arrived


@pytest.mark.parametrize(
    ("cloud", "environment", "said"),
    [
        (CLOUD, {}, "no credentials for EC2: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (CLOUD, {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": ""}, "set AWS_SECRET_ACCESS_KEY, or name other variables"),
        (
            replace(CLOUD, provider="VULTR"),
            ENVIRONMENT,
            "from VULTR yet; they can from DIGITAL_OCEAN, EC2, LINODE, OPENSTACK",
        ),
        (replace(CLOUD, region=None), ENVIRONMENT, "lacks `region`"),
        (replace(CLOUD, options=(("ebs", "1"),)), ENVIRONMENT, "EC2 has no option `ebs`; there are: assign_public_ip, iamprofile"),
        (replace(CLOUD, account=(("tenant_name", "x"),)), ENVIRONMENT, "EC2 knows no `tenant_name` of an account; it takes none"),
        (
            replace(CLOUD, provider="LINODE", credentials=Credentials(secret="S")),
            {"LINODE_TOKEN": "x", "S": "y"},
            "LINODE takes no `secret`",
        ),
        (replace(CLOUD, options=(("spot", "yes"),)), ENVIRONMENT, 'the option `spot` can\'t be \'yes\': takes "true" or "false"'),
    ],
)
def test_what_is_wrong_before_anybody_is_asked(cloud: Cloud, environment: dict[str, str], said: str) -> None:
    with pytest.raises(Usage) as raised:
        connect_cloud("home", cloud, environment)
    assert said in str(raised.value)


def told(fault: BaseException) -> None:
    """No message holds a credential, neither does one that it comes from by its own words."""
    assert KEY not in str(fault)
    assert SECRET not in str(fault)
    assert KEY not in repr(login_for(CLOUD, ENVIRONMENT))
    assert SECRET not in repr(login_for(CLOUD, ENVIRONMENT))
