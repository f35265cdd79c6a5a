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
