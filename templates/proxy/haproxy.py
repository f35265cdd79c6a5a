"""HAProxy's socket: what it is told and asked while it runs."""

from __future__ import annotations

import asyncio
import csv

ANSWER_S = 2.0


class Haproxy:
    """``path`` is its socket's. What can't be asked raises OSError or asyncio.TimeoutError."""

    def __init__(self, path: str) -> None:
        self.path = path

    async def ask(self, command: str) -> str:
        reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(self.path), ANSWER_S)
        try:
            writer.write(command.encode() + b"\n")
            return (await asyncio.wait_for(reader.read(), ANSWER_S)).decode(errors="replace")
        finally:
            writer.close()

    async def servers(self) -> dict[str, str]:
        """The address of each backend's server that isn't in maintenance."""
        lines = (await self.ask("show servers state")).splitlines()
        at = next((at for at, line in enumerate(lines) if line.startswith("# ")), len(lines))
        rows = [dict(zip(lines[at][2:].split(), line.split())) for line in lines[at + 1 :] if line.strip()]
        return {row["be_name"]: row["srv_addr"] for row in rows if row.get("srv_admin_state") == "0"}

    async def lead(self, backend: str, address: str, port: int) -> None:
        """From now on the backend's device is there."""
        await self.ask(f"set server {backend}/device addr {address} port {port}")
        await self.ask(f"set server {backend}/device state ready")

    async def connected(self) -> dict[str, tuple]:
        """By backend: how many are connected now, or wait until they are, and how many were in all."""
        lines = (await self.ask("show stat -1 2 -1")).lstrip("# ").splitlines()
        return {
            row["pxname"]: (int(row["scur"] or 0), int(row["stot"] or 0)) for row in csv.DictReader(lines) if row.get("svname") == "BACKEND"
        }
