"""What the pages show on a Nomad, run on the real one."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from dev_agent import Agent, dev_agent, free_ports

from simulacra.lab.programs import find_autoscaler

pytestmark = pytest.mark.nomad
SAID_BY_THE_AUTOSCALER = "encountered an error starting the policy handler"
PLAIN, SECURED = pages.shown("nomad"), pages.shown("secured")


@pytest.fixture(scope="module")
def plain(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """A Nomad of its own: pages submit jobs."""
    with dev_agent(nomad_binary, tmp_path_factory.mktemp("plain")) as agent:
        yield agent


@pytest.fixture(scope="module")
def token(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What reaches a Nomad with access control, as its manager."""
    with dev_agent(nomad_binary, tmp_path_factory.mktemp("secured"), "acl { enabled = true }", ready=False) as agent:
        yield {"NOMAD_ADDR": agent.address, "NOMAD_TOKEN": _bootstrap(agent.address)}


def _bootstrap(address: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + 30
    while True:  # until there is a leader
        try:
            with opener.open(urllib.request.Request(f"{address}/v1/acl/bootstrap", b"{}", method="POST"), timeout=5) as answer:
                return str(json.load(answer)["SecretID"])
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@pytest.mark.parametrize("page", PLAIN)
def test_what_is_shown_works_on_a_nomad(page: str, plain: Agent, tmp_path: Path) -> None:
    more = {"NOMAD_ADDR": plain.address, "FREE_PORT": str(free_ports(1)[0])}
    pages.check_page(PLAIN[page], tmp_path, pages.environment(os.environ, **more))


@pytest.mark.parametrize("page", SECURED)
def test_what_is_shown_works_with_access_control(page: str, token: dict[str, str], tmp_path: Path) -> None:
    account = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
    pages.check_page(SECURED[page], tmp_path, pages.environment(os.environ, **token, **account))


@pytest.mark.autoscaler
def test_the_autoscaler_says_what_is_quoted_of_it() -> None:
    assert SAID_BY_THE_AUTOSCALER in (pages.ROOT / "docs" / "troubleshooting.md").read_text()
    assert SAID_BY_THE_AUTOSCALER.encode() in Path(find_autoscaler()).read_bytes()
