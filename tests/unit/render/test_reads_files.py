"""Which jobspecs only the `nomad` program can read."""

from __future__ import annotations

import pytest

from simulacra.model.jobspec import Jobspec
from simulacra.render.existing import reads_files


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ('data = file("page")\n', True),
        ('data = filebase64 ("page")\n', True),
        ('image = "${trimspace(file("page"))}"\n', True),
        ('data = <<END\n${file("page")}\nEND\n', True),
        ('# file("page")\ndata = ""\n', False),
        ('data = "file(page)"\n', False),
        ('data = <<END\nwith file("page") as it:\nEND\n', False),
        ('data = "$${file(1)}"\n', False),
        ("file = 1\nprofile = lower(x)\n", False),
    ],
)
def test_a_call_counts_and_a_mention_doesnt(text: str, reads: bool) -> None:
    assert reads_files(Jobspec("grid/web.nomad.hcl", text=text)) == reads
