"""What the contracts share: a guarded Nomad, one for each file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from guarded_grid import Guarded, guarded_grid


@pytest.fixture(scope="module")
def guarded(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A Nomad with access control and a grid on it, for all tests of a file: those of others leave their traces in it."""
    with guarded_grid(nomad_binary, tmp_path_factory.mktemp("guarded")) as made:
        yield made
