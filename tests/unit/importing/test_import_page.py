"""What docs/import.md shows is what one gets; its commands are run with those of all pages."""

from __future__ import annotations

import re
from pathlib import Path

from compose_cases import settings

from simulacra.cli.import_text import definition_texts
from simulacra.importing.compose import import_compose

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "import.md").read_text()


def test_the_definition_is_that_of_the_compose_file() -> None:
    compose = re.search(r"<<'END'\n(.*?)END\n", PAGE, re.DOTALL)
    assert compose is not None
    found = import_compose(compose[1], settings(shell={"DB_PASSWORD": "wikijsrocks"}, machine="tower"))
    assert f"```hcl\n{definition_texts(found.definitions, 'compose.yaml')['wiki']}```" in PAGE
