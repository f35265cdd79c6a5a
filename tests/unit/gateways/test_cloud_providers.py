"""How each provider's driver wants it: its own arguments, tags there and back, options."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from libcloud.compute.drivers.digitalocean import DigitalOcean_v2_NodeDriver
from libcloud.compute.drivers.ec2 import EC2NodeDriver
from libcloud.compute.drivers.linode import LinodeNodeDriverV4
from libcloud.compute.drivers.openstack import OpenStack_2_NodeDriver

from simulacra.faults import Usage
from simulacra.gateways.cloud_providers import MANNERS, Wanted, options_for
from simulacra.gateways.cloud_settings import Login, provider_of
from simulacra.model.cloud import TAG_CLOUD, TAG_GRID, TAG_MACHINE, TAG_SIZE, Cloud, Endpoint
from simulacra.model.cloud_providers import SUPPORTED

DRIVERS: dict[str, Any] = {
    "DIGITAL_OCEAN": DigitalOcean_v2_NodeDriver,
    "EC2": EC2NodeDriver,
    "LINODE": LinodeNodeDriverV4,
    "OPENSTACK": OpenStack_2_NodeDriver,
}
TAGS = {TAG_GRID: "home", TAG_MACHINE: "burst-a-1", TAG_CLOUD: "burst", TAG_SIZE: "a:b"}
GIVEN = {"assign_public_ip": "true", "spot": "false", "spot_max_price": "0.01", "config_drive": "true"}


def test_each_supported_provider_has_manners() -> None:
    assert set(MANNERS) == set(SUPPORTED) == set(DRIVERS)


def cloud_of(provider: str, **options: str) -> Cloud:
    account = (("domain_name", "Default"), ("tenant_name", "club"))
    return Cloud(
        "burst", provider, "z", "t", ("a",), "i", region="r", options=tuple(options.items()), account=account, endpoint=Endpoint("h", 5000)
    )


@pytest.mark.parametrize("provider", sorted(MANNERS))
def test_what_a_server_is_created_with_is_what_the_driver_takes(provider: str) -> None:
    """With every option: names that libcloud changes would be found here."""
    manners = MANNERS[provider]
    truths = {"ipv6", "backups", "private_networking", "private_ip", "backups_enabled"}
    options = {name: GIVEN.get(name, "true" if name in truths else "x") for name in manners.options}
    made = options_for(cloud_of(provider, **options), manners)
    arguments = manners.created_with(Wanted(TAGS, "#cloud-config\n", "token", made))
    takes = inspect.signature(DRIVERS[provider].create_node).parameters
    assert set(arguments) <= set(takes)
    needs_place = "location" in takes and takes["location"].default is inspect.Parameter.empty
    assert needs_place is manners.takes_location
    assert set(manners.listed_with(TAG_GRID, "home")) <= set(inspect.signature(DRIVERS[provider].list_nodes).parameters)
    assert not manners.sizes_by_location or "location" in inspect.signature(DRIVERS[provider].list_sizes).parameters
    if provider == "DIGITAL_OCEAN":
        assert set(arguments["ex_create_attr"]) <= set(DigitalOcean_v2_NodeDriver.EX_CREATE_ATTRIBUTES)


@pytest.mark.parametrize(
    ("provider", "extra"),
    [
        ("EC2", {"tags": TAGS}),
        ("OPENSTACK", {"metadata": TAGS}),
        ("DIGITAL_OCEAN", {"tags": ["simulacra-grid:home", "simulacra-cloud:burst", "simulacra-size:a:b", "mine"]}),
        ("LINODE", {"tags": ["simulacra-grid:home", "simulacra-cloud:burst", "simulacra-size:a:b"]}),
    ],
)
def test_tags_come_back_as_they_were_given(provider: str, extra: dict[str, Any]) -> None:
    node: Any = SimpleNamespace(id=1, name="burst-a-1", state="running", public_ips=(), private_ips=(), created_at=None, extra=extra)
    assert dict(MANNERS[provider].tags(node)) == TAGS
    node.extra = {}
    assert TAG_GRID not in MANNERS[provider].tags(node)


def test_linodes_root_gets_another_password_each_time() -> None:
    wanted = Wanted(TAGS, "", "token", {})
    first, second = (MANNERS["LINODE"].created_with(wanted)["root_pass"] for _ in range(2))
    assert first != second
    assert len(first) > 20


def test_openstack_is_made_with_its_account() -> None:
    made = MANNERS["OPENSTACK"].made_with(cloud_of("OPENSTACK"), Login("me", "secret"))
    assert made == {
        "secret": "secret",
        "ex_force_auth_url": "https://h:5000",
        "api_version": "2.2",
        "ex_force_auth_version": "3.x_password",
        "ex_force_service_region": "r",
        "ex_domain_name": "Default",
        "ex_tenant_name": "club",
    }


@pytest.mark.parametrize(
    ("account", "endpoint", "said"),
    [
        ((), Endpoint("h"), "lacks `account = { tenant_name = …, domain_name = … }`"),
        ((("tenant_name", "x"),), None, "lacks an `endpoint` block"),
    ],
)
def test_openstack_without_what_it_needs(account: tuple[tuple[str, str], ...], endpoint: Endpoint | None, said: str) -> None:
    cloud = Cloud("burst", "OPENSTACK", "z", "t", ("a",), "i", account=account, endpoint=endpoint)
    with pytest.raises(Usage) as raised:
        provider_of(cloud)
    assert said in str(raised.value)


@pytest.mark.parametrize(("speed", "mhz"), [("3.1 GHz", 3100), ("Up to 3.3 GHz", 3300), ("", None), ("fast", None)])
def test_ec2s_clock(speed: str, mhz: int | None) -> None:
    assert MANNERS["EC2"].clock_mhz({"clockSpeed": speed}) == mhz


def test_names_that_do_not_fit_into_tags() -> None:
    with pytest.raises(Usage, match="rename the cloud"):
        MANNERS["DIGITAL_OCEAN"].created_with(Wanted({**TAGS, TAG_CLOUD: "my.cloud"}, "", "token", {}))
    with pytest.raises(Usage, match=r"Linode takes tags of 50 letters at most, not simulacra-grid:g{36}: shorten"):
        MANNERS["LINODE"].created_with(Wanted({**TAGS, TAG_GRID: "g" * 36}, "", "token", {}))


def test_a_creation_that_has_a_long_name_has_a_token_all_the_same() -> None:
    """EC2 takes 64 letters; a slot may have as many alone."""

    def token(creation: str) -> str:
        made: str = MANNERS["EC2"].created_with(Wanted(TAGS, "", creation, {}))["ex_clienttoken"]
        return made

    slot = "burst-" + "x" * 57
    assert token("burst-a-1-1700049600000") == "burst-a-1-1700049600000"
    assert token(f"{slot}-1700049600000") == token(f"{slot}-1700049600000")
    assert token(f"{slot}-1700049600000") != token(f"{slot}-1700049600001")
    assert len(token(f"{slot}-1700049600000")) == 64
