"""The compute providers of libcloud's whose servers simulacra can name and find again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider whose servers can be tagged as they are created. ``key``, ``secret`` and ``token`` are the environment's variables
    that its own tools read; ``secret`` and ``token`` None where it has none, and a token is never needed. ``priced``: it tells what an
    hour costs, in US dollars. ``token_repeats``: a creation that is asked for again makes no second server.
    """

    name: str
    key: str
    secret: str | None = None
    token: str | None = None
    priced: bool = True
    needs_region: bool = True
    token_repeats: bool = False


SUPPORTED = {
    it.name: it
    for it in (
        Provider("DIGITAL_OCEAN", "DIGITALOCEAN_TOKEN"),
        Provider("EC2", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", token_repeats=True),
        Provider("LINODE", "LINODE_TOKEN"),
        Provider("OPENSTACK", "OS_USERNAME", "OS_PASSWORD", priced=False, needs_region=False),
    )
}
"""By name: the providers that simulacra can rent from."""

PRICES_IN = "USD"
"""The currency of what providers tell."""
