# Rendered by simulacra: grid "example", the program on every machine: obeys orders to sleep, wakes neighbours, reports
# Change its templates, not this file. Run it: simulacra run simulacra-node

job "simulacra-node" {
  type     = "system"
  priority = 90

  ui {
    description = "Puts machines to sleep, wakes their neighbours, and reports what Nomad can't know: a person at the machine, say."
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "grid.example"
  }

  # it switches machines off and sends packets: as root, without isolation
  constraint {
    attribute = "${attr.driver.raw_exec}"
    operator  = "is_set"
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "node" {
    # a machine that slept comes back with it
    disconnect {
      lost_after = "8760h"
    }

    # it never gives up
    restart {
      attempts         = 3
      interval         = "1m"
      delay            = "5s"
      mode             = "delay"
      render_templates = false
    }

    task "node" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "2s"

      config {
        command = "python3"
        args    = ["local/program.py"]
      }

      env {
        SIMULACRA_MACHINE       = "${node.unique.name}"
        PYTHONDONTWRITEBYTECODE = "1"
      }

      # the token to report with, through the task's own socket to Nomad
      identity {
        env = true
      }

      resources {
        cpu    = 20
        memory = 40
      }

      action "sleep-now" {
        command = "python3"
        args    = ["local/program.py", "sleep-now"]
      }

      action "stay-awake" {
        command = "python3"
        args    = ["local/program.py", "stay-awake"]
      }

      # Orders to this machine. The program notices the new file by itself: a signal to a task that just restarts would fail it.
      template {
        destination = "local/order.json"
        change_mode = "noop"
        data        = "{{ $path := env \"node.unique.name\" | replaceAll \".\" \"~2E\" | printf \"nomad/jobs/simulacra-node/orders/%s\" }}{{ if nomadVarExists $path }}{{ with nomadVar $path }}{{ .order.Value }}{{ end }}{{ end }}\n"

        wait {
          min = "0s"
          max = "1s"
        }
      }

      template {
        destination     = "local/settings.json"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
{
  "overlay": "ygg0",
  "reports": "nomad/jobs/simulacra-node/reports",
  "machines": {
    "desk": {
      "idle_after_s": 900.0,
      "busy_ports": [
        22
      ],
      "busy_load": 0.5
    },
    "tower": {
      "idle_after_s": 900.0,
      "busy_ports": [
        22
      ],
      "busy_load": 0.5
    }
  },
  "reach": [
    {
      "machines": [
        "nas",
        "phone",
        "tower"
      ],
      "devices": [
        {
          "name": "printer",
          "address": "192.168.1.50",
          "kind": "ip",
          "port": 631,
          "sleeps": false
        }
      ]
    },
    {
      "machines": [
        "nas"
      ],
      "devices": [
        {
          "name": "thermostat",
          "address": "192.168.1.60",
          "kind": "ip",
          "port": 80,
          "sleeps": false
        }
      ]
    }
  ]
}
END_OF_FILE
      }

      template {
        destination     = "local/cards.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Network cards: which there are, whether they wake the machine, and the magic packets that go out through them."""

from __future__ import annotations

import array
import fcntl
import socket
import struct
import time
from pathlib import Path
from typing import Any, NamedTuple

from place import read

CARDS_AT_MOST = 16
SIOCGIFFLAGS, SIOCGIFHWADDR, SIOCETHTOOL = 0x8913, 0x8927, 0x8946
UP, BROADCAST, LOOPBACK = 0x1, 0x2, 0x8
ETHERNET = 1
ETHTOOL_GWOL, WAKE_MAGIC = 0x5, 1 << 5
SO_BINDTODEVICE = 25


class Packet(NamedTuple):
    """A magic packet; ``interface`` None: whichever leads to ``broadcast``."""

    machine: str
    payload: bytes
    broadcast: str
    port: int
    interface: str | None

    @classmethod
    def of(cls, told: dict[str, Any]) -> Packet:
        """Raises one of ValueError, LookupError, TypeError where it isn't one."""
        broadcast, port = told.get("broadcast", "255.255.255.255"), told.get("port", 9)
        return cls(str(told["machine"]), bytes.fromhex(told["payload"]), str(broadcast), int(port), told.get("interface"))


def cards(root: Path) -> list[dict[str, object]]:
    """The Ethernet cards of this machine's network, as the kernel has them; virtual ones only where there are no others."""
    found: list[dict[str, object]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in sorted(socket.if_nameindex(), key=lambda it: it[1]):
            answer = ask(asked, SIOCGIFHWADDR, name)
            kind, address = struct.unpack("=H6s", answer[16:24]) if answer else (0, b"")
            if kind == ETHERNET and any(address):
                found.append({"interface": name, "mac": ":".join(f"{byte:02x}" for byte in address), "wakes": _wakes(asked, root, name)})
    real = [card for card in found if (root / "sys/class/net" / str(card["interface"]) / "device").exists()]
    return (real or found)[:CARDS_AT_MOST]


def ask(asked: socket.socket, what: int, interface: str, more: bytes = b"") -> bytes | None:
    """The kernel's answer about an interface, as a `struct ifreq`; source: netdevice(7)."""
    try:
        return fcntl.ioctl(asked.fileno(), what, struct.pack("16s24s", interface.encode(), more))
    except OSError:
        return None


def _wakes(asked: socket.socket, root: Path, interface: str) -> bool | None:
    """Whether the card wakes the machine at a magic packet; source: `struct ethtool_wolinfo` in linux/ethtool.h."""
    told = array.array("B", struct.pack("=III6s2x", ETHTOOL_GWOL, 0, 0, b""))
    if ask(asked, SIOCETHTOOL, interface, struct.pack("P", told.buffer_info()[0])) is not None:
        _, able, wanted = struct.unpack("=III", told.tobytes()[:12])
        return bool(able & wanted & WAKE_MAGIC)
    armed = read(root / "sys/class/net" / interface / "device/power/wakeup").strip()
    return armed == "enabled" if armed else None


def lan_interfaces(overlay: str) -> list[str]:
    """Those that broadcasts can be sent on, by name; the overlay carries none."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in sorted(socket.if_nameindex(), key=lambda it: it[1]):
            answer = ask(asked, SIOCGIFFLAGS, name)
            flags = struct.unpack("=H", answer[16:18])[0] if answer else 0
            if name != overlay and flags & UP and flags & BROADCAST and not flags & LOOPBACK:
                found.append(name)
    return found


def send_packets(packets: list[Packet], overlay: str) -> str:
    """Send each three times; why one couldn't be sent at all, empty where all were."""
    failed: dict[str, str] = {}
    for again in range(3):
        time.sleep(0.1 if again else 0.0)
        for packet in packets:
            failure = _send(packet, overlay)
            if failure:
                failed[packet.machine] = failure
            else:
                failed.pop(packet.machine, None)
    return "; ".join(f"the packet for {name} can't be sent: {why}" for name, why in sorted(failed.items()))


def _send(packet: Packet, overlay: str) -> str:
    """On the interface that it names if this machine has that; a broadcast to everybody on every LAN, else as routed."""
    there, named = [name for _, name in socket.if_nameindex()], packet.interface
    everybody = packet.broadcast == "255.255.255.255"
    lans = lan_interfaces(overlay) if everybody else []
    ways: list[str | None] = [named] if named in there else [*lans] or [None]
    failures = []
    for way in ways:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                if way is not None:
                    sender.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, way.encode() + b"\0")
                sender.sendto(packet.payload, (packet.broadcast, packet.port))
        except OSError as error:
            failures.append(f"{way or packet.broadcast}: {error.strerror or error}")
    return "" if len(failures) < len(ways) else ", ".join(failures)
END_OF_FILE
      }

      template {
        destination     = "local/dns_messages.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""DNS messages, as far as finding devices needs them. Whoever is on the LAN may send anything: nothing is read beyond the packet's end,
and a name only leads backwards.

Source: RFC 1035 (4, messages), RFC 6762 (multicast DNS), RFC 6763 (service discovery).
"""

from __future__ import annotations

import socket
import struct
from typing import Iterator, NamedTuple, Tuple

Name = Tuple[str, ...]
"""Labels; bytes that aren't UTF-8 stand in them as Python's `surrogateescape` has them, so that they can be sent back."""

A, PTR, TXT, AAAA, SRV = 1, 12, 16, 28, 33
IN, TO_ME = 1, 0x8000
"""The class of the Internet; ``TO_ME`` in a question's asks for an answer to whoever asked (RFC 6762, 5.4)."""
HEADER = struct.Struct("!6H")
ANSWER, FAILED = 0x8000, 0x780F
"""Flags: it is an answer; it is of another kind than a standard one, or tells of an error."""
LABEL_AT_MOST, NAME_AT_MOST, RECORDS_AT_MOST = 63, 255, 512


class Malformed(ValueError):
    """The packet isn't a DNS message."""


class Record(NamedTuple):
    """``target`` is what PTR and SRV lead to, ``port`` SRV's, ``address`` A's and AAAA's, ``texts`` TXT's."""

    name: Name
    kind: int
    target: Name = ()
    port: int = 0
    address: str = ""
    texts: tuple[bytes, ...] = ()


def same(name: Name) -> Name:
    """A name to compare by: case doesn't matter in DNS."""
    return tuple(label.lower() for label in name)


def query(questions: list[tuple[Name, int]], direct: bool = False) -> bytes:
    """A message that asks these, each a name and the kind of its records; raises `Malformed` for a name that can't be asked for.

    ``direct``: to be answered to whoever asks.
    """
    class_ = IN | TO_ME if direct else IN
    asked = b"".join(encoded(name) + struct.pack("!HH", kind, class_) for name, kind in questions)
    return HEADER.pack(0, 0, len(questions), 0, 0, 0) + asked


def encoded(name: Name) -> bytes:
    """As it stands in a message; raises `Malformed` for what can't be a name."""
    labels = [label.encode(errors="surrogateescape") for label in name]
    whole = b"".join(bytes([len(label)]) + label for label in labels if 0 < len(label) <= LABEL_AT_MOST) + b"\0"
    if len(whole) != sum(len(label) + 1 for label in labels) + 1 or len(whole) > NAME_AT_MOST:
        raise Malformed("a label is empty or too long")
    return whole


def records(packet: bytes) -> list[Record]:
    """The records of an answer, of the kinds above; none of a question. Raises `Malformed`."""
    return list(read_records(packet))


def read_records(packet: bytes) -> Iterator[Record]:
    """The same one by one, as far as it can be read; then raises `Malformed`."""
    if len(packet) < HEADER.size:
        raise Malformed("it ends within its header")
    _, flags, questions, *counts = HEADER.unpack_from(packet)
    if not flags & ANSWER or flags & FAILED:
        return
    at = HEADER.size
    for _ in range(questions):
        _, at = _name(packet, at)
        at += 4
    for _ in range(min(sum(counts), RECORDS_AT_MOST)):
        record, at = _record(packet, at)
        if record is not None:
            yield record


def _record(packet: bytes, at: int) -> tuple[Record | None, int]:
    """The record there, None where it is of another kind; and where the next one begins."""
    name, at = _name(packet, at)
    kind, class_, _, size = _fields("!HHIH", packet, at)
    at += 10
    end = at + size
    if end > len(packet):
        raise Malformed("a record is longer than the packet")
    if class_ & 0x7FFF != IN:  # the highest bit tells caches to forget what they had
        return None, end
    if kind == PTR:
        return Record(name, kind, target=_name(packet, at)[0]), end
    if kind == SRV:
        (port,) = _fields("!H", packet, at + 4)
        return Record(name, kind, target=_name(packet, at + 6)[0], port=port), end
    if kind == TXT:
        return Record(name, kind, texts=_texts(packet, at, end)), end
    if (kind, size) in ((A, 4), (AAAA, 16)):
        family = socket.AF_INET if kind == A else socket.AF_INET6
        return Record(name, kind, address=socket.inet_ntop(family, packet[at:end])), end
    return None, end


def _fields(layout: str, packet: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, packet, at)
    except struct.error:
        raise Malformed("it ends within a record") from None


def _texts(packet: bytes, at: int, end: int) -> tuple[bytes, ...]:
    found = []
    while at < end:
        stop = at + 1 + packet[at]
        if stop > end:
            raise Malformed("a text is longer than its record")
        found.append(packet[at + 1 : stop])
        at = stop
    return tuple(found)


def _name(packet: bytes, at: int) -> tuple[Name, int]:
    """The name there, and where it ends. Each pointer must lead before what was read of the name so far: none can lead in circles."""
    labels: list[str] = []
    after, before, length = None, at, 0
    while True:
        (size,) = _fields("!B", packet, at)
        if size == 0:
            return tuple(labels), at + 1 if after is None else after
        if size >= 0xC0:
            (pointer,) = _fields("!H", packet, at)
            after = at + 2 if after is None else after
            at = pointer & 0x3FFF
            if at >= before:
                raise Malformed("a name leads in a circle")
            before = at
            continue
        end = at + 1 + size
        length += size + 1
        if size > LABEL_AT_MOST or end > len(packet) or length >= NAME_AT_MOST:
            raise Malformed("a label or a name is too long")
        labels.append(packet[at + 1 : end].decode(errors="surrogateescape"))
        at = end
END_OF_FILE
      }

      template {
        destination     = "local/hooks.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""The ways to sleep: the hooks of whoever looks after the machine, else those of the system."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from place import ANSWER_S, Place, run

HOOK_S = 60.0
FAILURE_AT_MOST = 200


def hook(place: Place, name: str) -> str | None:
    """The hook's path where there is one."""
    path = place.hooks / name
    return str(path) if "hooks" in place.senses and path.is_file() and os.access(str(path), os.X_OK) else None


def hooked_reasons(place: Place) -> list[str]:
    """What the hook `keep-awake` says; one that fails keeps the machine awake too."""
    path = hook(place, "keep-awake")
    if path is None:
        return []
    code, text = run([path], ANSWER_S)
    if code != 0:
        return [f"the hook keep-awake failed: {text if code is None else f'exit code {code}'}"]
    return [line.strip() for line in text.splitlines() if line.strip()]


def fall_asleep(place: Place, method: str, command: list[str]) -> str:
    """Why it couldn't, empty where it could; returns after the machine is awake again where the method comes back."""
    path = hook(place, method)
    if path is not None:
        return _failure([path, *(command if method == "command" else [])])
    if place.hooks_only or place.root != Path("/"):
        return f"there is no hook {method} in {place.hooks}"
    if method == "command":
        return _failure(command)
    ways = {"poweroff": [["systemctl", "poweroff"], ["poweroff"], ["busybox", "poweroff"]], "suspend": [["systemctl", "suspend"]]}
    if method not in ways:
        return f"nobody here knows how to {method}"
    failures = [failure for way in ways[method] if shutil.which(way[0]) for failure in [_failure(way)]]
    if "" in failures:
        return ""
    if method == "suspend":
        try:
            Path("/sys/power/state").write_text("mem")
        except OSError as error:
            failures.append(f"/sys/power/state: {error.strerror}")
        else:
            return ""
    return "; ".join(failures) or f"there is nothing here to {method} with"


def _failure(command: list[str]) -> str:
    code, text = run(command, HOOK_S)
    why = text if code is None else f"exit code {code}" + (f": {text[-FAILURE_AT_MOST:]}" if text else "")
    return "" if code == 0 else f"{' '.join(command)}: {why}"
END_OF_FILE
      }

      template {
        destination     = "local/lan.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Where the machine is: its addresses on its LANs, and the overlay's nodes that it finds there."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import struct
from pathlib import Path
from typing import Any, Iterator

from cards import SIOCGIFFLAGS, ask, lan_interfaces
from place import read

ADDRESSES_AT_MOST, NEIGHBOURS_AT_MOST = 16, 64
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B
RUNNING = 0x40
"""An interface's flag: something is at the other end of its cable; source: netdevice(7)."""
PASSING = 0x01 | 0x08 | 0x20 | 0x40
"""Flags of an IPv6 address that won't stay, or isn't good yet: temporary, found twice, deprecated, tentative; source: linux/if_addr.h."""
OVERLAY_SOCKETS = ("run/yggdrasil.sock", "run/yggdrasil/yggdrasil.sock", "var/run/yggdrasil.sock", "var/run/yggdrasil/yggdrasil.sock")
OVERLAY_NETWORK = ipaddress.ip_network("200::/7")
ANSWER_S = 2.0
ON_THE_LAN = re.compile(r"\w+://\[fe[89ab][0-9a-f]:", re.IGNORECASE)
"""A peer that was found by its link-local address: no router passes those on."""


def addresses(root: Path, overlay: str) -> list[str]:
    """The machine's addresses on its LANs, with their prefix length, IPv4 first; none of the overlay, of containers, none link-local."""
    lans = [name for name in lan_interfaces(overlay) if not _inner_bridge(root, name)]
    found = [*sorted(set(_four(lans))), *sorted(set(_six(root, lans)))]
    return found[:ADDRESSES_AT_MOST]


def lans(root: Path, overlay: str) -> list[Any]:
    """The LANs that the machine is on now, each as its own address there with the network: of interfaces whose cable is plugged in."""
    plugged = [name for name in lan_interfaces(overlay) if _plugged(name)]
    return [ipaddress.ip_interface(text) for text in [*_four(plugged), *_six(root, plugged)]]


def _plugged(interface: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = ask(asked, SIOCGIFFLAGS, interface)
    return answer is not None and bool(struct.unpack("=H", answer[16:18])[0] & RUNNING)


def _four(interfaces: list[str]) -> Iterator[str]:
    """Each interface's first address; source: netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for name in interfaces:
            address, mask = (ask(asked, what, name) for what in (SIOCGIFADDR, SIOCGIFNETMASK))
            if address and mask:
                (bits,) = struct.unpack("!I", mask[20:24])
                four = ipaddress.IPv4Address(address[20:24])
                if not four.is_link_local and not four.is_unspecified:
                    yield f"{four}/{bin(bits).count('1')}"


def _six(root: Path, interfaces: list[str]) -> Iterator[str]:
    """Global and unique local ones that stay; source: `/proc/net/if_inet6` in proc(5)."""
    for line in read(root / "proc/net/if_inet6").splitlines():
        words = line.split()
        if len(words) == 6 and words[5] in interfaces and words[3] == "00" and not int(words[4], 16) & PASSING:
            six = ipaddress.IPv6Address(bytes.fromhex(words[0]))
            if six not in OVERLAY_NETWORK:
                yield f"{six}/{int(words[2], 16)}"


def _inner_bridge(root: Path, name: str) -> bool:
    """Whether it is a bridge that no card is plugged into, as container engines and hypervisors make them."""
    folder = root / "sys/class/net" / name
    ports = folder.glob("brif/*") if (folder / "bridge").exists() else None
    return ports is not None and not any(_leads_out(root, port.name) for port in ports)


def _leads_out(root: Path, name: str) -> bool:
    """A card, or what is made of cards (a bond, a VLAN)."""
    folder = root / "sys/class/net" / name
    return (folder / "device").exists() or any(folder.glob("lower_*"))


def neighbours(root: Path, admin: str) -> list[str]:
    """The overlay addresses of the nodes that the machine's yggdrasil has found on its LANs; empty where it can't be asked.

    ``admin`` is the path of its admin socket; empty: where packages have it.
    """
    found = set()
    for path in [admin] if admin else [str(root / name) for name in OVERLAY_SOCKETS]:
        peers = _peers(path)
        if peers is not None:
            found = {str(peer.get("address")) for peer in peers if peer.get("up", True) and ON_THE_LAN.match(str(peer.get("remote")))}
            break
    return sorted(address for address in found if _overlays(address))[:NEIGHBOURS_AT_MOST]


def _peers(path: str) -> list[dict[str, object]] | None:
    """What yggdrasil (0.4 and 0.5) answers to getPeers; None where nobody does."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.settimeout(ANSWER_S)
            asked.connect(path)
            asked.sendall(b'{"request": "getPeers", "arguments": {}, "keepalive": false}')
            answer = b"".join(iter(lambda: asked.recv(65536), b""))
        return [peer for peer in json.loads(answer.decode())["response"]["peers"] if isinstance(peer, dict)]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _overlays(address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in OVERLAY_NETWORK
    except ValueError:
        return False
END_OF_FILE
      }

      template {
        destination     = "local/mdns.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Addresses of names that end in `.local`, as devices on the LAN tell them. Source: RFC 6762, its one-shot queries."""

from __future__ import annotations

import ipaddress
import selectors
import socket
import time
from typing import Any, Iterator, Sequence

from dns_messages import A, Malformed, Name, encoded, query, read_records

EVERYBODY = ("224.0.0.251", 5353)
PATIENCE_S = 1.0
NAMES_AT_ONCE, MESSAGE_AT_MOST = 20, 9000


def ask(names: Sequence[str], lans: Sequence[Any], to: tuple[str, int] = EVERYBODY, patience_s: float = PATIENCE_S) -> dict[str, str]:
    """The IPv4 addresses of those of these names that answer. ``lans`` are those that are asked, as the machine's own address there.

    Only who is on that LAN is believed, and only that something is there: elsewhere, or in the machine itself, a proxy has no business.
    """
    wanted, found = {_plain(name): name for name in names}, {}
    waiting = selectors.DefaultSelector()
    try:
        for lan in lans:
            asking = _asking(str(lan.ip), names, to)
            if asking is not None:
                waiting.register(asking, selectors.EVENT_READ, lan)
        end_s = time.monotonic() + patience_s
        while waiting.get_map() and len(found) < len(wanted) and time.monotonic() < end_s:
            for key, _ in waiting.select(max(0.0, end_s - time.monotonic())):
                try:
                    message, (source, _) = key.fileobj.recvfrom(MESSAGE_AT_MOST)
                except OSError:
                    continue
                near = ipaddress.ip_address(source) in key.data.network
                for name, address in addresses_in(message) if near else ():
                    there = ipaddress.ip_address(address)
                    if name in wanted and there in key.data.network and there != key.data.ip:
                        found.setdefault(wanted[name], address)
    finally:
        for key in list(waiting.get_map().values()):
            key.fileobj.close()
        waiting.close()
    return found


def _asking(address: str, names: Sequence[str], to: tuple[str, int]) -> socket.socket | None:
    """A socket on that LAN that has asked; None where that can't be."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.setblocking(False)
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        asking.bind((address, 0))
        for at in range(0, len(names), NAMES_AT_ONCE):
            asking.sendto(question(names[at : at + NAMES_AT_ONCE]), to)
    except OSError:
        asking.close()
        return None
    return asking


def question(names: Sequence[str]) -> bytes:
    """One message that asks for the addresses of all of them; those that can't be names are left out."""
    asked = [tuple(name.rstrip(".").split(".")) for name in names]
    return query([(name, A) for name in asked if _can_be(name)], direct=True)


def _can_be(name: Name) -> bool:
    try:
        return bool(encoded(name))
    except Malformed:
        return False


def addresses_in(message: bytes) -> Iterator[tuple[str, str]]:
    """Names, in lower case, and addresses that an answer tells; as far as it can be read."""
    try:
        for record in read_records(message):
            if record.kind == A:
                yield _plain(".".join(record.name)), record.address
    except Malformed:
        return


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
END_OF_FILE
      }

      template {
        destination     = "local/memory.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""What must outlive the task and the boots of the machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Mapping

from place import read


class Memory:
    """What must outlive the task and the machine's boots: files in ``folder``, each replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def obeyed(self) -> tuple[int, str]:
        """The sequence number of the last order that was obeyed or refused, and why it was refused."""
        told = self._read("obeyed.json")
        return int(told.get("sequence", 0)), str(told.get("refused", ""))

    def record(self, sequence: int, refused: str) -> None:
        """Raises OSError where it can't be kept: then nothing may be obeyed."""
        self._write("obeyed.json", {"sequence": sequence, "refused": refused})

    def wishes(self, boot_id: str) -> tuple[float, float]:
        """Until when people want it to stay awake, and when they asked it to sleep; a wish to sleep ends with the boot."""
        told = self._read("wishes.json")
        asked = float(told.get("sleep_asked_s", 0.0)) if told.get("boot_id") == boot_id else 0.0
        return float(told.get("stay_until_s", 0.0)), asked

    def wish(self, boot_id: str, stay_until_s: float, sleep_asked_s: float) -> None:
        self._write("wishes.json", {"boot_id": boot_id, "stay_until_s": stay_until_s, "sleep_asked_s": sleep_asked_s})

    def _read(self, name: str) -> dict[str, Any]:
        text = read(self.folder / name)
        try:
            found = json.loads(text) if text else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, content: Mapping[str, object]) -> None:
        """On the disk before it returns: what follows may be the end of this boot."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / (name + ".new")
        with fresh.open("w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / name)
        folder = os.open(str(self.folder), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
END_OF_FILE
      }

      template {
        destination     = "local/naming.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""The IP addresses behind host names, names by mDNS, and MAC addresses."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator, Sequence

from lan import lans
from mdns import ask
from place import Device
from probing import AT_ONCE, knock, neighbours

AGAIN_S, SOONER_S = 60.0, 15.0
"""How long an address is taken for granted, and how long none is looked for again where none was found."""
LOOKED_UP_AT_ONCE = 4
NEAR = 24
"""A card is looked for among so many bits of addresses around the machine's own, however large its LAN is."""


class Names:
    """Addresses are looked up beside the knocking: a slow name server holds nobody up. One that was found is kept until another is."""

    def __init__(self, root: Path, overlay: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self.root, self.overlay, self.now_s = root, overlay, now_s
        self.known: dict[str, str] = {}
        self.due_s: dict[str, float] = {}
        self.lock = threading.Lock()
        self.pools: dict[str, ThreadPoolExecutor] = {}

    def address(self, device: Device) -> str | None:
        """Its IP address; empty where there is none, None where that isn't known yet."""
        return device.address if device.kind == "ip" else self.known.get(device.address)

    def look_up(self, devices: Sequence[Device]) -> None:
        """Begin with those whose time it is; what is found is known some time later."""
        due = [device for device in devices if device.kind != "ip" and self.due_s.get(device.address, 0.0) <= self.now_s()]
        if not due:
            return
        self.due_s.update((device.address, float("inf")) for device in due)
        for device in due:
            if device.kind == "dns":
                self._pool("dns", LOOKED_UP_AT_ONCE).submit(self._found, [device.address], _by_dns)
        for kind, way in (("mdns", self._by_mdns), ("mac", self._by_card)):
            wanted = sorted({device.address for device in due if device.kind == kind})
            if wanted:
                self._pool(kind, 1).submit(self._found, wanted, way)

    def _pool(self, kind: str, threads: int) -> ThreadPoolExecutor:
        """One for each kind: a slow name server holds up neither mDNS nor MAC addresses."""
        if kind not in self.pools:
            self.pools[kind] = ThreadPoolExecutor(threads)
        return self.pools[kind]

    def _found(self, wanted: list[str], way: Callable[[list[str]], dict[str, str]]) -> None:
        try:
            found = way(wanted)
        except (OSError, ValueError):
            found = {}
        with self.lock:
            for name in wanted:
                self.known[name] = found.get(name) or self.known.get(name, "")
                self.due_s[name] = self.now_s() + (AGAIN_S if name in found else SOONER_S)

    def _by_mdns(self, wanted: list[str]) -> dict[str, str]:
        """By asking on the LANs; what doesn't answer there the system may know all the same."""
        around = [lan for lan in lans(self.root, self.overlay) if lan.version == 4]
        found = ask(wanted, around)
        told = _by_dns([name for name in wanted if name not in found])
        near = {name: it for name, it in told.items() if any(ipaddress.ip_address(it.partition("%")[0]) in lan.network for lan in around)}
        return {**near, **found}

    def _by_card(self, wanted: list[str]) -> dict[str, str]:
        """From the kernel's table; where a card isn't in it, everybody near on the LAN is made to say theirs."""
        cards = {name.lower() for name in wanted}
        found = _of_cards(cards)
        if cards - set(found):
            near = [str(host) for lan in lans(self.root, self.overlay) if lan.version == 4 for host in _near(lan)]
            for at in range(0, len(near), AT_ONCE):
                knock({host: (host, None) for host in near[at : at + AT_ONCE]})
            found = _of_cards(cards)
        return {name: found[name.lower()] for name in wanted if name.lower() in found}


def _near(lan: ipaddress.IPv4Interface) -> Iterator[ipaddress.IPv4Address]:
    return ipaddress.ip_network(f"{lan.ip}/{max(lan.network.prefixlen, NEAR)}", strict=False).hosts()


def _of_cards(cards: set[str]) -> dict[str, str]:
    """Where each of these cards is, IPv4 first."""
    seen = sorted((it.mac, ":" in it.address, it.address) for it in neighbours() if it.there and it.mac in cards)
    found: dict[str, str] = {}
    for mac, _, address in seen:
        if not address.startswith("fe80:"):
            found.setdefault(mac, address)
    return found


def _by_dns(names: list[str]) -> dict[str, str]:
    """As the system looks names up."""
    found = {}
    for name in names:
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            continue
        found[name] = str(sorted(answers, key=lambda it: it[0] != socket.AF_INET)[0][4][0])
    return found
END_OF_FILE
      }

      template {
        destination     = "local/people.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Is there a person at the machine?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator, NamedTuple

from place import read, said


class Input:
    """When somebody last touched a keyboard, a mouse or a touch screen of this machine.

    The devices are kept open and only read when one looks: events that nobody waits for wake nobody up.
    """

    def __init__(self, root: Path, now_s: float) -> None:
        self.root, self.since_s, self.last_s = root, now_s, 0.0
        self.open: dict[str, int] = {}

    def look(self, now_s: float) -> None:
        wanted = set(self._devices())
        for name in sorted(wanted - set(self.open)):
            try:
                self.open[name] = os.open(str(self.root / "dev/input" / name), os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                continue
        for name, device in sorted(self.open.items()):
            if name not in wanted or self._touched(device, now_s) is None:
                os.close(self.open.pop(name))

    def idle_s(self, now_s: float) -> float | None:
        """Since the last input, or since one began to look; None where there is nothing to look at."""
        return now_s - max(self.last_s, self.since_s) if self.open else None

    def _devices(self) -> Iterator[str]:
        """Those that people type on or point with; a phone's sensor of position isn't one."""
        for line in read(self.root / "proc/bus/input/devices").splitlines():
            words = line.partition("Handlers=")[2].split()
            if any(word == "kbd" or word.startswith("mouse") for word in words):
                yield from (word for word in words if word.startswith("event"))

    def _touched(self, device: int, now_s: float) -> bool | None:
        """Whether there was input; None where the device is gone."""
        touched = False
        while True:
            try:
                if not os.read(device, 4096):
                    return touched
            except BlockingIOError:
                return touched
            except OSError:
                return None
            touched, self.last_s = True, now_s


class Session(NamedTuple):
    """One of logind's, of a person. ``idle_since_s``: None while the desktop says that it isn't idle."""

    user: str
    terminal: str
    graphical: bool
    remote: bool
    idle_since_s: float | None


def sessions() -> list[Session]:
    """Those that systemd's or elogind's logind knows of; none where there is no logind."""
    names = [line.split()[0] for line in (said(["loginctl", "list-sessions", "--no-legend"]) or "").splitlines() if line.split()]
    if not names:
        return []
    wanted = ("Name", "Type", "Class", "State", "Remote", "TTY", "IdleHint", "IdleSinceHint")
    options = [word for name in wanted for word in ("-p", name)]
    found = []
    for block in (said(["loginctl", "show-session", *names, *options]) or "").split("\n\n"):
        told = dict(line.partition("=")[::2] for line in block.splitlines())
        if not told.get("Class", "").startswith("user") or told.get("State") not in ("active", "online"):
            continue
        if told.get("Type") == "unspecified" and told.get("Remote") != "yes" and not told.get("TTY"):
            continue  # a cron job's, say
        since = float(told.get("IdleSinceHint") or 0) / 1e6 if told.get("IdleHint") == "yes" else None
        graphical = told.get("Type") in ("x11", "wayland", "mir")
        found.append(Session(told.get("Name", "somebody"), told.get("TTY", ""), graphical, told.get("Remote") == "yes", since))
    return found


def people(root: Path, touched: Input, idle_after_s: float, now_s: float) -> list[str]:
    """Those who did something on this machine within ``idle_after_s``: typed, pointed, play something."""
    found, known = [], sessions()
    touched.look(now_s)
    if touched.last_s and now_s - touched.last_s < idle_after_s:
        found.append("somebody uses its keyboard, mouse or screen")
    found += [f"{it.user} works on it{_on(it)}" for it in known if _idle_s(root, it, touched, now_s) < idle_after_s]
    logged_in = {line.split()[1] for line in (said(["who"]) or "").splitlines() if len(line.split()) > 1}
    terminals = [root / "dev" / name for name in sorted(logged_in) if name.startswith("tty")] + sorted((root / "dev/pts").glob("[0-9]*"))
    shown = {it.terminal for it in known}
    for path in terminals:
        name = str(path.relative_to(root / "dev"))
        if name not in shown and _terminal_idle_s(path, now_s) < idle_after_s:
            found.append(f"somebody types on {name}")
    if any("RUNNING" in read(path) for path in sorted(root.glob("proc/asound/card*/pcm*p/sub*/status"))):
        found.append("it plays sound")
    return found


def _on(session: Session) -> str:
    return " from elsewhere" if session.remote else f" on {session.terminal}" if session.terminal else ""


def _idle_s(root: Path, session: Session, touched: Input, now_s: float) -> float:
    """Not every desktop says when it is idle: where the input can be seen, that counts."""
    if session.idle_since_s is not None:
        return now_s - session.idle_since_s
    if session.graphical:
        seen = None if session.remote else touched.idle_s(now_s)
        return 0.0 if seen is None else seen
    return _terminal_idle_s(root / "dev" / session.terminal, now_s) if session.terminal else 0.0


def _terminal_idle_s(path: Path, now_s: float) -> float:
    """Since something was typed on a terminal: its access time, which `w` shows too. None is no terminal, idle for ever."""
    try:
        return now_s - path.stat().st_atime
    except OSError:
        return float("inf")
END_OF_FILE
      }

      template {
        destination     = "local/place.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Where the program runs, what the definitions say of this machine, and how files and commands are asked."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping, NamedTuple

SENSES = ("people", "inhibitors", "battery", "load", "connections", "cards", "addresses", "neighbours", "reach", "hooks")
ANSWER_S = 5.0
"""So long a command, or Nomad, may take to answer."""


class Place(NamedTuple):
    """Where it runs. ``root`` is the root of the file system, another one in tests; ``local`` is the task's own folder.

    ``overlay_admin`` is the path of the overlay's admin socket, empty for the usual places.
    """

    machine: str
    root: Path
    local: Path
    state: Path
    hooks: Path
    hooks_only: bool
    senses: tuple[str, ...]
    overlay_admin: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Place:
        given = [word.strip() for word in environment.get("SIMULACRA_SENSES", "").split(",") if word.strip()]
        return cls(
            environment.get("SIMULACRA_MACHINE") or socket.gethostname(),
            Path("/"),
            Path(environment.get("NOMAD_TASK_DIR") or Path(__file__).resolve().parent),
            Path(environment.get("SIMULACRA_STATE") or "/var/lib/simulacra-node"),
            Path(environment.get("SIMULACRA_HOOKS") or "/etc/simulacra/hooks"),
            bool(environment.get("SIMULACRA_HOOKS")),
            tuple(given) or SENSES,
            environment.get("SIMULACRA_OVERLAY_ADMIN", ""),
        )

    def file(self, path: str) -> Path:
        return self.root / path.lstrip("/")


class Device(NamedTuple):
    """What can't join the grid, and is brought onto the overlay by a machine that reaches it.

    ``kind`` is what its address is: ``ip``, ``dns``, ``mdns`` or ``mac``. ``port`` is where to knock by TCP; None: it is only looked
    whether it is there. ``sleeps``: it is woken when somebody wants something of it.
    """

    name: str
    address: str
    kind: str
    port: int | None
    sleeps: bool


class Settings(NamedTuple):
    """What the definitions say of this machine; see `Sleep` there. ``sleeps``: they let it be put to sleep.

    ``devices`` are those that the machine should reach; ``proxies``: there are such devices in the grid, here or elsewhere.
    """

    sleeps: bool = False
    idle_after_s: float = 900.0
    busy_ports: tuple[int, ...] = ()
    busy_load: float = 0.0
    overlay: str = ""
    reports: str = ""
    devices: tuple[Device, ...] = ()
    proxies: bool = False

    @classmethod
    def of(cls, text: str, machine: str) -> Settings:
        told = json.loads(text)
        given = cls(overlay=told["overlay"], reports=f"{told['reports']}/{variable_name(machine)}", proxies="reach" in told)
        given = given._replace(devices=_devices(told.get("reach", []), machine))
        mine = told["machines"].get(machine)
        if mine is None:
            return given
        ports = tuple(mine["busy_ports"])
        return given._replace(sleeps=True, idle_after_s=mine["idle_after_s"], busy_ports=ports, busy_load=mine["busy_load"])


def _devices(places: list[dict[str, Any]], machine: str) -> tuple[Device, ...]:
    """Of all the places that the machine is in."""
    return tuple(Device(**device) for place in places if machine in place["machines"] for device in place["devices"])


def variable_name(machine: str) -> str:
    """The machine's name as the last part of a variable's path, which may hold letters, digits, ``-`` and ``_``: others become ``~XX``."""
    return re.sub(rb"[^A-Za-z0-9_-]", lambda found: b"~%02X" % ord(found[0]), machine.encode()).decode()


def read(path: Path) -> str:
    """The file's text; empty where there is none that can be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def said(command: list[str], patience_s: float = ANSWER_S) -> str | None:
    """What a command prints; None where there is no such command, or it fails."""
    code, text = run(command, patience_s)
    return text if code == 0 else None


def run(command: list[str], patience_s: float) -> tuple[int | None, str]:
    """The exit code and what it printed; without a code, why there is none."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=patience_s, check=False
        )
    except subprocess.TimeoutExpired:
        return None, f"it took longer than {patience_s:.0f} s"
    except OSError as error:
        return None, error.strerror or str(error)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def boot_id(place: Place) -> str:
    """Which boot this is: as the hook says, a program or a file, else as the kernel does."""
    hook = place.hooks / "boot-id"
    told = said([str(hook)]) if os.access(str(hook), os.X_OK) else read(hook)
    return (told or "").strip() or read(place.file("/proc/sys/kernel/random/boot_id")).strip()


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
END_OF_FILE
      }

      template {
        destination     = "local/probing.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Whether something answers at an address: many of them at once, without a thread for each. Source: connect(2), rtnetlink(7)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import subprocess
import time
from typing import Iterator, Mapping, NamedTuple, Sequence

PATIENCE_S = 1.0
AT_ONCE, PINGS_AT_ONCE = 200, 20
DISCARD = 9
"""Nobody listens there: whoever is there says so, or at least tells the card's address to whoever wants to send something."""
SAYS_SO = (0, errno.ECONNREFUSED, errno.ECONNRESET)
UNDERWAY = (errno.EINPROGRESS, errno.EAGAIN)
RTM_GETNEIGH, RTM_NEWNEIGH, NLMSG_ERROR, NLMSG_DONE, DUMP, REPLACE = 30, 28, 2, 3, 0x301, 0x101
NDA_DST, NDA_LLADDR = 1, 2
VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80
"""States of a neighbour that isn't given up: reachable, stale, about to be asked, being asked, or for good; source: linux/neighbour.h."""
DOUBTFUL, ASKED = 0x02 | 0x04 | 0x08, 0x10
"""Of these the first can be brought into the second by whoever wants to know: the kernel itself would take up to a minute."""


class Neighbour(NamedTuple):
    """Of the kernel's table."""

    address: str
    mac: str
    state: int
    interface: int

    @property
    def there(self) -> bool:
        """It has answered lately, or hasn't failed to yet."""
        return bool(self.state & VALID)


def probe(targets: Mapping[str, tuple[str, int | None]], patience_s: float = PATIENCE_S) -> set[str]:
    """The names of those that answer, of names with their IP address and port; without a port it is only looked whether it is there.

    A refused connection is an answer: the device is reached, whatever it thinks of that port. Raises OSError where no sockets can be made.
    """
    answered: set[str] = set()
    ordered = sorted(targets)
    for at in range(0, len(ordered), AT_ONCE):
        answered |= knock({name: targets[name] for name in ordered[at : at + AT_ONCE]}, patience_s)
    silent = {name: address for name, (address, port) in targets.items() if port is None and name not in answered}
    return answered | _there(silent) if silent else answered


def knock(targets: Mapping[str, tuple[str, int | None]], patience_s: float = PATIENCE_S) -> set[str]:
    """The names of those that say something themselves, of at most ``AT_ONCE``."""
    answered, waiting = set(), selectors.DefaultSelector()
    try:
        for name, (address, port) in targets.items():
            try:
                knocking, failure = _begin(address, port)
            except OSError as error:
                if error.errno == errno.EAFNOSUPPORT:  # addresses of a kind that this machine has none of
                    continue
                raise
            if failure in UNDERWAY or (port is None and failure == 0):
                waiting.register(knocking, selectors.EVENT_READ if port is None else selectors.EVENT_WRITE, name)
                continue
            knocking.close()
            if failure in SAYS_SO:
                answered.add(name)
        end_s = time.monotonic() + patience_s
        while waiting.get_map() and time.monotonic() < end_s:
            for key, _ in waiting.select(max(0.0, end_s - time.monotonic())):
                if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in SAYS_SO:
                    answered.add(key.data)
                waiting.unregister(key.fileobj)
                key.fileobj.close()
    finally:
        for key in list(waiting.get_map().values()):
            key.fileobj.close()
        waiting.close()
    return answered


def _begin(address: str, port: int | None) -> tuple[socket.socket, int]:
    """A socket that is being connected, or has sent an empty datagram, and the error so far."""
    kind = socket.SOCK_DGRAM if port is None else socket.SOCK_STREAM
    family, _, _, _, where = socket.getaddrinfo(address, port or DISCARD, type=kind, flags=socket.AI_NUMERICHOST)[0]
    knocking = socket.socket(family, kind)
    knocking.setblocking(False)
    if port is not None:  # it ends at once, and leaves nothing behind on either side
        knocking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    failure = knocking.connect_ex(where)
    if failure == 0 and port is None:
        try:
            knocking.send(b"")
        except OSError as error:
            failure = error.errno or errno.EIO
    return knocking, failure


def _there(silent: Mapping[str, str]) -> set[str]:
    """Those that the kernel knows the card of. What it never looks for a card of, since a router is between, is asked by ping."""
    table, asked = neighbours(), {address.partition("%")[0] for address in silent.values()}
    known = {it.address: it.there for it in sorted(table, key=lambda it: it.there)}
    _have_asked([it for it in table if it.address in asked and it.state & DOUBTFUL])
    found = {name for name, address in silent.items() if known.get(address.partition("%")[0])}
    beyond = sorted(name for name, address in silent.items() if address.partition("%")[0] not in known)
    for at in range(0, len(beyond), PINGS_AT_ONCE):
        found |= _ping({name: silent[name] for name in beyond[at : at + PINGS_AT_ONCE]})
    return found


def _ping(targets: Mapping[str, str]) -> set[str]:
    """Those that answer; none where there is no ping."""
    asked = {}
    for name, address in targets.items():
        command = ["ping", "-c", "1", "-W", "1", address]
        try:
            asked[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            break
    found = set()
    for name, process in asked.items():
        try:
            if process.wait(3 * PATIENCE_S) == 0:
                found.add(name)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return found


def _have_asked(doubtful: Sequence[Neighbour]) -> None:
    """Let the kernel ask these whether they are still there, so that it is known the next time; without the right to, in a minute."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
            for it in doubtful:
                family = socket.AF_INET6 if ":" in it.address else socket.AF_INET
                address = socket.inet_pton(family, it.address)
                header = struct.pack("=IHHII", 32 + len(address), RTM_NEWNEIGH, REPLACE, 0, 0)
                kernel.send(header + struct.pack("=BxxxiHBBHH", family, it.interface, ASKED, 0, 0, 4 + len(address), NDA_DST) + address)
    except OSError:
        return


def neighbours() -> list[Neighbour]:
    """The kernel's table of who has which card on the LAN, IPv4 and IPv6; empty where it can't be read."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
            kernel.settimeout(PATIENCE_S)
            kernel.send(struct.pack("=IHHII12x", 28, RTM_GETNEIGH, DUMP, os.getpid() & 0xFFFF, 0))
            return list(_told(kernel))
    except OSError:
        return []


def _told(kernel: socket.socket) -> Iterator[Neighbour]:
    while True:
        answer, at = kernel.recv(1 << 16), 0
        if not answer:
            return
        while at + 16 <= len(answer):
            length, kind = struct.unpack_from("=IH", answer, at)
            if kind in (NLMSG_DONE, NLMSG_ERROR) or length < 16:
                return
            if kind == RTM_NEWNEIGH:
                yield from neighbour_of(answer[at + 16 : at + length])
            at += (length + 3) & ~3


def neighbour_of(message: bytes) -> Iterator[Neighbour]:
    """The one of a message, after its header: a `struct ndmsg` and attributes; none where it has no address or no card of six bytes."""
    if len(message) < 12:
        return
    family, interface, state = struct.unpack_from("=BxxxiH", message)
    found, at = {}, 12
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            return
        found[kind] = message[at + 4 : at + length]
        at += (length + 3) & ~3
    size = {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family)
    address, card = found.get(NDA_DST, b""), found.get(NDA_LLADDR, b"")
    if len(address) == size:
        mac = ":".join(f"{byte:02x}" for byte in card) if len(card) == 6 else ""
        yield Neighbour(socket.inet_ntop(family, address), mac, state, interface)
END_OF_FILE
      }

      template {
        destination     = "local/program.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
#!/usr/bin/env python3
"""The machine's side of the grid: obeys orders to sleep, sends magic packets for its neighbours, reports what Nomad can't know.

It runs as root on every machine, started by Nomad's raw_exec driver out of the job `simulacra-node`, whose jobspec holds this
file and those beside it. It needs Linux and Python 3.7, nothing else. Orders come in a file that Nomad keeps like the variable
`nomad/jobs/simulacra-node/orders/MACHINE`; reports leave through Nomad's task API as `.../reports/MACHINE`.

What the surroundings can say (environment of the Nomad agent):
  SIMULACRA_STATE   where it remembers what it has obeyed (default /var/lib/simulacra-node)
  SIMULACRA_HOOKS   folder of hooks (default /etc/simulacra/hooks), each of which is optional:
                      poweroff, suspend  are run instead of the system's own
                      command            is run with the words of an order's command, instead of that command
                      keep-awake         prints a reason to stay awake on each line
                      boot-id            a program that prints, or a file that says, which boot this is, instead of the kernel's boot id
                    Where SIMULACRA_HOOKS is set, sleeping goes through these hooks only, never through the system.
  SIMULACRA_SENSES  which of people, inhibitors, battery, load, connections, cards, addresses, neighbours, reach, hooks it looks at
                    (default: all)
  SIMULACRA_OVERLAY_ADMIN  yggdrasil's admin socket (default: where its packages have it)
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

from cards import Packet, cards, send_packets
from hooks import fall_asleep, hooked_reasons
from lan import addresses, neighbours
from memory import Memory
from people import Input, people
from place import Place, Settings, boot_id, read, tell
from reach import Reach, programs
from reports import Nomad
from senses import Load, connections, inhibitors, on_battery

STAY_S = 4 * 3600.0
"""So long "stay awake" holds."""
ASKED_S = 1800.0
"""So long after "sleep now" people at the machine don't keep it awake: one of them asked for it."""
LOOK_S, LOOK_LAZILY_S = 5.0, 60.0
"""How often it looks around: on a machine that may be put to sleep, on another."""
REPORT_S = 300.0
RETRY_S, RETRY_AT_MOST_S = 2.0, 60.0
REASONS_AT_MOST, REASON_AT_MOST = 20, 200
LARGEST = 2**63 - 1
"""A report with a larger number isn't read."""


class Order(NamedTuple):
    """What the grid wants of this machine. Times are Unix seconds."""

    sequence: int
    kind: str
    expires_s: float
    boot_id: str
    method: str
    command: list[str]
    packets: list[Packet]

    @classmethod
    def of(cls, text: str) -> Order | None:
        """The order in Nomad's variable; None where there is none, or none that can be understood."""
        try:
            told = json.loads(text)
            packets = [Packet.of(packet) for packet in told.get("packets", [])]
            command = [str(word) for word in told.get("command", [])]
            sequence, expires_s = int(told["sequence"]), float(told["expires_s"])
            if abs(sequence) > LARGEST:
                return None
            return cls(sequence, str(told["kind"]), expires_s, str(told.get("boot_id")), str(told.get("method")), command, packets)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return None


class Program:
    """Looks around, obeys, reports. ``now_s`` is the clock, in Unix seconds."""

    def __init__(self, place: Place, settings: Settings, nomad: Any, now_s: Callable[[], float] = time.time) -> None:
        self.place, self.settings, self.nomad, self.now_s = place, settings, nomad, now_s
        self.memory = Memory(place.state)
        self.boot_id = boot_id(place)
        self.input, self.load = Input(place.root, now_s()), Load(place.root)
        self.reach = Reach(place.root, settings.devices, settings.overlay)
        self.last: tuple[int, str] = (0, "")
        self.sent: dict[str, object] = {}
        self.sent_s = self.retry_s = 0.0
        self.pause_s = RETRY_S

    def step(self) -> None:
        """Obey a new order if there is one, look around, and report what is new."""
        order = self.order()
        if order is not None:
            self.obey(order)
        self.look()
        self.report()

    def look(self) -> None:
        if "load" in self.place.senses and self.settings.busy_load > 0:
            self.load.look(self.now_s())

    def order(self) -> Order | None:
        """The order in the file, if it is newer than the last one."""
        order = Order.of(read(self.place.local / "order.json"))
        return order if order is not None and order.sequence > self.obeyed()[0] else None

    def obeyed(self) -> tuple[int, str]:
        """Also what couldn't be written down, so that it isn't tried without end."""
        kept = self.memory.obeyed()
        return self.last if self.last[0] > kept[0] else kept

    def obey(self, order: Order) -> None:
        """Recorded first, so that whatever happens next it is done at most once; what may be its last act is reported first too."""
        refused = self.refusal(order)
        if not self.record(order.sequence, refused):
            return
        if not refused and order.kind == "sleep":
            self.report(soon=True)
            refused = self.refusal(order) or self.sleep(order)  # somebody may have come meanwhile
        elif not refused and order.kind == "wake":
            tell(f"order {order.sequence}: wake {', '.join(packet.machine for packet in order.packets)}")
            refused = send_packets(order.packets, self.settings.overlay)
        if refused:
            tell(f"order {order.sequence}: {refused}")
            self.record(order.sequence, refused)
        self.sent_s = 0.0  # the next report says that it is (still, or again) awake

    def sleep(self, order: Order) -> str:
        """Fall asleep: why it couldn't, empty once it is on its way, or is awake again."""
        tell(f"order {order.sequence}: {order.method}")
        stay_until_s, sleep_asked_s = self.memory.wishes(self.boot_id)
        if sleep_asked_s:
            self.memory.wish(self.boot_id, stay_until_s, 0.0)
        return fall_asleep(self.place, order.method, order.command)

    def record(self, sequence: int, refused: str) -> bool:
        try:
            self.memory.record(sequence, refused)
        except OSError as error:
            refused = f"what was obeyed can't be written down in {self.place.state}: {error.strerror}"
            tell(f"order {sequence}: {refused}")
            self.last = (sequence, refused)
            return False
        self.last = (sequence, refused)
        return True

    def refusal(self, order: Order) -> str:
        """Why an order isn't obeyed now; empty if it is."""
        now_s = self.now_s()
        if order.kind not in ("sleep", "wake", "none"):
            return f"nobody here knows the order {order.kind}"
        if not now_s <= order.expires_s:  # which no NaN is
            return f"it came too late: {now_s - order.expires_s:.0f} s after it expired"
        if order.kind != "sleep":
            return ""
        if order.boot_id != self.boot_id:
            return "it was meant for another boot"
        if self.memory.wishes(self.boot_id)[0] > now_s:
            return "somebody asked it to stay awake"
        return "; ".join(self.reasons())

    def reasons(self) -> list[str]:
        """Why the machine must not be put to sleep now."""
        place, settings, now_s, found = self.place, self.settings, self.now_s(), []
        if "people" in place.senses:
            there = people(place.root, self.input, settings.idle_after_s, now_s)
            if now_s - self.memory.wishes(self.boot_id)[1] > ASKED_S:
                found += there
        if "inhibitors" in place.senses:
            found += inhibitors()
        if "connections" in place.senses:
            found += connections(place.root, settings.busy_ports)
        if "load" in place.senses and settings.busy_load > 0 and (self.load.per_core() or 0.0) > settings.busy_load:
            found.append("it is busy with work that isn't the grid's")
        if "hooks" in place.senses:
            found += hooked_reasons(place)
        return [reason[:REASON_AT_MOST] for reason in found[:REASONS_AT_MOST]]

    def report(self, soon: bool = False) -> None:
        """Write the report if it says something new, or the last one is old; ``soon``: whatever was tried before."""
        now_s = self.now_s()
        if now_s < self.retry_s <= now_s + RETRY_AT_MOST_S and not soon:
            return
        found = self.found()
        if found == self.sent and 0 <= now_s - self.sent_s < REPORT_S:
            return
        if self.nomad.report(json.dumps(dict(found, at_s=round(now_s, 3)), sort_keys=True)):
            self.sent, self.sent_s, self.retry_s, self.pause_s = found, now_s, 0.0, RETRY_S
        else:
            self.retry_s, self.pause_s = now_s + self.pause_s, min(self.pause_s * 2, RETRY_AT_MOST_S)

    def found(self) -> dict[str, object]:
        """The report, but for the time."""
        sequence, refused = self.obeyed()
        stay_until_s, sleep_asked_s = self.memory.wishes(self.boot_id)
        reached, unreached = self.reach.found()
        return {
            "machine": self.place.machine,
            "boot_id": self.boot_id,
            "obeyed": sequence,
            "refused": refused,
            "keep_awake": self.reasons(),
            "on_battery": on_battery(self.place.root) if "battery" in self.place.senses else None,
            "stay_until_s": stay_until_s,
            "sleep_asked_s": sleep_asked_s,
            "cards": cards(self.place.root) if "cards" in self.place.senses else [],
            "addresses": addresses(self.place.root, self.settings.overlay) if "addresses" in self.place.senses else [],
            "neighbours": neighbours(self.place.root, self.place.overlay_admin) if "neighbours" in self.place.senses else [],
            "reached": reached,
            "unreached": unreached,
            "programs": programs(self.place.root) if self.settings.proxies and "reach" in self.place.senses else [],
        }

    def run(self) -> None:
        """For ever. A change in the folder of orders or of wishes, or in what is reached, ends the wait at once."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
        if "reach" in self.place.senses:
            self.reach.start(lambda: os.kill(os.getpid(), signal.SIGIO))  # only now that it doesn't end the program
        watched = watch([self.place.local, self.place.state])
        slept_s = suspended_s()
        while True:
            if abs(suspended_s() - slept_s) > 1.0:
                slept_s, self.sent_s, self.retry_s = suspended_s(), 0.0, 0.0
            self.step()
            pause_s = LOOK_S if self.settings.sleeps else LOOK_LAZILY_S
            pause_s = min(pause_s, self.pause_s) if self.nomad.trouble else pause_s
            signal.sigtimedwait({signal.SIGIO}, pause_s if watched else min(pause_s, 1.0))


def watch(folders: list[Path]) -> list[int]:
    """Let the kernel send SIGIO when something in these folders changes; empty where it can't. Source: fcntl(2), F_NOTIFY."""
    watched = []
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            opened = os.open(str(folder), os.O_RDONLY)
            fcntl.fcntl(opened, fcntl.F_NOTIFY, fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_RENAME | fcntl.DN_MULTISHOT)
        except OSError as error:
            tell(f"{folder} isn't watched, it is looked at every second: {error.strerror}")
            return []
        watched.append(opened)
    return watched


def suspended_s() -> float:
    """How long the machine was suspended in this boot: one clock stands still meanwhile, the other doesn't."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def press(button: str, place: Place, settings: Settings, now_s: float) -> str:
    """What a person asked for with a button in Nomad's web page; the words to answer with."""
    memory, boot = Memory(place.state), boot_id(place)
    if button == "stay-awake":
        memory.wish(boot, now_s + STAY_S, 0.0)
        return f"{place.machine} stays awake for {STAY_S / 3600:.0f} hours"
    if button == "sleep-now":
        if not settings.sleeps:
            return f"nothing was done: the grid's definitions don't say how {place.machine} is put to sleep"
        memory.wish(boot, 0.0, now_s)
        return f"the grid was asked to empty {place.machine} and put it to sleep"
    return "there are the buttons sleep-now and stay-awake"


def main(words: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    place = Place.of(os.environ)
    settings = Settings.of((place.local / "settings.json").read_text(), place.machine)
    if words:
        print(press(words[0], place, settings, time.time()))
    else:
        Program(place, settings, Nomad(os.environ, settings.reports)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
END_OF_FILE
      }

      template {
        destination     = "local/reach.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Which of the devices that it should reach the machine does reach, and which programs it has that bring them onto the overlay.

A thread of its own knocks at all of them every few seconds, so that slow ones don't hold up orders.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Callable, Sequence

from lan import lans
from naming import Names
from place import ANSWER_S, Device, run, tell
from probing import probe

EVERY_S, PAUSE_S = 3.0, 0.5
FALL, RISE, RISE_AT_MOST = 3, 2, 100
CALM_S = 3600.0
LETTERS_AT_MOST = 40_000
"""Of all the names in a report, which has to fit into one Nomad variable of 64 KiB."""
PROGRAMS = ("haproxy", "nginx", "python3")
FOLDERS = ("usr/sbin", "usr/local/sbin")
MODULES = ("usr/lib/nginx/modules", "usr/lib64/nginx/modules", "usr/share/nginx/modules", "usr/local/libexec/nginx")
"""Where a proxy's `start.sh` looks for nginx's proxy for streams."""


def programs(root: Path) -> list[str]:
    """Those of a proxy's programs that are installed: where commands are looked for, and where servers often are."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *(str(root / folder) for folder in FOLDERS)])
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    return [name for name in PROGRAMS if found[name] and (name != "nginx" or _has_streams(root, str(found[name])))]


def _has_streams(root: Path, nginx: str) -> bool:
    """Whether it hands on datagrams: by a module of its own, or one that is built in."""
    return any((root / folder / "ngx_stream_module.so").exists() for folder in MODULES) or _built_in(nginx, Path(nginx).stat().st_mtime)


@lru_cache(maxsize=4)
def _built_in(nginx: str, _: float) -> bool:
    return re.search(r"--with-stream(\s|$)", run([nginx, "-V"], ANSWER_S)[1]) is not None


class Verdict:
    """Whether one device counts as reached: once it has answered, or hasn't three times in a row; then otherwise after three failures in a
    row, or two answers. ``reached`` is None while nothing is known.

    What was lost several times within an hour must answer twice as often each time: a proxy may move for it, with all that it serves.
    """

    def __init__(self) -> None:
        self.reached: bool | None = None
        self.contrary = 0
        self.lost: list[float] = []

    @property
    def doubtful(self) -> bool:
        """It answers again, and not yet for long enough: neither should a proxy come for it, nor go."""
        return self.reached is False and self.contrary >= RISE

    def hear(self, answered: bool, now_s: float) -> bool:
        """Whether that changes it."""
        if answered == self.reached:
            self.contrary = 0
            return False
        self.contrary += 1
        if self.contrary < self._enough(answered, now_s):
            return False
        if self.reached and not answered:
            self.lost.append(now_s)
        self.reached, self.contrary = answered, 0
        return True

    def _enough(self, answered: bool, now_s: float) -> int:
        """How often in a row it must be heard to count."""
        if not answered:
            return FALL
        if self.reached is None:
            return 1
        self.lost = [at_s for at_s in self.lost if now_s - at_s < CALM_S]
        return min(RISE << max(0, len(self.lost) - 1), RISE_AT_MOST)


class Reach:
    """Knows what is reached once it is started; until then nothing. ``now_s`` is a clock of its own, that never goes back."""

    def __init__(self, root: Path, devices: Sequence[Device], overlay: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self.root, self.devices, self.overlay, self.now_s = root, devices, overlay, now_s
        self.names = Names(root, overlay, now_s)
        self.verdicts = {device.name: Verdict() for device in devices}
        self.thread: threading.Thread | None = None
        self.trouble = ""

    def start(self, changed: Callable[[], None]) -> None:
        """From now on, for ever; ``changed`` is called, from that thread, when something is reached that wasn't, or the other way round."""
        if self.devices:
            self.thread = threading.Thread(target=self._run, args=(changed,), daemon=True)
            self.thread.start()

    def found(self) -> tuple[list[str], list[str]]:
        """The names of what is reached and of what isn't, in order; what isn't known yet, or has no room in a report, is in neither."""
        if self.thread is not None and not self.thread.is_alive():
            return [], []  # nobody looks any more: better nothing than what was
        sure = ((name, it.reached) for name, it in self.verdicts.items() if it.reached is not None and not it.doubtful)
        known = sorted(sure)
        unreached, room = _fitting([name for name, reached in known if not reached], LETTERS_AT_MOST)
        reached, _ = _fitting([name for name, reached in known if reached], room)
        return reached, unreached

    def look(self) -> bool:
        """Knock at all of them once; whether that changed anything."""
        self.names.look_up(self.devices)
        addresses = {device.name: self.names.address(device) for device in self.devices}
        there = {device.name: (address, device.port) for device in self.devices for address in [addresses[device.name]] if address}
        answered = probe(there)
        around = lans(self.root, self.overlay) if any(device.sleeps for device in self.devices) else []
        now_s, changed = self.now_s(), False
        for device in self.devices:
            address = addresses[device.name]
            if address is not None:  # it is being looked up
                asleep = device.sleeps and device.name not in answered and _could_sleep(address, around)
                changed = self.verdicts[device.name].hear(device.name in answered or asleep, now_s) or changed
        return changed

    def _run(self, changed: Callable[[], None]) -> None:
        while True:
            began_s, trouble = self.now_s(), ""
            try:
                if self.look():
                    changed()
            except OSError as error:
                trouble = f"devices can't be looked for: {error.strerror or error}"
            if trouble != self.trouble:
                tell(trouble or "devices are looked for again")
            self.trouble = trouble
            time.sleep(max(PAUSE_S, EVERY_S - (self.now_s() - began_s)))


def _could_sleep(address: str, around: Sequence[ipaddress.IPv4Interface | ipaddress.IPv6Interface]) -> bool:
    """Whether a device that is woken when it is needed, and doesn't answer, may just be asleep: a magic packet would get there.

    That is so where the machine is plugged into the LAN that the address is of, or into any where only a name or a card is known.
    """
    return any(not address or ipaddress.ip_address(address.partition("%")[0]) in lan.network for lan in around)


def _fitting(names: list[str], letters: int) -> tuple[list[str], int]:
    """As many as have room, and what room is left."""
    found = []
    for name in names:
        letters -= len(name) + 4  # quotes, a comma, a space
        if letters < 0:
            break
        found.append(name)
    return found, max(0, letters)
END_OF_FILE
      }

      template {
        destination     = "local/reports.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""Reports leave through Nomad's task API."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Mapping

from place import ANSWER_S, tell

SOCKET_PATH = 107
"""The longest path of a Unix socket; source: unix(7)."""


class TaskApi(http.client.HTTPConnection):
    """Nomad's HTTP API as it reaches a task: a socket in the task's secrets folder."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_S)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_S)
        self.sock.connect(self.path)


class Nomad:
    """Where reports go; one that can't be sent is sent again later, and is only talked about once."""

    def __init__(self, environment: Mapping[str, str], path: str) -> None:
        self.socket = str(Path(environment.get("NOMAD_SECRETS_DIR", "")) / "api.sock")
        self.token, self.namespace = environment.get("NOMAD_TOKEN", ""), environment.get("NOMAD_NAMESPACE", "default")
        self.path, self.trouble = path, ""

    def report(self, text: str) -> bool:
        """Write the variable; whether it arrived."""
        trouble = self._put(json.dumps({"Namespace": self.namespace, "Path": self.path, "Items": {"report": text}}))
        if trouble != self.trouble:
            tell("reports arrive again" if not trouble else f"reports can't be sent: {trouble}")
        self.trouble = trouble
        return not trouble

    def _put(self, body: str) -> str:
        if not Path(self.socket).exists():
            return f"Nomad's socket {self.socket} isn't there; its path may have {SOCKET_PATH} characters, and has {len(self.socket)}"
        nomad = TaskApi(self.socket)
        try:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
            nomad.request("PUT", f"/v1/var/{self.path}?namespace={self.namespace}", body.encode(), headers)
            answer = nomad.getresponse()
            text = answer.read(300).decode(errors="replace").strip()
        except (OSError, http.client.HTTPException) as error:
            return str(error) or type(error).__name__
        finally:
            nomad.close()
        if answer.status == 403:
            return f"the job simulacra-node lacks the right to write {self.path} (variables write): apply autoscaler/acl/node.hcl"
        return "" if answer.status == 200 else f"{answer.status} {text}"
END_OF_FILE
      }

      template {
        destination     = "local/senses.py"
        change_mode     = "restart"
        left_delimiter  = "[[[["
        right_delimiter = "]]]]"

        data = <<END_OF_FILE
"""What else keeps a machine awake, and what it runs from."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from place import read, said

LOAD_OVER_S, LOAD_AT_LEAST_S = 60.0, 20.0
TICKS = os.sysconf("SC_CLK_TCK")
ESTABLISHED = "01"
INHIBITED = re.compile(r"\b((?:sleep|shutdown|idle|handle-[a-z-]+)(?::[a-z:-]+)?)\b")


def inhibitors() -> list[str]:
    """Programs that asked logind not to sleep, shut down or become idle; those that only want a moment's delay don't count."""
    answer = said(["busctl", "--json=short", "call", *["org.freedesktop.login1", "/org/freedesktop/login1"],
                   "org.freedesktop.login1.Manager", "ListInhibitors"])  # fmt: skip
    if answer is not None:
        try:
            told = [(row[0], row[1], row[3]) for row in json.loads(answer)["data"][0]]
        except (ValueError, LookupError, TypeError):
            told = []
    else:
        lister = next((name for name in ("systemd-inhibit", "elogind-inhibit") if shutil.which(name)), None)
        lines = (said([lister, "--list", "--no-legend", "--no-pager"]) or "").splitlines() if lister else []
        told = [(found[1], line.split()[0], line.split()[-1]) for line in lines for found in [INHIBITED.search(line)] if found]
    blocking = [(what, who) for what, who, mode in told if mode == "block" and {"sleep", "shutdown", "idle"} & set(what.split(":"))]
    return [f"{who} inhibits {what}" for what, who in sorted(set(blocking))]


def on_battery(root: Path) -> bool | None:
    """Whether it runs from its battery; None where there is nothing that tells."""
    told = False
    for supply in sorted(root.glob("sys/class/power_supply/*")):
        if read(supply / "scope").strip() == "Device":
            continue  # a mouse's battery
        told = True
        if read(supply / "type").strip() == "Battery" and read(supply / "status").strip() == "Discharging":
            return True
    return False if told else None


class Load:
    """How busy the machine is with what isn't Nomad's, over the last minute."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.samples: list[tuple[float, float, float, float]] = []

    def look(self, now_s: float) -> None:
        """Take a sample; several in a few seconds are one."""
        if not self.samples or now_s - self.samples[-1][0] >= LOAD_AT_LEAST_S / 2:
            kept = [it for it in self.samples if now_s - it[0] <= LOAD_OVER_S + LOAD_AT_LEAST_S]
            self.samples = [*kept, (now_s, self._busy_s(), self._tree_s(), self._control_group_s())]

    def per_core(self) -> float | None:
        """Busy cores out of all; None until one has looked for long enough."""
        if not self.samples or self.samples[-1][0] - self.samples[0][0] < LOAD_AT_LEAST_S:
            return None
        (then, *before), (now, *after) = self.samples[0], self.samples[-1]
        busy, tree, group = (new - old for old, new in zip(before, after))
        cores = len(re.findall(r"^cpu\d", read(self.root / "proc/stat"), re.MULTILINE)) or 1
        # tasks outside of the agent's tree (containers) are in its control group, the agent itself is in its tree
        return max(0.0, busy - max(tree, group, 0.0)) / (now - then) / cores

    def _busy_s(self) -> float:
        """All processors' busy time since boot; source: proc(5), `/proc/stat`."""
        words = read(self.root / "proc/stat").partition("\n")[0].split()[1:]
        numbers = [int(word) for word in words] + [0] * 7
        return (sum(numbers[:3]) + numbers[5] + numbers[6]) / TICKS

    def _tree_s(self) -> float:
        """Time used by the processes called ``nomad`` and by their descendants, those that ended included."""
        parents: dict[int, int] = {}
        used: dict[int, float] = {}
        ours = set()
        for path in self.root.glob("proc/[0-9]*/stat"):
            text = read(path)
            if ")" not in text:
                continue
            fields = text[text.rindex(")") + 2 :].split()
            pid = int(path.parent.name)
            parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
            if text[text.index("(") + 1 : text.rindex(")")] == "nomad":
                ours.add(pid)
        fresh = ours
        while fresh:
            fresh = {pid for pid, parent in parents.items() if parent in fresh} - ours
            ours = ours | fresh
        return sum(used[pid] for pid in ours)

    def _control_group_s(self) -> float:
        found = re.search(r"^usage_usec (\d+)", read(self.root / "sys/fs/cgroup/nomad.slice/cpu.stat"), re.MULTILINE)
        return int(found[1]) / 1e6 if found else 0.0


def connections(root: Path, ports: tuple[int, ...]) -> list[str]:
    """The ports among these that somebody elsewhere has an established connection to; source: `/proc/net/tcp` in proc(5)."""
    busy = set()
    for name in ("tcp", "tcp6"):
        for line in read(root / "proc/net" / name).splitlines()[1:]:
            words = line.split()
            if len(words) > 3 and words[3] == ESTABLISHED and not _loopback(words[2].partition(":")[0]):
                busy.add(int(words[1].partition(":")[2], 16))
    return [f"there is a connection to port {port}" for port in sorted(busy & set(ports))]


def _loopback(address: str) -> bool:
    """Whether an address as /proc has it, 32-bit words in the machine's byte order, is the machine itself."""
    words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
    plain = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    mapped = len(plain) == 16 and plain[:12] == b"\0" * 10 + b"\xff\xff"
    four = plain[12:] if mapped else plain
    return four[0] == 127 if len(four) == 4 else plain == b"\0" * 15 + b"\1"
END_OF_FILE
      }
    }
  }
}
