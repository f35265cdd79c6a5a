"""What a proxy's job holds: its place, its ports, and how HAProxy, nginx and the program beside them are told of each device."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.proxy import proxies_of
from simulacra.observe.workload import job_of
from simulacra.render.acl import ROLES, render_policies
from simulacra.render.expected_job import expected_job
from simulacra.render.jobspec import render_job
from simulacra.render.proxy_companion import NODE_PARTS, PARTS
from simulacra.render.proxy_job import driver_of
from simulacra.render.templates import shipped_templates

GRID = """
grid "test" {
  overlay {
    interface = "mesh0"
  }
}
zone "attic" {}
zone "cellar" {}
machine "nas" {
  zone = "attic"
}
machine "tower" {
  zone = "attic"
}
machine "box" {
  zone = "cellar"
  has {
    cpu_mhz   = 4000
    memory_mb = 4000
    drivers   = ["docker"]
  }
}
"""
PIN = "00112233445566778899aabbccddeeff" * 2
WEB = 'port "web" {\n number = 80\n listen = 11000\n}\n'
DEVICE = 'peripheral "lamp" {\n BODY\n}\n'


def device(body: str = WEB, address: str = "192.168.1.60", place: str = 'zone = "attic"', name: str = "lamp") -> str:
    return f'peripheral "{name}" {{\n{place}\naddress = "{address}"\n{body}}}\n'


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Grid]:
    def grid(devices: str) -> Grid:
        (tmp_path / "grid").mkdir(exist_ok=True)
        (tmp_path / "grid/all.hcl").write_text(GRID + devices)
        return load(tmp_path / "grid")

    return grid


@pytest.fixture
def jobspec(read: Callable[[str], Grid]) -> Callable[[str], str]:
    """The one job of these devices."""

    def render(devices: str) -> str:
        grid = read(devices)
        (service,) = (it for it in grid.services if it.proxies)
        return render_job(grid, service)

    return render


def file_of(text: str, name: str) -> str:
    """What arrives there, before Nomad's own templates are filled in."""
    _, *after = re.split(f'destination +?= "{re.escape(name)}"', text, maxsplit=1)
    assert after, f"there is no {name}"
    return after[0].partition("<<END_OF_FILE\n")[2].partition("END_OF_FILE")[0].replace("$${", "${").replace("%%{", "%{")


def backend(text: str, name: str = "lamp") -> list[str]:
    lines = file_of(text, "local/haproxy.cfg").partition(f"\nbackend {name}\n")[2].split("\n\n")[0].splitlines()
    return [line.strip() for line in lines if not line.strip().startswith("#")]


Render = Callable[[str], str]


def test_one_device_is_a_port_a_service_and_a_backend(jobspec: Render) -> None:
    text = jobspec(device())
    assert '# Rendered by simulacra: grid "test", the proxy of lamp' in text
    assert 'simulacra_definition = "service.proxy-attic"' in text
    assert 'operator  = "set_contains_any"\n      value     = "attic"' in text
    assert 'attribute = "${meta.simulacra_misses_proxy_attic}"\n      operator  = "is_not_set"' in text
    assert 'port "p11000" {\n        static       = 11000\n        host_network = "overlay"' in text
    assert 'name     = "lamp"\n      port     = "p11000"\n      provider = "nomad"' in text
    assert 'port     = "health"\n        path     = "/lamp"' in text
    assert backend(text) == ["mode tcp", "server device 192.168.1.60:80 check inter 2000ms"]
    assert re.findall(r'task "(\w+)"', text) == ["haproxy"]
    assert 'task "nginx"' not in text
    assert "stats socket" not in text


def test_machines_that_reach_it_and_how_many_serve_it(jobspec: Render) -> None:
    text = jobspec(device(place='machines = ["nas", "tower"]\nreplicas = 2'))
    assert 'attribute = "${node.unique.name}"\n      operator  = "set_contains_any"\n      value     = "nas,tower"' in text
    assert "count = 2" in text
    assert 'operator = "distinct_hosts"' in text
    assert 'attribute = "${meta.simulacra_misses_proxy_on_nas_tower_2}"' in text
    in_zone = jobspec(device(place='zone = "attic"\nreplicas = 2'))
    assert "distinct_property" not in in_zone, "they may all be in one zone"
    assert 'operator = "distinct_hosts"' in in_zone


