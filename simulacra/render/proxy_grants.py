"""Nomad's templates in a proxy's job: who may use a device, and the certificate that clients see. Both stand in Nomad variables."""

from __future__ import annotations

from simulacra.model.peripheral import Peripheral
from simulacra.model.proxy import grant_key, grants_path


def acl_template(job: str, device: Peripheral, line: str) -> str:
    """One line for each address that may use it, ``line`` with the address in the place of ``{}``: none while the variable isn't there."""
    path, each = grants_path(job), line.replace("{}", "{{ . }}")
    items = f'{{{{ range split " " .Value }}}}{{{{ if . }}}}{each}\n{{{{ end }}}}{{{{ end }}}}'
    found = f'{{{{ with nomadVar "{path}" }}}}{{{{ with .{grant_key(device.name)} }}}}{items}{{{{ end }}}}{{{{ end }}}}'
    return f'# who may use {device.name}\n{{{{ if nomadVarExists "{path}" }}}}{found}{{{{ end }}}}\n'


def certificate_template(job: str) -> str:
    """The PEM file, once somebody has put it there; the proxy waits for it."""
    return f'{{{{ with nomadVar "{grants_path(job)}/proxy" }}}}{{{{ .certificate }}}}\n{{{{ .key }}}}\n{{{{ end }}}}\n'
