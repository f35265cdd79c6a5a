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
