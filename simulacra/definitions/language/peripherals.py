"""Devices that can't join the grid."""

from __future__ import annotations

from simulacra.definitions import address_kinds, kinds, time_kinds
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, NAME, NAMED, PORT_NAME, build, named
from simulacra.definitions.language.machines import WAKE_LAN
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model.peripheral import Allow, DeviceCheck, Peripheral, PeripheralPort


def _port(found: Found) -> PeripheralPort:
    made = PeripheralPort(**found.values, name=found.label)
    if made.fingerprint is not None and made.protocol != "https":
        raise Wrong(
            found.lines["fingerprint"],
            f'`fingerprint` is for `protocol = "https"`, not "{made.protocol}": a certificate is shown there only',
        )
    if made.tls and made.protocol == "udp":
        raise Wrong(found.lines["tls"], '`tls` can\'t be put around "udp": remove it')
    return made


def _check(found: Found) -> DeviceCheck:
    made = DeviceCheck(**found.values)
    if "path" in found.values and made.type != "http":
        raise Wrong(found.lines["path"], f'`path` is for `type = "http"`, not "{made.type}": remove it')
    return made


PORT = Schema(
    "A port of the device, and where it is on the overlay.",
    _port,
    label=PORT_NAME,
    keys={
        "number": Key(kinds.whole(1, 65535), "the port's number on the device", required=True),
        "protocol": Key(
            kinds.choice("tcp", "udp", "http", "https"),
            "what is spoken there; `https`: with the device by TLS, on the overlay plain or by `tls`",
        ),
        "listen": Key(
            kinds.whole(1, 65535),
            "its number on the overlay",
            left_out="one from 10000 to 19999 that only depends on the names of device and port",
        ),
        "fingerprint": Key(
            address_kinds.fingerprint(),
            "the device's certificate, also where nobody has signed it or it has expired",
            left_out="any will do",
        ),
        "tls": Key(
            kinds.truth(), "whether clients speak TLS to the proxy, with the certificate in the Nomad variable `nomad/jobs/PROXY/proxy`"
        ),
    },
)
CHECK = Schema(
    "How the device is looked at, through the proxy.",
    _check,
    keys={
        "type": Key(
            kinds.choice("tcp", "http", "none"),
            "`tcp`: it takes a connection; `http`: it answers with a status below 400; `none`: it isn't looked at",
        ),
        "port": Key(PORT_NAME, "the name of the port that is looked at", left_out="the first that isn't udp"),
        "path": Key(kinds.text("a path", r"/[\x21-\x7e]*", '"/status"'), "what is asked for by http"),
        "every": Key(
            time_kinds.duration(1, 3600), "how often; three failures in a row make it unwell, two successes well again", field="every_s"
        ),
    },
)
ALLOW = Schema(
    "Who may use it: those that are named, and nobody else. It is told by the machine's address on the overlay.",
    build(Allow),
    keys={
        "services": Key(kinds.items(named("a service"), "services"), "the machines on which these services run"),
        "zones": Key(kinds.items(named("a zone"), "zones"), "the machines in these zones"),
    },
)
PERIPHERAL = Schema(
    "A device that can't join the grid, and is on the overlay through a machine that reaches it.",
    build(Peripheral, "name", sourced=True),
    label=NAME,
    keys={
        "zone": Key(named("a zone"), "the zone whose machines reach it"),
        "machines": Key(kinds.items(NAMED, "machines", filled=True), "the machines that reach it, where not all of the zone do"),
        "address": Key(
            address_kinds.device_address(),
            "its IP address, host name, name by mDNS (`printer.local`) or MAC address, as machines of that zone reach it",
            required=True,
        ),
        "replicas": Key(kinds.whole(1, 100), "how many machines serve it at a time"),
        "description": DESCRIPTION,
    },
    parts={
        "port": Part(PORT, "a port of the device", field="ports", many=True),
        "check": Part(CHECK, "how it is looked at, through the proxy"),
        "allow": Part(ALLOW, "who may use it; without this block everyone on the overlay"),
        "wake": Part({"lan": WAKE_LAN}, "how it is woken when somebody connects"),
    },
)
