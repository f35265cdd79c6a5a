"""The rights that docs/security.md asks for at a provider: just those for what is asked of it, and without one it is told which."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from made_up_clouds import made_up
from moto_cloud import moto_ec2
from test_cloud_gateway import CLOUD, SMALL, USER_DATA, ec2, other

from simulacra.faults import Denied
from simulacra.gateways.cloud import CloudPort

PAGE = (Path(__file__).resolve().parents[2] / "docs/security.md").read_text()
[POLICY] = [json.loads(fence) for fence in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
CREATE_TAGS = "CreateTags"
"""Nobody asks for it: AWS wants the right for a creation with tags. Source: "Grant permission to tag Amazon EC2 resources"."""

NEEDED = {
    "GET /v2/sizes": {"sizes:read"},
    "GET /v2/droplets": {"droplet:read"},
    "POST /v2/droplets": {"droplet:create", "tag:create"},
    "DELETE /v2/droplets/1": {"droplet:delete"},
    "GET /v4/linode/types": set(),
    "GET /v4/linode/instances": {"linodes:read_write"},
    "POST /v4/linode/instances": {"linodes:read_write"},
    "DELETE /v4/linode/instances/1": {"linodes:read_write"},
}
"""The scopes of each request, as the providers' references have them; Linode's sizes are public."""


def whole_life(cloud: CloudPort) -> None:
    """All that is ever asked of a provider."""
    cloud.offers()
    made = cloud.create(SMALL, USER_DATA, "one")
    cloud.servers()
    cloud.destroy(made.id)


def statements(action: str) -> list[dict[str, Any]]:
    return [it for it in POLICY["Statement"] if f"ec2:{action}" in it["Action"]]


def actions() -> set[str]:
    named = (it["Action"] if isinstance(it["Action"], list) else [it["Action"]] for it in POLICY["Statement"])
    return {name.removeprefix("ec2:") for names in named for name in names}


def test_ec2s_policy_has_just_what_is_asked_for() -> None:
    with moto_ec2() as wire:
        whole_life(ec2(wire))
    assert set(wire.seen) | {CREATE_TAGS} == actions()


def test_its_conditions_are_met_by_what_is_asked_for() -> None:
    with moto_ec2() as wire:
        whole_life(ec2(wire, grid="example"))
    asked = wire.params[wire.seen.index("RunInstances")]
    kinds = {asked[name][0] for name in asked if name.endswith(".ResourceType")}
    tags = {asked[name][0]: asked[name.replace("Key", "Value")][0] for name in asked if name.endswith(".Key")}
    [creating] = [it["Condition"]["StringEquals"] for it in statements("RunInstances") if "Condition" in it]
    assert tags["simulacra-grid"] == creating["aws:RequestTag/simulacra-grid"]
    assert asked["InstanceType"][0] in creating["ec2:InstanceType"]
    assert kinds == {"instance"}, "volumes and cards aren't tagged, so the right to isn't given"
    [tagging], [destroying] = statements(CREATE_TAGS), statements("TerminateInstances")
    assert tagging["Resource"] == destroying["Resource"] == "arn:aws:ec2:*:*:instance/*"
    assert destroying["Condition"]["StringEquals"] == {"aws:ResourceTag/simulacra-grid": tags["simulacra-grid"]}


@pytest.mark.parametrize("action", sorted(actions() - {CREATE_TAGS}))
def test_without_a_right_the_cloud_and_the_right_are_named(action: str) -> None:
    doing = {"RunInstances": "create servers", "TerminateInstances": "destroy servers"}.get(action, "list servers")
    with moto_ec2() as wire:
        if action in ("DescribeAddresses", "TerminateInstances"):
            ec2(wire).create(SMALL, USER_DATA, "one")  # addresses are asked for once there is a server
        wire.faults = [(action, "denied")]
        with pytest.raises(Denied) as told:
            whole_life(ec2(wire))
    assert str(told.value).startswith(f'cloud "{CLOUD.name}": EC2 refuses: ')
    assert f"give the account of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY the right to {doing}" in str(told.value)


@pytest.mark.parametrize("provider", ["DIGITAL_OCEAN", "LINODE"])
def test_scopes_are_those_of_what_is_asked_for(provider: str) -> None:
    with made_up() as world:
        whole_life(other(world, provider))
    needed: set[str] = set().union(*(NEEDED[request] for request in world.asked))
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{provider}` | a token")]
    said = row.partition("; for")[0]
    assert set(re.findall(r"`([a-z_]+:[a-z_]+)`", said)) == needed
