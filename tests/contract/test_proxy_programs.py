"""The real HAProxy and nginx, and the program beside them, on what is rendered: what gets through to a device, and what doesn't."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from proxied_devices import certificate, datagrams, echo, names, web
from proxy_bench import Bench, bench, eventually, port, program

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="HAProxy makes itself nobody, which only root can: sudo ./setup.sh test")


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def device(name: str, number: int, listen: int, port_keys: str = "", keys: str = "", address: str = "127.0.0.1") -> str:
    """One whose only port is called web."""
    port_block = f'\n  port "web" {{\n    number = {number}\n    listen = {listen}\n    {port_keys}\n  }}\n'
    return f'peripheral "{name}" {{\n  address = "{address}"\n{port_block}  check {{\n    every = "1s"\n  }}\n  {keys}\n}}\n'


def said(to: int, words: bytes = b"hello", host: str = "127.0.0.1", source: str | None = None, patience_s: float = 10.0) -> bytes:
    """What comes back to these words; empty where the connection is closed, or refused."""
    try:
        with socket.create_connection((host, to), patience_s, (source, 0) if source else None) as asking:
            asking.sendall(words)
            return asking.recv(65536)
    except ConnectionError:
        return b""


def got(to: int, path: str = "/page", host: str = "127.0.0.1") -> str:
    """The answer to a GET, its head and its body."""
    answer = b""
    with socket.create_connection((host, to), 10) as asking:
        asking.sendall(f"GET {path} HTTP/1.1\r\nHost: lamp\r\nConnection: close\r\n\r\n".encode())
        while piece := asking.recv(65536):
            answer += piece
    return answer.decode()


def serves(it: Bench, text: str, **more: object) -> None:
    it.lay(text, **more)  # type: ignore[arg-type]
    it.start()


PINNED = 'protocol = "https"\n    fingerprint = "{}"'
KINDS = {
    "tcp": device("lamp", 80, 15001),
    "ipv6": device("lamp", 80, 15001, address="fd00::60"),
    "name": device("lamp", 80, 15001, address="localhost"),
    "mdns": device("lamp", 80, 15001, 'protocol = "http"', address="lamp.local"),
    "mac": device("lamp", 80, 15001, 'protocol = "https"', address="52:54:00:a7:1c:01"),
    "pinned": device("lamp", 443, 15001, PINNED.format("0" * 64)),
    "asleep": device("lamp", 80, 15001, keys='wake "lan" {\n    mac = "52:54:00:a7:1c:02"\n  }'),
    "guarded": device("lamp", 80, 15001, keys="allow {}")
    + device("clock", 123, 15002, 'protocol = "udp"', "allow {}").replace("check {\n    every", 'check {\n    type = "none"\n    every'),
    "odd path": device("lamp", 80, 15001, 'protocol = "http"').replace(
        "check {", 'check {\n    type = "http"\n    path = "/a\'b\\"c#d\\\\$x%y{{z}}"'
    ),
    "tls": device("lamp", 80, 15001, "tls = true"),
    "udp": 'peripheral "clock" {\n  address = "clock.lan"\n  port "time" {\n    number = 123\n    protocol = "udp"\n  }\n}\n',
}


@pytest.mark.parametrize("own", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_take_what_is_rendered(kind: str, own: str, it: Bench, tmp_path: Path) -> None:
    it.own = own
    it.lay(KINDS[kind], {"lamp": "127.0.0.1\n200::1\n", "clock": "allow 200::1;\n"}, certificate(tmp_path, "overlay").pem)
    environment = {"NOMAD_IP_health": own, "PATH": os.environ["PATH"]}
    checked = subprocess.run(
        [program("haproxy"), "-c", "-f", "local/haproxy.cfg"],
        cwd=tmp_path / "haproxy",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    if (tmp_path / "nginx").exists():
        program("nginx")
        start = (tmp_path / "nginx/local/start.sh").read_text()
        (tmp_path / "nginx/local/test.sh").write_text(start.replace("exec nginx", "exec nginx -t"))
        environment = {"NOMAD_TASK_DIR": str(tmp_path / "nginx/local"), "PATH": f"{os.environ['PATH']}:/usr/sbin"}
        checked = subprocess.run(
            ["/bin/sh", "local/test.sh"], cwd=tmp_path / "nginx", env=environment, capture_output=True, text=True, check=False
        )
        assert "test is successful" in checked.stderr, checked.stderr


@pytest.mark.parametrize("own", ["127.0.0.1", "::1"])
def test_a_connection_gets_through_and_its_health_is_told(own: str, it: Bench) -> None:
    it.own, listen = own, port()
    with echo() as there:
        serves(it, device("lamp", there.port, listen))
        it.becomes("lamp", 200)
        assert said(listen, host=own) == b"hello"
        assert it.health("other") == 503
    it.becomes("lamp", 503)
    with echo(there.port):
        it.becomes("lamp", 200)
        assert said(listen, host=own) == b"hello"


def test_http_gets_through_and_is_looked_at_by_what_it_answers(it: Bench) -> None:
    listen, other = port(), port()
    looked_at = device("lamp", 1, listen, 'protocol = "http"').replace("check {", 'check {\n    type = "http"\n    path = "/a\'b#c"')
    with web() as well, web(status="500 Broken") as broken:
        its = looked_at.replace("number = 1\n", f"number = {well.port}\n") + looked_at.replace(
            "number = 1\n", f"number = {broken.port}\n"
        ).replace('"lamp"', '"bell"').replace(f"listen = {listen}", f"listen = {other}")
        serves(it, its)
        it.becomes("bell", 503)
        it.becomes("lamp", 200)
        assert "GET /page HTTP/1.1" in got(listen)
        eventually(lambda: b"GET /a'b#c HTTP/1.0\r\n" in well.text)


def test_https_with_whatever_certificate_the_device_has(it: Bench, tmp_path: Path) -> None:
    listen = port()
    with web(certificate(tmp_path, "device")) as there:
        serves(it, device("lamp", there.port, listen, 'protocol = "https"'))
        it.becomes("lamp", 200)
        assert "GET /page HTTP/1.1" in got(listen)


def test_https_with_a_pinned_certificate_and_nothing_for_an_impostor(it: Bench, tmp_path: Path) -> None:
    listen, real, other = port(), certificate(tmp_path, "real"), certificate(tmp_path, "other")
    with web(real) as there:
        serves(it, device("lamp", there.port, listen, PINNED.format(real.fingerprint)))
        it.becomes("lamp", 200)
        assert "GET /page HTTP/1.1" in got(listen)
    it.becomes("lamp", 503)
    with web(other, there.port) as impostor:
        eventually(lambda: "another certificate" in it.log("companion"))
        time.sleep(2.5)
        assert it.health("lamp") == 503
        assert "503 Service Unavailable" in got(listen, "/secret")
        assert impostor.pieces == []
    with web(real, there.port):
        it.becomes("lamp", 200)


def test_an_impostor_gets_nothing_before_it_is_noticed(it: Bench, tmp_path: Path) -> None:
    """With no look at it in between: each connection is held against the fingerprint."""
    listen, real, other = port(), certificate(tmp_path, "real"), certificate(tmp_path, "other")
    unseen = device("lamp", 1, listen, PINNED.format(real.fingerprint)).replace("check {", 'check {\n    type = "none"')
    with web(other) as impostor:
        serves(it, unseen.replace("number = 1\n", f"number = {impostor.port}\n"))
        eventually(lambda: (it.folder / f"alloc/{listen}.sock").exists())
        eventually(lambda: it.health("lamp") != 0)
        assert "50" in got(listen, "/secret").split("\r\n")[0]
        assert impostor.pieces == []


def test_clients_may_speak_tls_to_the_proxy(it: Bench, tmp_path: Path) -> None:
    import ssl

    listen, shown = port(), certificate(tmp_path, "overlay", days_left=100)
    with echo() as there:
        serves(it, device("lamp", there.port, listen, "tls = true"), pem=shown.pem)
        it.becomes("lamp", 200)
        context = ssl.create_default_context(cadata=shown.pem[shown.pem.index("-----BEGIN CERT") :])
        with socket.create_connection(("127.0.0.1", listen), 5) as plain, context.wrap_socket(plain, server_hostname="overlay") as asking:
            asking.sendall(b"hello")
            assert asking.recv(100) == b"hello"


def asks(to: int, words: bytes, source: str = "127.0.0.1", patience_s: float = 2.0) -> bytes:
    """The datagram that comes back; empty where none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((source, 0))
        asking.settimeout(patience_s)
        asking.sendto(words, ("127.0.0.1", to))
        try:
            return asking.recv(4096)
        except (TimeoutError, ConnectionError):
            return b""


