"""How libcloud's drivers differ: how each is made, and how tags, user data and options are handed to it and read from it.

Source: the ``create_node`` and ``_to_node`` of libcloud 3.9's drivers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from gzip import compress
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, Protocol

from simulacra.faults import Usage
from simulacra.gateways.cloud_settings import Login
from simulacra.model.cloud import TAG_CLOUD, TAG_MACHINE, Cloud

Tags = Mapping[str, str]
Option = Callable[[str], Any]
"""From an option's text to what the driver takes."""


class Node(Protocol):
    """libcloud's ``Node``, as far as it is read."""

    id: Any
    name: str
    state: str
    public_ips: Sequence[str]
    private_ips: Sequence[str]
    created_at: Any
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A server to be created. ``token`` names the creation: a provider that keeps tokens makes one server of it, however often asked."""

    tags: Tags
    user_data: str
    token: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manners:
    """How one driver wants it: the arguments that it is made with, those of a creation beside name, size and image, and of a listing;
    the tags of a node; the options that people may give, by their names in the definitions.
    """

    made_with: Callable[[Cloud, Login], dict[str, Any]]
    created_with: Callable[[Wanted], dict[str, Any]]
    tags: Callable[[Node], Tags]
    options: Mapping[str, Option]
    listed_with: Callable[[str, str], dict[str, Any]] = lambda _tag, _value: {}
    """A tag and its value that all nodes to be listed have; empty where the driver can't choose by it."""
    takes_location: bool = False
    sizes_by_location: bool = False
    clock_mhz: Callable[[Mapping[str, Any]], int | None] = field(default=lambda _extra: None)
    tells_own_currency: bool = False
    """Whether its prices are in the cloud's currency, whichever that is."""


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError('takes "true" or "false"')
    return text == "true"


def _several(text: str) -> list[str]:
    return [part for part in (it.strip() for it in text.split(",")) if part]


def _by_id(text: str) -> Any:
    return SimpleNamespace(id=text)


def _by_name(text: str) -> Any:
    return SimpleNamespace(name=text)


def _prefixed(options: Mapping[str, Any]) -> dict[str, Any]:
    return {f"ex_{name}": value for name, value in options.items()}


def _ec2_clock(extra: Mapping[str, Any]) -> int | None:
    """``clockSpeed`` as AWS's price list has it: "3.1 GHz", "Up to 3.3 GHz"."""
    for word in str(extra.get("clockSpeed", "")).split():
        try:
            return int(float(word) * 1000)
        except ValueError:
            continue
    return None


LONGEST_EC2_TOKEN = 64


def _ec2_token(token: str) -> str:
    """A token of the length that EC2 takes; of a longer one something that is as much its own."""
    return token if len(token) <= LONGEST_EC2_TOKEN else sha256(token.encode()).hexdigest()


EC2 = Manners(
    # version 4 is what every region takes; the driver's own default for older regions, 2, is refused by most
    made_with=lambda cloud, login: {
        "secret": login.secret,
        "region": cloud.region,
        "signature_version": "4",
        **({"token": login.token} if login.token is not None else {}),
        **({"host": cloud.endpoint.host} if cloud.endpoint is not None else {}),
    },
    created_with=lambda it: {
        "ex_metadata": dict(it.tags),
        # compressed, as cloud-init takes it too: libcloud puts it into the address that is asked for, and long ones are refused
        "ex_userdata": compress(it.user_data.encode(), mtime=0),
        "ex_clienttoken": _ec2_token(it.token),
        # a server that powers itself off is gone, and costs nothing any more
        "ex_terminate_on_shutdown": True,
        **_prefixed(it.options),
    },
    tags=lambda node: node.extra.get("tags") or {},
    options={
        "keyname": str,
        "subnet": _by_id,
        "security_groups": _several,
        "security_group_ids": _several,
        "iamprofile": str,
        "placement_group": str,
        "assign_public_ip": _truth,
        "spot": _truth,
        "spot_max_price": float,
    },
    listed_with=lambda tag, value: {"ex_filters": {f"tag:{tag}": value}},
    clock_mhz=_ec2_clock,
)


def _openstack_made(cloud: Cloud, login: Login) -> dict[str, Any]:
    assert cloud.endpoint is not None, "provider_of refuses a cloud without one"
    scheme, port = ("https" if cloud.endpoint.secure else "http"), cloud.endpoint.port
    given = {f"ex_{name}": value for name, value in cloud.account}
    return {
        "secret": login.secret,
        "ex_force_auth_url": f"{scheme}://{cloud.endpoint.host}{f':{port}' if port else ''}",
        "api_version": "2.2",
        "ex_force_auth_version": "3.x_password",
        **({"ex_force_service_region": cloud.region} if cloud.region is not None else {}),
        **given,
    }


