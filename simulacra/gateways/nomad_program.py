"""The gateway to the ``nomad`` program: it parses jobspecs that read files, which no server does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from simulacra.faults import Refusal, Unreachable, Usage
from simulacra.gateways.nomad_values import JobJson
from simulacra.model.jobspec import NO_VALUES, Values

PARSE_S = 30.0


def parse_beside(text: str, folder: Path, what: str, values: Values = NO_VALUES) -> JobJson:
    """A jobspec as ``nomad job run`` reads it in that folder, where its functions find their files; nothing is asked of a server.

    The program is SIMULACRA_NOMAD_BIN, else ``nomad`` on PATH. Raises `Usage` where there is none that runs, `Refusal` for a jobspec that
    it doesn't take. Values go through a file that nobody else may read: a command line is seen by everybody on the machine.
    """
    program = shutil.which(os.environ.get("SIMULACRA_NOMAD_BIN") or "nomad")
    if program is None:
        raise Usage(f"{what} reads files, which only the `nomad` program can do: install it, or set SIMULACRA_NOMAD_BIN to its path")
    around = {name: value for name, value in os.environ.items() if not name.startswith("NOMAD_VAR_")}
    with tempfile.NamedTemporaryFile("w", suffix=".hcl", encoding="utf-8") as file:
        file.write(values.merged)
        file.flush()
        command = [str(Path(program).absolute()), "job", "run", "-output", *([f"-var-file={file.name}"] if values.merged else []), "-"]
        try:
            ended = subprocess.run(command, input=text.encode(), cwd=folder, env=around, capture_output=True, timeout=PARSE_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unreachable(f"parse {what}: `nomad job run -output` isn't done after {PARSE_S:.0f} s") from error
        except OSError as error:
            raise Usage(f"{program}: {error.strerror}: it is to read {what}; set SIMULACRA_NOMAD_BIN to a `nomad` that runs") from error
    if ended.returncode:
        raise Refusal(f"Nomad refuses (parse {what}): {' '.join(ended.stderr.decode(errors='replace').split())}")
    job: JobJson = json.loads(ended.stdout)["Job"]
    return job