def udp(name: str, number: int, listen: int, address: str = "127.0.0.1", keys: str = "") -> str:
    port_block = f'  port "time" {{\n    number = {number}\n    listen = {listen}\n    protocol = "udp"\n  }}\n'
    return f'peripheral "{name}" {{\n  address = "{address}"\n{port_block}{keys}}}\n'


def test_datagrams_of_several_clients_get_through(it: Bench) -> None:
    listen, lost = port(), port()
    with datagrams() as there:
        # a name that nobody knows is no reason not to serve the others
        serves(it, udp("clock", there.port, listen) + udp("gone", 9, lost, "gone.invalid"))
        eventually(lambda: asks(listen, b"tick", patience_s=0.3) == b"TICK")
        clients = []
        for number in range(5):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.settimeout(5)
            client.connect(("127.0.0.1", listen))
            client.send(f"from {number}".encode())
            clients.append(client)
        assert [client.recv(100) for client in clients] == [f"FROM {number}".encode() for number in range(5)]
        for client in clients:
            client.close()
        assert asks(lost, b"tick", patience_s=0.3) == b""


def test_only_those_who_are_allowed_get_through(it: Bench) -> None:
    guarded, opened, clock = port(), port(), port()
    none = "  allow {}\n"
    with echo() as there, datagrams() as time_server:
        its = device("lamp", there.port, guarded, keys=none.strip()) + device("open", there.port, opened)
        serves(
            it,
            its + udp("clock", time_server.port, clock, keys=none),
            allowed={"lamp": "# who may\n127.0.0.2\n", "clock": "allow 127.0.0.2;\n"},
        )
        it.becomes("lamp", 200)
        assert (said(guarded, source="127.0.0.2"), said(guarded, source="127.0.0.3")) == (b"hello", b"")
        assert said(opened, source="127.0.0.3") == b"hello"
        eventually(lambda: asks(clock, b"tick", "127.0.0.2", 0.3) == b"TICK")
        assert asks(clock, b"tick", "127.0.0.3", 0.3) == b""


