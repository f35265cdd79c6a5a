"""The generated messages are what the committed definitions give, and speak as the agent does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from simulacra.plugin.protocol import apm_pb2, base_pb2, target_pb2

ROOT = Path(__file__).resolve().parents[3]
PROTOCOL = Path("simulacra/plugin/protocol")


def test_generating_them_anew_gives_the_same(tmp_path: Path) -> None:
    definitions = sorted(path.relative_to(ROOT) for path in (ROOT / PROTOCOL).glob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([*command, *map(str, definitions)], cwd=ROOT, check=True)
    made = {path.name: path.read_text() for path in (tmp_path / PROTOCOL).iterdir()}
    assert made == {path.name: path.read_text() for path in (ROOT / PROTOCOL).glob("*_pb2.py*")}


def test_the_command_in_the_docs_is_the_one() -> None:
    text = (ROOT / PROTOCOL / "__init__.py").read_text()
    assert re.search(r"grpc_tools\.protoc -I\. --python_out=\. --pyi_out=\. simulacra/plugin/protocol/\*\.proto", text)


def test_bytes_as_the_agent_sends_them() -> None:
    """Written down by hand from the agent's field numbers: (number << 3 | wire type), length, value."""
    info = base_pb2.PluginInfoResponse(name="x", type=base_pb2.PLUGIN_TYPE_TARGET)
    assert info.SerializeToString() == b"\x0a\x01x\x10\x03"
    scale = target_pb2.ScaleRequest.FromString(b"\x0a\x09\x08\x03\x12\x03why\x20\x03\x12\x0a\x0a\x01k\x12\x05value")
    assert (scale.action.count, scale.action.reason, scale.action.direction, dict(scale.config)) == (3, "why", 3, {"k": "value"})
    assert (
        target_pb2.StatusResponse(ready=True, count=2, meta={"a": "b"}).SerializeToString() == b"\x08\x01\x10\x02\x1a\x06\x0a\x01a\x12\x01b"
    )
    query = apm_pb2.QueryRequest.FromString(b"\x0a\x08machines\x12\x08\x0a\x02\x08\x05\x12\x02\x08\x04")
    assert (query.query, query.time_range.to.seconds, getattr(query.time_range, "from").seconds) == ("machines", 5, 4)