@pytest.mark.parametrize(
    ("address", "body", "lines"),
    [
        ("fd00::60", "", ["mode tcp", "server device [fd00::60]:80 check inter 2000ms"]),
        ("192.168.1.60", 'check {\n type = "none"\n}\n', ["mode tcp", "server device 192.168.1.60:80"]),
        ("192.168.1.60", 'check {\n every = "10s"\n}\n', ["mode tcp", "server device 192.168.1.60:80 check inter 10000ms"]),
        (
            "192.168.1.60",
            'check {\n type = "http"\n path = "/a\'b#${c}\\\\"\n}\n',
            ["mode tcp", "option httpchk GET '/a'\\''b#${c}\\'", "server device 192.168.1.60:80 check inter 2000ms"],
        ),
        ("lamp.lan", "", ["mode tcp", "server device lamp.lan:80 resolvers system init-addr last,libc,none check inter 2000ms"]),
        ("lamp.local", "", ["mode tcp", "server device 127.0.0.1:80 disabled check inter 2000ms"]),
        ("52-54-00-A7-1C-01", "", ["mode tcp", "server device 127.0.0.1:80 disabled check inter 2000ms"]),
        (
            "192.168.1.60",
            'wake "lan" {\n mac = "52:54:00:a7:1c:01"\n}\n',
            ["mode tcp", "timeout connect 2s", "retries 90", "server device 192.168.1.60:80"],
        ),
    ],
)
def test_how_haproxy_finds_it(address: str, body: str, lines: list[str], jobspec: Render) -> None:
    name = "lamp.web" if "none" in body else "lamp"
    assert backend(jobspec(device(WEB + body.replace("${", "$${"), address)), name) == lines


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ("", ["mode http", "server device 192.168.1.60:443 ssl verify none check inter 2000ms"]),
        (
            f'fingerprint = "SHA256:{PIN.upper()}"',
            [
                "mode http",
                "option tcp-check",
                "tcp-check connect addr unix@../alloc/11000.well.sock",
                "tcp-check expect string well",
                "server device unix@../alloc/11000.sock check inter 2000ms",
            ],
        ),
    ],
)
def test_https_with_any_certificate_or_just_one(keys: str, lines: list[str], jobspec: Render) -> None:
    text = jobspec(device(f'port "web" {{\n number = 443\n listen = 11000\n protocol = "https"\n {keys}\n}}\n'))
    assert backend(text) == lines
    assert ('task "companion"' in text) is bool(keys)


def test_several_ports_and_the_one_that_is_looked_at(jobspec: Render) -> None:
    ports = 'port "web" {\n number = 80\n protocol = "http"\n}\nport "raw_data" {\n number = 9100\n}\ncheck {\n port = "raw_data"\n}\n'
    text = jobspec(device(ports))
    assert backend(text, "lamp") == ["mode tcp", "server device 192.168.1.60:9100 check inter 2000ms"]
    assert backend(text, "lamp.web") == ["mode http", "server device 192.168.1.60:80"]
    assert re.findall(r'      name     = "(.*)"', text) == ["lamp", "lamp-raw-data"]
    assert text.count('path     = "/lamp"') == 2


def test_datagrams_go_by_nginx(jobspec: Render) -> None:
    text = jobspec(device('port "time" {\n number = 123\n protocol = "udp"\n listen = 11000\n}\n'))
    conf = file_of(text, "local/nginx.conf")
    assert ":11000 udp;\n    proxy_pass 192.168.1.60:123;" in conf
    assert "resolver" not in conf
    assert "check {" not in text
    assert "backend" not in file_of(text, "local/haproxy.cfg")
    named = file_of(jobspec(device('port "time" {\n number = 123\n protocol = "udp"\n}\n', "clock.lan")), "local/nginx.conf")
    assert "include resolver.conf;" in named
    assert "set $device clock.lan:123;" in named


def test_who_is_let_in_stands_in_files_that_nomad_fills_in(jobspec: Render) -> None:
    allow = 'allow {\n zones = ["attic"]\n}\n'
    udp = 'port "time" {\n number = 123\n protocol = "udp"\n}\n'
    text = jobspec(device(WEB + udp + allow, name="3d-lamp") + device(name="open", body='port "web" {\n number = 80\n}\n'))
    assert "tcp-request connection reject if !{ src -f local/allowed.3d-lamp }" in text
    assert file_of(text, "local/haproxy.cfg").count("reject") == 1
    assert "include allowed.3d-lamp;\n    deny all;" in text
    assert text.count('destination   = "local/allowed.3d-lamp"') == 2
    assert '{{ with nomadVar "nomad/jobs/proxy-attic" }}{{ with .for_3d_lamp }}' in text
    assert "allow {{ . }};" in text


