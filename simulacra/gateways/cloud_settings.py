"""Who we are to a cloud's provider: credentials from the environment, by the names of the definitions or the provider's usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulacra.faults import Usage
from simulacra.model.cloud import Cloud
from simulacra.model.cloud_providers import SUPPORTED, Provider, unreachable_as_defined

SECRET_LETTERS = 6
"""What is shorter is no secret, and would be found in any word."""

STAND_IN = "SIMULACRA_CLOUD_STAND_IN"
"""The environment's variable that names what is asked in the place of all providers, so that nothing is rented: ``MODULE:CLASS:PLACE``."""


@dataclass(frozen=True, slots=True)
class Login:
    """The credentials themselves; they are never shown. ``variables`` are where they come from, for messages."""

    key: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    variables: tuple[str, ...] = ()

    def hidden(self, text: str) -> str:
        """The text with the credentials left out, wherever they stand in it."""
        for secret in (self.secret, self.token, self.key):
            text = text.replace(secret, "…") if secret and len(secret) >= SECRET_LETTERS else text
        return text


NOBODY = Login(key="")
"""To a stand-in, which asks for no credentials."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A driver of libcloud's kind, the class ``driver`` of ``module``, and the ``place`` that it is told to ask at."""

    module: str
    driver: str
    place: str


def stand_in_of(environment: Mapping[str, str]) -> StandIn | None:
    """What stands in for all providers; None where nothing does. Raises `Usage` where what is set, be it empty, names none: the
    providers themselves are asked only where nothing is said.
    """
    told = environment.get(STAND_IN)
    if told is None:
        return None
    module, _, rest = told.partition(":")
    driver, _, place = rest.partition(":")
    if not (module and driver and place):
        raise Usage(
            f"{STAND_IN} is {told!r}, which names no driver: it takes MODULE:CLASS:PLACE; unset it to ask the clouds' own providers"
        )
    return StandIn(module, driver, place)


def provider_of(cloud: Cloud) -> Provider:
    """What is known of the cloud's provider; raises `Usage` where its servers couldn't be named and found again, and where the definition
    lacks what it takes to ask for them.
    """
    found = SUPPORTED.get(cloud.provider)
    if found is None:
        raise Usage(
            f'{cloud.source}: cloud "{cloud.name}": servers can\'t be rented from {cloud.provider} yet; '
            f"they can from {', '.join(SUPPORTED)}: take one of these, or leave the cloud out"
        )
    for _, said in unreachable_as_defined(cloud, found):
        raise Usage(f"{cloud.source}: {said}")
    return found


def login_for(cloud: Cloud, environment: Mapping[str, str]) -> Login:
    """The cloud's credentials; raises `Usage` with what to set where one is missing."""
    provider, named = provider_of(cloud), cloud.credentials
    key, secret, token = named.key or provider.key, named.secret or provider.secret, named.token or provider.token
    wanted = tuple(name for name in (key, secret) if name is not None)
    missing = [name for name in wanted if not environment.get(name)]
    if missing:
        raise Usage(
            f'cloud "{cloud.name}": no credentials for {cloud.provider}: set {" and ".join(missing)}, '
            "or name other variables in its `credentials` block"
        )
    return Login(
        key=environment[key],
        secret=environment[secret] if secret is not None else None,
        token=environment.get(token) or None if token is not None else None,
        variables=wanted,
    )
