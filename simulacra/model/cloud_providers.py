"""The compute providers of libcloud's whose servers simulacra can name and find again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.model.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider whose servers can be tagged as they are created. ``key``, ``secret`` and ``token`` are the environment's variables
    that its own tools read; ``secret`` and ``token`` None where it has none, and a token is never needed. ``priced``: it tells what an
    hour costs, in US dollars. ``token_repeats``: a creation that is asked for again makes no second server. ``account`` is what else there
    may be to an account, by libcloud's names without ``ex_``, ``account_needed`` what there must be; ``needs_endpoint``: it has no place of
    its own.
    """

    name: str
    key: str
    secret: str | None = None
    token: str | None = None
    priced: bool = True
    needs_region: bool = True
    token_repeats: bool = False
    needs_endpoint: bool = False
    account_needed: tuple[str, ...] = ()
    account: frozenset[str] = frozenset()


SUPPORTED = {
    it.name: it
    for it in (
        Provider("DIGITAL_OCEAN", "DIGITALOCEAN_TOKEN"),
        Provider("EC2", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", token_repeats=True),
        Provider("LINODE", "LINODE_TOKEN"),
        Provider(
            "OPENSTACK",
            "OS_USERNAME",
            "OS_PASSWORD",
            priced=False,
            needs_region=False,
            needs_endpoint=True,
            account_needed=("tenant_name", "domain_name"),
            account=frozenset(
                {"tenant_name", "domain_name", "tenant_domain_id", "force_auth_version", "force_service_name", "force_base_url"}
            ),
        ),
    )
}
"""By name: the providers that simulacra can rent from."""

PRICES_IN = "USD"
"""The currency of what providers tell."""


def unreachable_as_defined(cloud: Cloud, provider: Provider) -> Iterator[tuple[str, str]]:
    """Why the provider can't be asked for servers with what the definition says, whatever the environment holds: each as the key that it is
    about, one that stands there or should, and words.
    """
    at = f'cloud "{cloud.name}"'
    if provider.needs_region and cloud.region is None:
        yield "region", f"{at} lacks `region`: {provider.name} needs one"
    if provider.needs_endpoint and cloud.endpoint is None:
        yield "endpoint", f"{at} lacks an `endpoint` block: {provider.name} has no place of its own, so say where its identity service is"
    given = dict(cloud.account)
    if lacking := [name for name in provider.account_needed if name not in given]:
        said = f"`account = {{ {', '.join(f'{name} = …' for name in lacking)} }}`"
        yield "account", f"{at} lacks {said}: the project, and the domain of its users"
    for name in given:
        if name not in provider.account:
            known = f"there are: {', '.join(sorted(provider.account))}" if provider.account else "it takes none, leave `account` out"
            yield "account", f"{at}: {provider.name} knows no `{name}` of an account; {known}"
    for name, told, usual in (("secret", cloud.credentials.secret, provider.secret), ("token", cloud.credentials.token, provider.token)):
        if told is not None and usual is None:
            yield f"credentials.{name}", f"{at}: {provider.name} takes no `{name}`: leave it out of `credentials`"