def test_who_steers_may_write_who_is_let_in_and_read_no_key(read: Callable[[str], Grid]) -> None:
    allow = "allow {}\n"
    its = device(WEB + allow) + device('port "web" {\n number = 80\n}\n', place='zone = "cellar"', name="bell")
    policies = render_policies(read(its))
    paths = {role: re.findall(r'path "(nomad/jobs/proxy.*)" {\n      capabilities = (.*)\n', policies[f"acl/{role}.hcl"]) for role in ROLES}
    written = [("nomad/jobs/proxy-attic", '["read", "write"]')]
    assert paths == {"autoscaler": written, "operator": written, "node": [], "reader": []}


def test_clients_that_speak_tls_wait_for_a_certificate(jobspec: Render) -> None:
    text = jobspec(device('port "web" {\n number = 80\n listen = 11000\n tls = true\n}\n'))
    assert 'bind "${NOMAD_IP_health}:11000" ssl crt secrets/overlay.pem' in file_of(text, "local/haproxy.cfg")
    assert '{{ with nomadVar "nomad/jobs/proxy-attic/proxy" }}{{ .certificate }}\n{{ .key }}' in text


def test_what_the_program_beside_haproxy_is_told(jobspec: Render) -> None:
    wake = 'wake "lan" {\n mac = "52:54:00:a7:1c:02"\n interface = "eth1"\n}\n'
    pinned = f'port "web" {{\n number = 443\n protocol = "https"\n listen = 11001\n fingerprint = "{PIN}"\n}}\n'
    its = device(WEB + wake) + device(pinned, "bell.local", name="bell") + device('port "web" {\n number = 80\n}\n', name="plain")
    told = json.loads(file_of(jobspec(its), "local/devices.json"))
    assert (told["overlay"], told["socket"], told["shared"]) == ("mesh0", "../alloc/haproxy.sock", "../alloc")
    packet = {"mac": "52:54:00:a7:1c:02", "broadcast": "255.255.255.255", "port": 9, "interface": "eth1"}
    assert told["devices"] == [
        {
            "name": "bell",
            "address": "bell.local",
            "kind": "mdns",
            "ports": [{"number": 443, "backend": "bell", "socket": "11001.sock", "fingerprint": PIN}],
            "wake": None,
        },
        {
            "name": "lamp",
            "address": "192.168.1.60",
            "kind": "ip",
            "ports": [{"number": 80, "backend": "lamp", "socket": "", "fingerprint": ""}],
            "wake": packet,
        },
    ]


def test_every_file_of_the_program_is_sent(jobspec: Render) -> None:
    text = jobspec(device(address="lamp.local"))
    assert sorted(path.name for path in (shipped_templates() / "proxy").glob("*.py")) == sorted(PARTS)
    for folder, names in (("proxy", PARTS), ("node", NODE_PARTS)):
        assert [name for name in names if file_of(text, f"local/{name}") != (shipped_templates() / folder / name).read_text()] == []


@pytest.mark.parametrize(
    ("place", "drivers", "driver"),
    [
        ('zone = "attic"', "", "raw_exec"),
        ('zone = "cellar"', "", "docker"),
        ('machines = ["box", "nas"]', "", "docker"),  # nothing is known of nas
        ('zone = "attic"', '["exec", "docker"]', "exec"),
        ('machines = ["box", "extra"]', '["exec"]', "raw_exec"),  # they share none: what is usual
    ],
)
def test_it_runs_as_what_all_its_machines_can(place: str, drivers: str, driver: str, read: Callable[[str], Grid]) -> None:
    extra = (
        f'machine "extra" {{\n zone = "attic"\n has {{\n cpu_mhz = 4000\n memory_mb = 4000\n drivers = {drivers}\n }}\n}}\n'
        if drivers
        else ""
    )
    grid = read(extra + device(place=place))
    (proxy,) = proxies_of(grid)
    assert driver_of(grid, proxy) == driver


