"""Clouds, for what one's own machines can't carry."""

from __future__ import annotations

import re

from simulacra.definitions import kinds, time_kinds
from simulacra.definitions.kinds import Kind, Wrong
from simulacra.definitions.language.common import DESCRIPTION, MEBIBYTES, MHZ, NAMED, NODE_NAME, build, named
from simulacra.definitions.problems import did_you_mean, nearest, quoted
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.hcl.values import Value
from simulacra.model.cloud import Cloud, Credentials, Endpoint, SizeFacts
from simulacra.model.cloud_providers import SUPPORTED

MONTH_S = 31 * 86400
_IS_A_KEY = r"A[KS]IA[A-Z0-9]{16}"
"""What AWS's access keys look like: as the name of a variable would."""


def _provider() -> Kind:
    takes = f"one of {', '.join(map(quoted, SUPPORTED))}, from which servers can be rented"
    known = kinds.text(takes)

    def read(value: Value) -> str:
        name: str = known.read(value)
        if name not in SUPPORTED:
            raise Wrong(value.line, kinds.none_of(quoted(name), takes, nearest(name.upper(), SUPPORTED)))
        return name

    return Kind(takes, read)


def _variable(example: str) -> Kind:
    """The name of a variable; a credential that stands in its place isn't repeated in the message."""
    name = kinds.text("the name of an environment's variable", r"[A-Z_][A-Z0-9_]*", f'"{example}"')

    def read(value: Value) -> str:
        try:
            found: str = name.read(value)
        except Wrong as wrong:
            raise Wrong(wrong.line, f"takes {name.takes}: put the credential into that variable, not here") from None
        if re.fullmatch(_IS_A_KEY, found):
            raise Wrong(value.line, f"holds what looks like a key itself: it takes {name.takes}, and the key goes into that variable")
        return found

    return Kind(name.takes, read)


def _host() -> Kind:
    return kinds.text("a host's name or address", r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]", '"openstack.example.org"')


def _cloud(found: Found) -> Cloud:
    cloud = Cloud(name=found.label, source=found.source, **found.values)
    if cloud.min > cloud.max:
        raise Wrong(found.lines["min"], f"`min` ({cloud.min}) is more than `max` ({cloud.max}): lower one, or raise the other")
    for it in cloud.facts:
        if it.name not in cloud.sizes:
            said = f"`sizes` doesn't name {quoted(it.name)}, so nothing need be said of it: add it there, or remove this block."
            raise Wrong(found.lines[f"size {it.name}"], said + did_you_mean(it.name, cloud.sizes))
    return cloud


SIZE = Schema(
    "What the provider doesn't tell of a size, or what you know better.",
    build(SizeFacts, "name"),
    label=named("a size"),
    keys={
        "price": Key(kinds.number(0, 1_000_000), "what a server of it costs in an hour, in the cloud's `currency`"),
        "cpu_mhz": Key(kinds.whole(1, MHZ[1], "MHz"), "the speed of all its cores together", left_out="its cores times an ordinary clock"),
        "memory_mb": Key(kinds.whole(1, MEBIBYTES[1], "MiB"), "its memory, all of it", left_out="what the provider tells"),
        "disk_mb": Key(kinds.whole(0, MEBIBYTES[1], "MiB"), "its disk for tasks", left_out="what the provider tells"),
    },
)

ENDPOINT = Schema(
    "Where the provider's API is: for a cloud of one's own, and for tests.",
    build(Endpoint),
    keys={
        "host": Key(_host(), "the host that the API is on", required=True),
        "port": Key(kinds.whole(1, 65535), "the API's port", left_out="443, or 80 with `secure = false`"),
        "secure": Key(kinds.truth(), "whether it speaks TLS; its certificate is verified"),
    },
)

CREDENTIALS = Schema(
    "Which variables of the environment hold the credentials. These themselves never stand in definitions.",
    build(Credentials),
    keys={
        "key": Key(_variable("AWS_ACCESS_KEY_ID"), "the variable with the key, token or user's name", left_out="the provider's usual one"),
        "secret": Key(_variable("AWS_SECRET_ACCESS_KEY"), "the variable with the secret or password", left_out="the provider's usual one"),
        "token": Key(
            _variable("AWS_SESSION_TOKEN"), "the variable with a session's token, where there is one", left_out="the provider's usual one"
        ),
    },
)

CLOUD = Schema(
    "A provider of servers that are booted when the machines of one's own aren't enough.",
    _cloud,
    label=NODE_NAME,
    keys={
        "provider": Key(_provider(), "whose servers they are, by the name that Apache Libcloud has for it", required=True),
        "region": Key(NAMED, "the provider's region; all but OpenStack need one"),
        "zone": Key(named("a zone"), "the zone that its servers are in", required=True),
        "tier": Key(named("a tier"), "the tier that its servers are of", required=True),
        "sizes": Key(kinds.items(NAMED, "sizes", filled=True), "the sizes that may be taken, by the provider's names", required=True),
        "image": Key(NAMED, "the image that its servers boot, by the provider's id; it must run cloud-init", required=True),
        "min": Key(kinds.whole(0, 10_000, "servers"), "how many there are at least"),
        "max": Key(kinds.whole(0, 10_000, "servers"), "how many there are at most, of all sizes together"),
        "monthly_budget": Key(
            kinds.number(0, 1e9), "what may be spent on it in a month, in `currency`", left_out="as much as `max` servers cost"
        ),
        "currency": Key(
            kinds.text("a currency's code", r"[A-Z]{3}", '"USD"'),
            "the currency of its prices and its budget; providers tell theirs in USD, for another each size needs a `price`",
        ),
        "billed_by": Key(
            time_kinds.duration(1, MONTH_S), "the unit that is billed: one that has begun is paid for as a whole", field="billed_by_s"
        ),
        "boot_time": Key(
            time_kinds.duration(1, 3600), "how long it takes from asking for a server until it can run work", field="boot_time_s"
        ),
        "drivers": Key(
            kinds.items(NAMED, "task drivers"),
            "the task drivers that work on its image, by Nomad's names; once a server was on, what it had counts",
        ),
        "peers": Key(
            kinds.items(
                kinds.text("an address of yggdrasil's", r"(tls|tcp|quic|ws|wss)://[^\s\"']+", '"tls://home.example.org:9001"'),
                'addresses, for example ["tls://home.example.org:9001"]',
            ),
            "where a new server finds the overlay: machines of the grid that can be reached from the internet",
        ),
        "options": Key(
            kinds.mapping('{ keyname = "me" }'),
            "what else a server is created with: libcloud's arguments for the provider, without `ex_`: see [Clouds](clouds.md)",
        ),
        "account": Key(
            kinds.mapping('{ tenant_name = "club" }'),
            "what else there is to the account, for OpenStack: its tenant, its domain: see [Clouds](clouds.md)",
        ),
        "description": DESCRIPTION,
    },
    parts={
        "size": Part(SIZE, "what the provider doesn't tell of a size", field="facts", many=True),
        "endpoint": Part(ENDPOINT, "where the provider's API is"),
        "credentials": Part(CREDENTIALS, "which variables hold the credentials"),
    },
)
