"""A secure lab's certificates: whose they are, who may read the keys, and that the lab's door is let in by them."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from test_forward import Server
from test_keeping_track import STATE

from simulacra.faults import Fault
from simulacra.lab import access
from simulacra.lab.certificates import FOLDER, agent_files, make_certificates, shown_by_people, tls_context
from simulacra.lab.forward import Target, dialer, has_leader

pytestmark = pytest.mark.nomad


@pytest.fixture(scope="module")
def folder(nomad_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of a lab in the region eu."""
    made = tmp_path_factory.mktemp("lab") / FOLDER
    make_certificates(str(nomad_binary), made, "eu")
    return made


def test_keys_are_roots_alone_and_the_ca_signs_nothing_more(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.glob("*key*")} == dict.fromkeys(
        ("cli-key.pem", "client-key.pem", "server-key.pem"), 0o600
    )


@pytest.mark.parametrize("kind", ["client", "server"])
def test_agents_of_a_secure_lab_want_certificates_and_tokens(kind: str, folder: Path) -> None:
    [added] = agent_files(folder.parent / "nas", kind)
    wanted = json.loads(added.read_text())
    assert wanted["acl"] == {"enabled": True}
    assert {name for name, on in wanted["tls"].items() if on is True} == {"http", "rpc", "verify_server_hostname", "verify_https_client"}
    assert all(Path(wanted["tls"][name]).is_file() for name in ("ca_file", "cert_file", "key_file"))


def test_agents_of_an_open_lab_have_nothing_added(tmp_path: Path) -> None:
    assert agent_files(tmp_path / "nas", "client") == ()


def test_the_door_is_let_in(folder: Path) -> None:
    files = json.loads((folder / "server.json").read_text())["tls"]
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files["ca_file"])
    served.load_cert_chain(files["cert_file"], files["key_file"])
    served.verify_mode = ssl.CERT_REQUIRED

    async def check() -> list[bool]:
        server = await asyncio.start_server(Server("a", "200::1").handle, "127.0.0.1", 0, ssl=served)
        target = Target("", "127.0.0.1", server.sockets[0].getsockname()[1])
        strangers = ssl.create_default_context(cafile=files["ca_file"])
        try:
            return [await has_leader(dialer(), target, tls) for tls in (tls_context(folder), strangers, None)]
        finally:
            server.close()

    assert asyncio.run(check()) == [True, False, False]


def test_what_the_program_doesnt_do_is_told(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="`nomad tls ca create` failed"):
        make_certificates("false", tmp_path / FOLDER, "eu")


def test_a_roles_environment_is_what_its_file_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = replace(STATE, secure=True, nomad_port=4646)
    file = access.environment_file(found.name, access.READER)
    file.parent.mkdir(parents=True)
    file.write_text("export NOMAD_ADDR=https://127.0.0.1:4646\nexport NOMAD_TOKEN='a b=c'\n")
    assert access.environment(found, access.READER) == {"NOMAD_ADDR": "https://127.0.0.1:4646", "NOMAD_TOKEN": "a b=c"}
    assert access.certificates(found).items() >= {"NOMAD_ADDR": found.nomad_addr, **shown_by_people(file.parent)}.items()
    assert access.environment(replace(found, secure=False), access.READER)["NOMAD_ADDR"] == "http://127.0.0.1:4646"