def test_nobody_is_allowed_while_nobody_is_named(it: Bench) -> None:
    listen = port()
    with echo() as there:
        serves(it, device("lamp", there.port, listen, keys="allow {}"), allowed={"lamp": "# who may use lamp\n\n"})
        it.becomes("lamp", 200)
        assert said(listen) == b""
        assert b"hello" not in there.text


def test_allowed_on_ipv6(it: Bench) -> None:
    it.own, listen = "::1", port()
    with echo() as there:
        serves(it, device("lamp", there.port, listen, keys="allow {}"), allowed={"lamp": "::1\n"})
        it.becomes("lamp", 200)
        assert said(listen, host="::1") == b"hello"
        (it.folder / "haproxy/local/allowed.lamp").write_text("200::1\n")
        it.reload()
        eventually(lambda: said(listen, host="::1") == b"")


def test_who_is_connected_stays_so_when_others_are_allowed(it: Bench) -> None:
    listen = port()
    with echo() as there:
        serves(it, device("lamp", there.port, listen, keys="allow {}"), allowed={"lamp": "127.0.0.1\n"})
        it.becomes("lamp", 200)
        with socket.create_connection(("127.0.0.1", listen), 5) as open_one:
            for addresses in ("127.0.0.1\n127.0.0.2\n", "127.0.0.2\n"):
                (it.folder / "haproxy/local/allowed.lamp").write_text(addresses)
                it.reload()
                open_one.sendall(b"still here")
                assert open_one.recv(100) == b"still here"
            eventually(lambda: said(listen) == b"")
            open_one.sendall(b"and here")
            assert open_one.recv(100) == b"and here"


def asleep(number: int, listen: int, heard: int, port_keys: str = "") -> str:
    wake = f'wake "lan" {{\n    mac = "52:54:00:a7:1c:02"\n    broadcast = "127.255.255.255"\n    port = {heard}\n  }}'
    return device("lamp", number, listen, port_keys, wake)


@pytest.mark.parametrize("kind", ["tcp", "pinned"])
def test_a_connection_is_held_until_the_device_is_awake(kind: str, it: Bench, tmp_path: Path) -> None:
    listen, number, real = port(), port(), certificate(tmp_path, "real")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.255.255.255", 0))
        heard.settimeout(10)
        pinned = PINNED.format(real.fingerprint) if kind == "pinned" else ""
        serves(it, asleep(number, listen, heard.getsockname()[1], pinned))
        eventually(lambda: it.health("lamp") == 200, "a device that sleeps isn't unwell")
        eventually(lambda: (it.folder / (f"alloc/{listen}.sock" if pinned else "alloc/haproxy.sock")).exists())
        with socket.create_connection(("127.0.0.1", listen), 20) as asking:
            asking.sendall(b"GET /page HTTP/1.1\r\nHost: lamp\r\n\r\n")
            assert heard.recv(200) == b"\xff" * 6 + bytes.fromhex("525400a71c02") * 16
            with web(real, number) if kind == "pinned" else echo(number) as there:
                assert b"GET /page HTTP/1.1" in asking.recv(65536)
                eventually(lambda: b"GET /page" in there.text)
                drained(heard)  # what was sent while it woke up
                assert b"GET" in said(listen, b"GET /again HTTP/1.1\r\nHost: lamp\r\n\r\n")
                assert drained(heard, 3) == 0, "awake it is left alone"