OPENSTACK = Manners(
    made_with=_openstack_made,
    created_with=lambda it: {
        "ex_metadata": dict(it.tags),
        "ex_userdata": it.user_data,
        **{name if name == "networks" else f"ex_{name}": value for name, value in it.options.items()},
    },
    tags=lambda node: node.extra.get("metadata") or {},
    options={
        "keyname": str,
        "availability_zone": str,
        "config_drive": _truth,
        "security_groups": lambda text: [_by_name(it) for it in _several(text)],
        "networks": lambda text: [_by_id(it) for it in _several(text)],
    },
)


def _flat(tags: Tags) -> list[str]:
    """Tags for providers whose tags are words; they are short, so which machine it is the server's own name says."""
    return [f"{key}:{value}" for key, value in tags.items() if key != TAG_MACHINE]


def _from_flat(node: Node) -> Tags:
    pairs = (str(it).partition(":") for it in node.extra.get("tags") or ())
    return {**{key: value for key, colon, value in pairs if colon}, TAG_MACHINE: node.name}


def _droplet_created(it: Wanted) -> dict[str, Any]:
    cloud = it.tags[TAG_CLOUD]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", cloud):
        raise Usage(f'cloud "{cloud}": DigitalOcean\'s tags have letters, digits, dashes and underscores only: rename the cloud')
    return {"ex_create_attr": {**it.options, "tags": _flat(it.tags)}, "ex_user_data": it.user_data}


DIGITAL_OCEAN = Manners(
    made_with=lambda _cloud, _login: {},
    created_with=_droplet_created,
    tags=_from_flat,
    options={"ssh_keys": _several, "ipv6": _truth, "backups": _truth, "private_networking": _truth},
    takes_location=True,
    sizes_by_location=True,
)


LONGEST_LINODE_TAG = 50


def _linode_created(it: Wanted) -> dict[str, Any]:
    from secrets import token_urlsafe

    tags = _flat(it.tags)
    long = next((tag for tag in tags if len(tag) > LONGEST_LINODE_TAG), None)
    if long is not None:
        todo = "shorten the name of the grid or of the cloud"
        raise Usage(f'cloud "{it.tags[TAG_CLOUD]}": Linode takes tags of {LONGEST_LINODE_TAG} letters at most, not {long}: {todo}')
    # Linode wants a password for root with every image; nobody is told this one
    return {"root_pass": token_urlsafe(32), "ex_tags": tags, "ex_userdata": it.user_data, **_prefixed(it.options)}


LINODE = Manners(
    made_with=lambda _cloud, _login: {},
    created_with=_linode_created,
    tags=_from_flat,
    options={"authorized_keys": _several, "authorized_users": _several, "private_ip": _truth, "backups_enabled": _truth},
    takes_location=True,
)


def account_of(cloud: Cloud) -> str:
    """Clouds of one account see each other's servers: those of one provider, region and endpoint."""
    return " ".join(filter(None, (cloud.provider, cloud.region, cloud.endpoint.host if cloud.endpoint is not None else None)))


STANDING_IN = Manners(
    made_with=lambda cloud, _login: {"account": account_of(cloud)},
    created_with=lambda it: {"ex_tags": dict(it.tags), "ex_userdata": it.user_data, "ex_token": it.token},
    tags=lambda node: node.extra.get("tags") or {},
    options={},
    tells_own_currency=True,
)
"""Those of a driver that stands in for all providers: options are for the real ones."""

MANNERS: Mapping[str, Manners] = {"DIGITAL_OCEAN": DIGITAL_OCEAN, "EC2": EC2, "LINODE": LINODE, "OPENSTACK": OPENSTACK}
"""By the provider's name; those of `simulacra.model.cloud_providers.SUPPORTED`."""


def options_for(cloud: Cloud, manners: Manners) -> dict[str, Any]:
    """The cloud's options as the driver takes them; raises `Usage` for one that it doesn't have."""
    made: dict[str, Any] = {}
    for name, text in cloud.options:
        read = manners.options.get(name)
        at = f'{cloud.source}: cloud "{cloud.name}"'
        if read is None:
            raise Usage(f"{at}: {cloud.provider} has no option `{name}`; there are: {', '.join(sorted(manners.options))}")
        try:
            made[name] = read(text)
        except ValueError as error:
            raise Usage(f"{at}: the option `{name}` can't be {text!r}: {error}") from error
    return made
