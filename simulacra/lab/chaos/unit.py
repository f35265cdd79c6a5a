"""A piece of work in a lab: it leaves marks outside of Nomad, so that its loss is seen whoever keeps silent about it.

Runs by itself, with the standard library alone: ``python3 -m simulacra.lab.chaos.unit [SECONDS]`` as a task on a lab's machine. It is done
after so many seconds; without them it goes on for ever, and answers on its port. Marks are lines of JSON, appended to a file in the
machine's folder; see `simulacra.lab.chaos.marks`.
"""

import http.server
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

MARKS = "marks"
_WHERE = "NOMAD_ADDR_http"
_TOLD = 3
"""The exit code of one that was told to stop: it isn't done."""


def mark(what: str, **more: object) -> None:
    """In one write, so that a line is there as a whole or not at all."""
    line = {"mark": what, "at_s": time.time(), "allocation": os.environ["NOMAD_ALLOC_ID"], "pid": os.getpid(), **more}
    file = os.open(Path(os.environ["SIMULACRA_STATE"]).parent / MARKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


def started() -> int:
    """This process's start time in clock ticks since boot. Source: proc(5), field 22 of /proc/PID/stat."""
    text = Path("/proc/self/stat").read_text()
    return int(text[text.rindex(")") + 2 :].split()[19])


class Answer(http.server.BaseHTTPRequestHandler):
    """Says which instance it is."""

    def do_GET(self) -> None:
        text = os.environ["NOMAD_ALLOC_ID"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Server(http.server.ThreadingHTTPServer):
    """On the overlay."""

    address_family = socket.AF_INET6


def told(*_: object) -> None:
    """Nomad wants it to stop."""
    mark("told")
    os._exit(_TOLD)


def main() -> None:
    """The command line."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    takes_s = float(sys.argv[1]) if len(sys.argv) > 1 else None
    where = os.environ.get(_WHERE, "")
    if where:
        host, _, port = where.rpartition(":")
        server = Server((host.strip("[]"), int(port)), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    mark("begin", job=os.environ["NOMAD_JOB_NAME"], started=started(), where=where)
    while takes_s is None:
        signal.pause()
    time.sleep(takes_s)
    mark("end")


if __name__ == "__main__":
    main()