def drained(heard: socket.socket, for_s: float = 1.0) -> int:
    """How much there was to hear, until nothing comes for so long."""
    count = 0
    heard.settimeout(for_s)
    while True:
        try:
            heard.recv(200)
        except TimeoutError:
            return count
        count += 1


def test_nobody_waits_and_it_may_sleep(it: Bench) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.255.255.255", 0))
        serves(it, asleep(port(), port(), heard.getsockname()[1]))
        it.becomes("lamp", 200)
        assert drained(heard, 3) == 0


@pytest.mark.parametrize("address", ["lamp.local", "52:54:00:a7:1c:01"])
def test_where_the_lan_says_that_it_is(address: str, it: Bench) -> None:
    listen = port()
    with echo(host="127.0.0.7") as there:
        serves(it, device("lamp", there.port, listen, address=address))
        it.becomes("lamp", 503)
        assert said(listen) == b""
        it.addresses(**{address.replace(".", "_"): "127.0.0.7"})
        it.becomes("lamp", 200)
        assert said(listen) == b"hello"
        it.reload()
        eventually(lambda: said(listen) == b"hello")
        with echo(there.port, "127.0.0.8") as elsewhere:
            it.addresses(**{address.replace(".", "_"): "127.0.0.8"})
            eventually(lambda: said(listen) == b"hello" and b"hello" in elsewhere.text)


def test_a_host_name_is_looked_up_again_and_again(it: Bench) -> None:
    listen, clock, server = port(), port(), f"127.{os.getpid() >> 16 & 255}.{os.getpid() >> 8 & 255}.{os.getpid() & 255 | 1}"
    with echo(host="127.0.0.7") as there, datagrams("127.0.0.7") as time_server, names(server, {"lamp.lan": "127.0.0.7"}) as known:
        its = device("lamp", there.port, listen, address="lamp.lan") + udp("clock", time_server.port, clock, "lamp.lan")
        it.lay(its)
        (it.folder / "resolv.conf").write_text(f"search lan\nnameserver fe80::1%eth0\nnameserver {server}\n")
        it.edit("haproxy/local/haproxy.cfg", "parse-resolv-conf", f"nameserver test {server}:53")
        it.edit("nginx/local/start.sh", "/etc/resolv.conf", "../resolv.conf")
        it.start()
        eventually(lambda: said(listen) == b"hello" and it.health("lamp") == 200)
        eventually(lambda: asks(clock, b"tick", patience_s=0.3) == b"TICK")
        with echo(there.port, "127.0.0.8") as elsewhere:
            known["lamp.lan"] = "127.0.0.8"
            eventually(lambda: said(listen) == b"hello" and b"hello" in elsewhere.text, within_s=40)
            known.clear()
            time.sleep(12)
            assert said(listen) == b"hello", "whom nobody knows any more is where it was"


def test_the_program_comes_back_to_a_haproxy_that_was_started_anew(it: Bench) -> None:
    listen = port()
    with echo(host="127.0.0.7") as there:
        serves(it, device("lamp", there.port, listen, address="lamp.local"))
        it.addresses(lamp_local="127.0.0.7")
        it.becomes("lamp", 200)
        it.running["haproxy"].kill()
        it.running["haproxy"].wait(5)
        eventually(lambda: "HAProxy can't be asked" in it.log("companion"))
        it.run("haproxy", [program("haproxy"), "-W", "-f", "local/haproxy.cfg"])
        it.becomes("lamp", 200)
        assert "HAProxy answers" in it.log("companion")


def test_they_are_nobody(it: Bench) -> None:
    listen = port()
    with echo() as there, datagrams() as clock:
        serves(it, device("lamp", there.port, listen, address="lamp.local") + udp("clock", clock.port, port()))
        it.addresses(lamp_local="127.0.0.1")
        it.becomes("lamp", 200)
        users = {task: _users(process.pid) for task, process in it.running.items()}
        assert users == {"haproxy": {0, 65534}, "nginx": {0, 65534}, "companion": {65534}}


def _users(pid: int) -> set[int]:
    """Of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{it}").stat().st_uid for it in (pid, *children)}
