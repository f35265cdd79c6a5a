"""A plugin's configuration as the agent sends it: what it knows about Nomad, and keys of our own."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from simulacra.faults import Usage

OWN = ("grid", "nomad_config_inherit")
"""``grid``: the folder with the definitions; ``nomad_config_inherit`` is for the agent itself."""
OF_NOMAD = "nomad_"
"""What the agent's keys for Nomad begin with: ``nomad_address``, ``nomad_token`` ..."""


def grid_of(sent: Mapping[str, str], otherwise: Path) -> Path:
    """The folder of definitions that the agent's ``config`` names. Raises `Usage` where there is none, and for a key that nobody knows."""
    for key in sorted(sent):
        if key not in OWN and not key.startswith(OF_NOMAD):
            near = get_close_matches(key, OWN, 1)
            raise Usage(f"`{key}` isn't a key of this plugin's config: {f'did you mean `{near[0]}`?' if near else 'its own key is `grid`'}")
    folder = Path(sent.get("grid") or otherwise)
    if not folder.is_dir():
        raise Usage(f"there is no folder {str(folder)!r} with a grid's definitions: name it with `grid` in the plugin's config")
    return folder