def test_in_containers(jobspec: Render) -> None:
    udp = 'port "time" {\n number = 123\n protocol = "udp"\n}\nwake "lan" {\n mac = "52:54:00:a7:1c:02"\n}\n'
    text = jobspec(device(WEB + udp, place='zone = "cellar"'))
    assert re.findall(r'image        = "(.*):', text) == ["haproxy", "nginx", "python"]
    assert text.count('network_mode = "host"') == text.count('user         = "root"') == 3
    assert "stats socket unix@/alloc/haproxy.sock" in text


HOSTILE = device(WEB + 'check {\n type = "http"\n path = "/%%{x}$${y}{{z}}"\n}\n')
KINDS = {
    "tcp": device(),
    "udp": device('port "time" {\n number = 123\n protocol = "udp"\n}\n'),
    "odd": HOSTILE,
    "docker": device(place='zone = "cellar"'),
    "machines": device(place='machines = ["nas", "tower"]\nreplicas = 2'),
    "all": device(
        WEB
        + 'port "time" {\n number = 123\n protocol = "udp"\n}\n'
        + f'port "safe" {{\n number = 443\n protocol = "https"\n fingerprint = "{PIN}"\n tls = true\n}}\n'
        + 'allow {\n services = []\n zones = ["attic"]\n}\nwake "lan" {\n mac = "52:54:00:a7:1c:02"\n}\n'
    ),
}


@pytest.mark.nomad
@pytest.mark.parametrize("kind", KINDS)
def test_nomad_reads_it_as_it_is_foretold(kind: str, read: Callable[[str], Grid], nomad_binary: Path, tmp_path: Path) -> None:
    grid = read(KINDS[kind])
    (service,) = (it for it in grid.services if it.proxies)
    file = tmp_path / "job.nomad.hcl"
    file.write_text(render_job(grid, service))
    assert subprocess.run([nomad_binary, "fmt", "-check", file], check=False).returncode == 0
    parsed = subprocess.run([nomad_binary, "job", "run", "-output", file], capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr
    found, ours = (job_of(it, "test").groups[0] for it in (json.loads(parsed.stdout)["Job"], expected_job(grid, service)))
    for of in (
        "name",
        "count",
        "cpu_mhz",
        "memory_mb",
        "drivers",
        "constraints",
        "distincts",
        "affinities",
        "ports",
        "disconnect",
    ):
        assert getattr(found, of) == getattr(ours, of), of
    sent = {
        it["DestPath"]: it["EmbeddedTmpl"]
        for task in json.loads(parsed.stdout)["Job"]["TaskGroups"][0]["Tasks"]
        for it in task["Templates"]
    }
    assert ("${y}{{z}}" in sent["local/haproxy.cfg"]) is (kind == "odd")


def test_five_hundred_devices_are_one_job(read: Callable[[str], Grid]) -> None:
    its = "".join(device(f'port "web" {{\n number = 80\n listen = {11000 + n}\n}}\n', name=f"lamp-{n}") for n in range(500))
    grid = read(its)
    text = render_job(grid, grid.services[0])
    assert text.count("\n    service {") == file_of(text, "local/haproxy.cfg").count("\nbackend ") == 500
    assert len(expected_job(grid, grid.services[0])["TaskGroups"][0]["Networks"][0]["ReservedPorts"]) == 501
    assert len(text) < 400_000, "Nomad takes about a megabyte"


def test_the_owners_own_template_wins(read: Callable[[str], Grid], tmp_path: Path) -> None:
    grid = read(device())
    (tmp_path / "own/proxy").mkdir(parents=True)
    (tmp_path / "own/proxy/haproxy.cfg.j2").write_text("# mine for {{ ports[0].backend }}\n")
    text = render_job(grid, grid.services[0], tmp_path / "own")
    assert file_of(text, "local/haproxy.cfg") == "# mine for lamp\n"
    (tmp_path / "own/proxy/haproxy.cfg.j2").write_text("[[[[ mine ]]]]\n")
    with pytest.raises(Usage, match="which Nomad would take for a template"):
        render_job(grid, grid.services[0], tmp_path / "own")
    (tmp_path / "own/proxy/haproxy.cfg.j2").write_text("{{ prots }}\n")
    with pytest.raises(Usage, match="'prots' is undefined"):
        render_job(grid, grid.services[0], tmp_path / "own")
