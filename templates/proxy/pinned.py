"""TLS with a device whose certificate is pinned by its fingerprint: nobody need have signed it, and it may have expired."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from pathlib import Path
from typing import Any, Callable

from place import tell

CONNECT_S, KNOCK_AGAIN_S = 3.0, 0.5
PIECE = 64 * 1024


def context() -> ssl.SSLContext:
    """Verifies nothing by itself, and takes what old devices speak: it is the fingerprint that counts."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    made.set_ciphers("DEFAULT@SECLEVEL=0")
    return made


class Pinned:
    """A socket whose connections are led to the device, once it has shown its certificate; ``address`` tells where it is now."""

    def __init__(self, name: str, port: int, fingerprint: str, address: Callable[[], str], patience_s: float = 0.0) -> None:
        self.name, self.port, self.fingerprint, self.address, self.patience_s = name, port, fingerprint, address, patience_s
        self.context, self.trouble = context(), ""

    async def serve(self, path: Path) -> None:
        """On that socket, and beside it on one that says `well` to who asks whether the device is."""
        for each, answer in ((path, self.connected), (path.with_suffix(".well.sock"), self.asked)):
            if each.exists():
                each.unlink()
            await asyncio.start_unix_server(answer, str(each), limit=PIECE)
            each.chmod(0o660)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Nothing is handed on to a device that shows another certificate."""
        device = None
        try:
            device = await self.awaited()
            await relay((reader, writer), device)
        except (OSError, asyncio.TimeoutError):
            pass  # who connected sees that it is closed
        finally:
            for one in (writer, device[1] if device else None):
                if one is not None:
                    one.close()

    async def asked(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            _, device = await asyncio.wait_for(self.device(), CONNECT_S)
            device.close()
            writer.write(b"well\n")
            await writer.drain()
        except (OSError, asyncio.TimeoutError):
            pass  # silence says that it isn't
        finally:
            writer.close()

    async def awaited(self) -> Any:
        """A connection to the device, once it is awake."""
        end_s = time.monotonic() + self.patience_s
        while True:
            try:
                return await asyncio.wait_for(self.device(), CONNECT_S)
            except (OSError, asyncio.TimeoutError):
                if time.monotonic() > end_s:
                    raise
            await asyncio.sleep(KNOCK_AGAIN_S)

    async def device(self) -> Any:
        """A connection to the device that it is."""
        address = self.address()
        if not address:
            raise OSError("its address isn't known")
        reader, writer = await asyncio.open_connection(address, self.port, ssl=self.context, server_hostname="", limit=PIECE)
        shown = hashlib.sha256(writer.get_extra_info("ssl_object").getpeercert(True)).hexdigest()
        self.say("" if shown == self.fingerprint else f"it shows another certificate, {shown}")
        if shown != self.fingerprint:
            writer.close()
            raise OSError(self.trouble)
        return reader, writer

    def say(self, trouble: str) -> None:
        if trouble != self.trouble:
            tell(f"{self.name} port {self.port}: {trouble or 'it shows its certificate again'}")
        self.trouble = trouble


async def relay(client: Any, device: Any) -> None:
    """Both ways, until one of them has no more to say: HAProxy speaks HTTP here, and closes only what it doesn't need any more."""
    there, back = (asyncio.ensure_future(copy(one[0], other[1])) for one, other in ((client, device), (device, client)))
    try:
        await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (there, back):
            one.cancel()
        await asyncio.gather(there, back, return_exceptions=True)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    piece = await reader.read(PIECE)
    while piece:
        writer.write(piece)
        await writer.drain()
        piece = await reader.read(PIECE)
    if writer.can_write_eof():
        writer.write_eof()
