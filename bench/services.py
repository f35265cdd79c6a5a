"""A grid of many services as people write them: one file each, of three kinds in turn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GRID = """\
grid "bench" {
  timezone = "Europe/Amsterdam"
}

uplink "fiber" {}

zone "attic" {
  uplink = "fiber"
}

zone "cellar" {}

zone "office" {}

tier "server" {
  rank = 20
}

tier "hypervisor" {
  rank = 40
}
"""

MACHINE = """\
machine "{name}" {{
  zone = "{zone}"
  tier = "{tier}"

  has {{
    cpu_mhz   = 16000
    memory_mb = 65536
    disk_mb   = 500000
    drivers   = ["docker", "exec"]
  }}

  watts {{
    idle = 40
    busy = 120
  }}
}}
"""

TOOL = """\
# builds what is pushed
service "{name}" {{
  description = "Builds, number {number}"
  tier        = "hypervisor"
  on_demand   = true
  moves       = "never"

  needs {{
    machines  = 3
    memory_mb = 32768
  }}

  driver "docker" {{
    image = "{image}"
  }}

  resources {{
    cpu    = {cpu}
    memory = {memory}
  }}

  port "http" {{
    to = {port}

    check {{
      type     = "http"
      path     = "/login"
      interval = "10s"
      timeout  = "2s"
    }}
  }}

  group {{
    ephemeral_disk {{
      size   = {disk} # megabytes
      sticky = true
    }}
  }}
}}
"""

SITE = """\
service "{name}" {{
  zones     = "each"
  run_twice = true

  driver "docker" {{
    image = "{image}"
    args  = ["caddy", "file-server", "--root", "/srv/{name}"]
  }}

  resources {{
    cpu    = {cpu}
    memory = {memory}
  }}

  port "http" {{
    to = {port}

    check {{
      type     = "tcp"
      interval = "15s"
      timeout  = "2s"
    }}
  }}

  task "{name}" {{
    env {{
      SITE = "{name}"
    }}
  }}
}}
"""

WORKER = """\
service "{name}" {{
  type  = "batch"
  count = 2

  driver "exec" {{
    command = "/usr/bin/python3"
    args    = ["-m", "worker", "--queue", "{name}"]
  }}

  resources {{
    cpu    = {cpu}
    memory = {memory}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A service as it was written: which kind it is, and what differs from its neighbours."""

    kind: str
    name: str
    number: int
    image: str
    cpu: int
    memory: int
    port: int
    disk: int

    @property
    def file(self) -> str:
        return f"services/{self.name}.hcl"

    def text(self) -> str:
        """Its definition."""
        form = {"tool": TOOL, "site": SITE, "worker": WORKER}[self.kind]
        return form.format(
            name=self.name, number=self.number, image=self.image, cpu=self.cpu, memory=self.memory, port=self.port, disk=self.disk
        )


def services(count: int) -> tuple[Written, ...]:
    """That many services: tools, sites and workers in turn."""
    return tuple(
        Written(
            kind=("tool", "site", "worker")[number % 3],
            name=f"{('tool', 'site', 'worker')[number % 3]}-{number:05d}",
            number=number,
            image=f"registry.example/{number % 17}/app:1.{number}",
            cpu=100 + number % 900,
            memory=128 + number % 512,
            port=8000 + number % 1000,
            disk=300 + number % 100,
        )
        for number in range(count)
    )


def write_grid(folder: Path, written: tuple[Written, ...]) -> None:
    """Write the grid's definitions: its zones and tiers, six machines, and each service in a file of its own."""
    (folder / "services").mkdir(parents=True)
    (folder / "grid.hcl").write_text(GRID, encoding="utf-8")
    machines = [
        MACHINE.format(name=f"{zone}-{tier}", zone=zone, tier=tier)
        for zone in ("attic", "cellar", "office")
        for tier in ("server", "hypervisor")
    ]
    (folder / "machines.hcl").write_text("\n".join(machines), encoding="utf-8")
    for service in written:
        (folder / service.file).write_text(service.text(), encoding="utf-8")
