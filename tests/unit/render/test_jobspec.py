"""What a service becomes, stanza by stanza."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.render import render_job

GRID = """
grid "test" {}
zone "attic" {}
zone "office" {}
zone "cloud" {}
tier "phone" {
  rank = 10
}
tier "server" {
  rank = 30
}
machine "nas" {
  zone = "attic"
}
machine "desk" {
  zone = "office"
}
cloud "burst" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "cloud"
  tier     = "server"
  sizes    = ["t3.small"]
  image    = "ami"
}
"""


@pytest.fixture
def jobspec(tmp_path: Path):  # type: ignore[no-untyped-def]
    """The jobspec of a service called ``it`` with this body."""

    def render(body: str, driver: str = 'driver "raw_exec" {\n command = "/bin/true"\n}') -> str:
        folder = tmp_path / "grid"
        folder.mkdir(exist_ok=True)
        (folder / "grid.hcl").write_text(GRID)
        (folder / "it.hcl").write_text(f'service "it" {{\n{body}\n{driver}\n}}\n')
        grid = load(folder)
        return render_job(grid, grid.services[0])

    return render


def block(text: str, start: str) -> str:
    """The block that begins with a line, up to its closing brace at the same indentation."""
    lines = text.split("\n")
    first = next(index for index, line in enumerate(lines) if line.strip() == start)
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    last = next(index for index, line in enumerate(lines) if index > first and line == f"{indent}}}")
    return "\n".join(line.removeprefix(indent) for line in lines[first : last + 1])


def test_the_header_names_the_source_line_and_how_to_run_it(jobspec) -> None:  # type: ignore[no-untyped-def]
    head = jobspec("").split("\n\n")[0]
    assert 'grid "test", service "it", from grid/it.hcl:1' in head
    assert "simulacra run it" in head
    assert "nomad job run -preserve-counts" in head


def test_a_tier_admits_its_rank_and_higher_ones(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec('tier = "server"')
    assert 'attribute = "${meta.simulacra_rank}"\n    operator  = ">="\n    value     = "30"' in text
    assert "simulacra_rank" not in jobspec("")


@pytest.mark.parametrize(
    ("zones", "count", "only", "most"),
    [
        ('zones = "each"', 2, "attic,office", 1),  # a zone that is cloud only must be named
        ("zones = 1", 1, "attic", 1),
        ('zones = ["office", "cloud"]', 2, "cloud,office", 1),
        ('zones = "each"\ncount = 4', 4, "attic,office", 2),
        ('zones = "each"\ncount = 0', 0, "attic,office", 1),  # scaled up later, it is guaranteed all the same
    ],
)
def test_zones_are_guaranteed(jobspec, zones: str, count: int, only: str, most: int) -> None:  # type: ignore[no-untyped-def]
    text = jobspec(zones)
    assert f"    count = {count}\n" in text
    assert f'operator  = "set_contains_any"\n      value     = "{only}"' in text
    assert f'distinct_property = "${{meta.simulacra_zone}}"\n      value             = "{most}"' in text
    assert "spread {" not in text


def test_the_zones_chosen_of_several_say_why(jobspec) -> None:  # type: ignore[no-untyped-def]
    why = "    # in 1 of 2 zones, attic: a cut of attic or office leaves one side without\n    constraint {\n"
    assert why in jobspec("zones = 1")
    for all_of_them in ("zones = 2", 'zones = "each"', 'zones = ["attic"]'):
        assert "    # only in these zones\n    constraint {\n" in jobspec(all_of_them)


def test_several_instances_without_zones_are_spread(jobspec) -> None:  # type: ignore[no-untyped-def]
    assert block(jobspec("count = 2"), "spread {") == 'spread {\n  attribute = "${meta.simulacra_zone}"\n}'
    assert "spread {" not in jobspec("")
    own = jobspec('count = 2\ngroup {\n spread {\n attribute = "${node.datacenter}"\n}\n}')
    assert own.count("spread {") == 1
    assert "node.datacenter" in own


@pytest.mark.parametrize(
    ("body", "replaced"),
    [("run_twice = true", "replace    = true"), ("run_twice = false", "replace    = false"), ("", "replace    = false")],
)
def test_disconnect_follows_run_twice(jobspec, body: str, replaced: str) -> None:  # type: ignore[no-untyped-def]
    assert replaced in block(jobspec(body), "disconnect {")


def test_a_disconnect_of_its_own_wins(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec('group {\n disconnect {\n stop_on_client_after = "1m"\n}\n}')
    assert text.count("disconnect {") == 1
    assert 'stop_on_client_after = "1m"' in text


@pytest.mark.parametrize(
    ("stanza", "body"),
    [("disconnect", "lost_after"), ("update", "max_parallel"), ("spread", "attribute"), ("affinity", "attribute"), ("ui", "description")],
)
def test_a_dynamic_block_stands_in_place_of_simulacras_too(jobspec, stanza: str, body: str) -> None:  # type: ignore[no-untyped-def]
    place = "job" if stanza == "ui" else "group"
    text = jobspec(f'count = 2\n{place} {{\n dynamic "{stanza}" {{\n for_each = ["1"]\n content {{\n {body} = "1"\n}}\n}}\n}}')
    assert text.count(f"{stanza} {{") == 0
    assert text.count(f'dynamic "{stanza}" {{') == 1


def test_a_system_job_counts_and_moves_nothing(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec('type = "system"\nzones = ["attic"]')
    assert 'type = "system"' in text
    for absent in ("count =", "affinity {", "distinct_property", "update {"):
        assert absent not in text
    assert 'value     = "attic"' in text


def test_verbatim_blocks_arrive_with_their_comments_and_heredocs_untouched(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec(
        """
  task "it" {
    # why
    env {
      A = "${node.unique.name}" # where
    }
    template {
      destination = "local/x"
      data = <<EOT
 kept
	as it is $${x} ${"}"}
EOT
    }
    /* two
  lines */
    user = "nobody"
  }"""
    )
    assert '      # why\n      env {\n        A = "${node.unique.name}" # where\n      }\n' in text
    assert '<<EOT\n kept\n\tas it is $${x} ${"}"}\nEOT\n' in text
    assert "      /* two\n  lines */\n" in text


def test_carriage_returns_stay_in_heredocs_only(jobspec, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    jobspec("")
    body = 'task "it" {\n# why\n/* two\nlines */\nenv {\nA = "b" # c\n\n}\ntemplate {\ndata = <<E\nx\n\nE\ndestination = "y"\n}\n}'
    service = f'service "it" {{\ndriver "raw_exec" {{}}\n{body}\n}}\n'
    (tmp_path / "grid/it.hcl").write_bytes(service.replace("\n", "\r\n").encode())
    grid = load(tmp_path / "grid")
    text = render_job(grid, grid.services[0])
    assert [line for line in text.split("\n") if "\r" in line] == ["        data        = <<E\r", "x\r", "\r"]


def test_blocks_that_simulacra_has_a_share_in_are_put_together(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec(
        """
  port "http" {}
  job {
    # whose it is
    meta { # opened
      owner = "ann"
    } # closed
    namespace = "home"
  }
  group {
    network {
      mode = "bridge"
      port "admin" {}
    }
  }"""
    )
    assert text.count("meta {") == text.count("network {") == 1
    meta, network = block(text, "meta {"), block(text, "network {")
    assert 'simulacra_grid       = "test"' in meta
    assert '# whose it is\n  # opened\n  owner = "ann"\n  # closed' in meta
    assert 'mode = "bridge"\n' in network
    assert 'port "admin"' in network
    assert 'port "http"' in network
    assert '\n  namespace = "home"\n' in text


def test_ports_are_on_the_overlay_and_registered(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec('port "http" {\n to = 80\n check {\n type = "tcp"\n}\n}\nport "admin_ui" {\n static = 9000\n}')
    assert 'port "http" {\n        to           = 80\n        host_network = "overlay"\n      }' in text
    assert 'port "admin_ui" {\n        static       = 9000\n        host_network = "overlay"\n      }' in text
    assert 'name     = "it"\n      port     = "http"\n      provider = "nomad"' in text
    assert text.count('tags     = ["zone=${meta.simulacra_zone}"]') == 2
    assert 'name     = "it-admin-ui"\n      port     = "admin_ui"' in text
    assert 'interval = "10s"\n        timeout  = "2s"\n        type     = "tcp"' in text


def test_a_task_beside_the_own_one(jobspec) -> None:  # type: ignore[no-untyped-def]
    text = jobspec('task "sidecar" {\n driver = "exec"\n config {\n command = "/bin/cat"\n}\n}')
    assert 'task "it" {' in text
    assert block(text, 'task "sidecar" {').startswith('task "sidecar" {\n  driver = "exec"\n')


def test_the_same_grid_gives_the_same_bytes(jobspec) -> None:  # type: ignore[no-untyped-def]
    assert jobspec('zones = "each"') == jobspec('zones = "each"')
