"""What all tests share: the real nomad, where it is, and an agent of it on the loopback."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dev_agent import Agent, dev_agent
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # a shell's background jobs, and what they start, are deaf to it: programs under test must hear their Ctrl-C all the same
    signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.append(str(ROOT / "tests" / "contract"))  # the fakes that keep the contracts there
sys.path.append(str(ROOT / "bench"))  # the simulated gossip

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def nomad_binary() -> Path:
    """The real nomad: NOMAD_BIN, else the checkout's .tools/bin, else the one on PATH."""
    here = ROOT / ".tools" / "bin" / "nomad"
    found = os.environ.get("NOMAD_BIN") or (str(here) if here.exists() else shutil.which("nomad"))
    if not found:
        pytest.fail("no nomad: ./setup.sh test builds one, or set NOMAD_BIN")
    return Path(found)


@pytest.fixture(scope="session")
def consul_binary() -> Path:
    """The real consul: CONSUL_BIN, else the checkout's .tools/bin, else the one on PATH."""
    here = ROOT / ".tools" / "bin" / "consul"
    found = os.environ.get("CONSUL_BIN") or (str(here) if here.exists() else shutil.which("consul"))
    if not found:
        pytest.fail("no consul: ./setup.sh test builds one, or set CONSUL_BIN")
    return Path(found)


@pytest.fixture(scope="session")
def nomad_agent(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """A Nomad of one machine, labelled as a grid's; it is shared, so tests name their jobs apart."""
    with dev_agent(nomad_binary, tmp_path_factory.mktemp("nomad")) as agent:
        yield agent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What failed, and was then tried again: why it did."""
    tried_again = terminalreporter.stats.get("rerun", [])
    if tried_again:
        terminalreporter.section("TRIED AGAIN")
    for report in tried_again:
        terminalreporter.write_line(f"RERUN {report.nodeid}\n{report.longreprtext}\n{report.capstdout}")
