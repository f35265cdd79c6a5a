"""libcloud's drivers: how the one for a cloud is made, or the one that stands in for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from simulacra.faults import Usage
from simulacra.gateways.cloud_providers import Manners
from simulacra.gateways.cloud_settings import STAND_IN, Login, StandIn
from simulacra.model.cloud import Cloud

T = TypeVar("T")


def make_driver(cloud: Cloud, login: Login, manners: Manners, timeout_s: float, stand_in: StandIn | None = None) -> Any:
    """The driver, which has asked nothing yet; raises `Usage` for a region that there isn't, and for a stand-in that there isn't."""
    if stand_in is not None:
        return _registered(stand_in)(stand_in.place, timeout=timeout_s, **manners.made_with(cloud, login))
    from libcloud.compute.providers import get_driver
    from libcloud.compute.types import Provider

    made = get_driver(getattr(Provider, cloud.provider))
    try:
        driver = made(login.key, **manners.made_with(cloud, login))
    except ValueError as error:
        hint = did_you_mean(cloud.region or "", made.list_regions() if hasattr(made, "list_regions") else ())
        raise Usage(f'{cloud.source}: cloud "{cloud.name}": {cloud.provider} isn\'t in region "{cloud.region}"{hint}') from error
    connection: Any = driver.connection
    connection.timeout, connection.retryCls = timeout_s, _Once
    if cloud.provider == "OPENSTACK":
        return driver  # where its API is, its identity service tells
    if cloud.endpoint is not None:
        connection.host, connection.secure = cloud.endpoint.host, cloud.endpoint.secure
        connection.port = cloud.endpoint.port or (443 if cloud.endpoint.secure else 80)
    connection.connect()  # by these from now on: it asks nothing yet
    return driver


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """How a message about a name that isn't known ends."""
    near = get_close_matches(name, sorted(known), 1)
    return f"; did you mean {near[0]}?" if near else ": correct it"


def _registered(stand_in: StandIn) -> Any:
    """The stand-in's class, known to libcloud from now on by where it is."""
    from libcloud.compute.providers import DRIVERS, get_driver, set_driver

    name, register = f"{stand_in.module}:{stand_in.driver}", cast(Any, set_driver)  # it takes names, and says otherwise
    try:
        return get_driver(name) if name in DRIVERS else register(name, stand_in.module, stand_in.driver)
    except (AttributeError, ImportError) as error:
        raise Usage(f"{STAND_IN} names a driver that there isn't: {name} ({error}): correct or unset it") from error


class _Once:
    """In the place of libcloud's own retries, which an environment's variable switches on, for creations too."""

    def __init__(self, **_: Any) -> None:
        pass

    def __call__(self, asked: Callable[..., T]) -> Callable[..., T]:
        return asked
