"""What the program that looks for devices prints, as values. Whoever is on a LAN has chosen the words, and a machine may print anything."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace

from simulacra.gateways.journal_json import Broken, from_json
from simulacra.gateways.printable import printable
from simulacra.model.found import FoundService, LookAround

AT_MOST, WORDS_AT_MOST = 512, 128
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_TYPE = re.compile(r"_[a-z0-9-]{1,63}\._(tcp|udp)")


def look_around_from(text: str) -> LookAround:
    """What was found, without what can't be so; raises `Broken` for what isn't the program's answer."""
    try:
        told = from_json(LookAround, text)
    except Broken as broken:
        raise Broken(f"the program's answer can't be read: {broken}") from None
    return replace(
        told,
        machine=_words(told.machine),
        addresses=_addresses(told.addresses),
        macs=tuple(it for it in told.macs[:AT_MOST] if _MAC.fullmatch(it)),
        services=tuple(found for it in told.services[:AT_MOST] if (found := _service(it)) is not None),
        neighbours=tuple(it for it in told.neighbours[:AT_MOST] if _addresses((it.address,)) and _MAC.fullmatch(it.mac)),
    )


def _service(told: FoundService) -> FoundService | None:
    if not _TYPE.fullmatch(told.type) or not 0 < told.port < 65536:
        return None
    host = _words(told.host.rstrip("."))
    return replace(told, instance=_words(told.instance), host=host, addresses=_addresses(told.addresses), model=_words(told.model))


def _addresses(told: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for text in told[:AT_MOST]:
        try:
            found.append(str(ipaddress.ip_address(text)))
        except ValueError:
            continue
    return tuple(found)


def _words(text: str) -> str:
    return printable(text)[:WORDS_AT_MOST]
