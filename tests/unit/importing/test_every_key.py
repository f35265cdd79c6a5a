"""Whatever key of Compose's a service has: it is carried over, or told."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_cases import settings

from simulacra.faults import Usage
from simulacra.importing.compose import SERVICE_KEYS, import_compose

HERE = Path(__file__).parent
KEYS = [line for line in (HERE / "compose_keys.txt").read_text().splitlines() if not line.startswith("#")]
SAMPLES: dict[str, dict[str, Any]] = yaml.load((HERE / "every_key.yaml").read_text(), yaml.BaseLoader)
OTHER = {"image": "redis", "environment": {"WEB_URL": "http://web.internal:80"}}
AROUND = {
    "networks": {"front": None},
    "volumes": {"data": {}},
    "configs": {"httpd": {"content": "a text"}},
    "secrets": {"server-certificate": {"file": "./server.cert"}},
}
WEB_ENV = 'A="b"\n'


def outcome(service: dict[str, Any]) -> object:
    """What becomes of the service and of the other beside it, with what is told of them, whatever the lines."""
    document = {"services": {"web": {"image": "nginx"} | service, "other": OTHER}, **AROUND}
    try:
        imported = import_compose(yaml.dump(document), settings(WEB_ENV))
    except Usage as refused:
        return str(refused)
    return [it.body for it in imported.definitions], {(note.path, note.said) for note in imported.notes}


def without(service: dict[str, Any], key: str) -> dict[str, Any]:
    """The service without the last part of a path such as ``ports[].name``."""
    rest = copy.deepcopy(service)
    *way, last = key.split(".")
    at: Any = rest
    for step in way:
        at = at[step.removesuffix("[]")]
        at = at[0] if step.endswith("[]") else at
    del at[last]
    return rest


def test_there_is_a_sample_of_each_key() -> None:
    assert sorted(SAMPLES) == sorted(KEYS)


def test_no_other_keys_are_known() -> None:
    assert sorted(SERVICE_KEYS) == sorted({key.partition(".")[0].partition("[")[0] for key in KEYS})


@pytest.mark.parametrize("key", KEYS)
def test_a_key_makes_a_difference_or_is_told(key: str) -> None:
    assert outcome(SAMPLES[key]) != outcome(without(SAMPLES[key], key))


@pytest.mark.parametrize("key", KEYS)
def test_samples_are_taken(key: str) -> None:
    assert not isinstance(outcome(SAMPLES[key]), str)


@pytest.mark.parametrize(
    ("service", "path", "hint"),
    [
        ({"imagee": "x"}, "services.web.imagee", "did you mean 'image'?"),
        ({"ports": [{"target": "80", "publish": "81"}]}, "services.web.ports[0].publish", "did you mean 'published'?"),
        ({"deploy": {"zebra": "1"}}, "services.web.deploy.zebra", "remove it"),
        ({"deploy": {"resources": {"limits": {"disk": "1"}}}}, "services.web.deploy.resources.limits.disk", "remove it"),
        ({"healthcheck": {"tset": "true"}}, "services.web.healthcheck.tset", "did you mean 'test'?"),
        ({"logging": {"option": {}}}, "services.web.logging.option", "did you mean 'options'?"),
        ({"volumes": [{"type": "volume", "source": "data", "target": "/d", "volume": {"no_copy": "1"}}]},
         "services.web.volumes[0].volume.no_copy", "did you mean 'nocopy'?"),
        ({"networks": {"front": {"ip": "1.2.3.4"}}}, "services.web.networks.front.ip", "remove it"),
        ({"env_file": [{"path": "web.env", "fromat": "raw"}]}, "services.web.env_file[0].fromat", "did you mean 'format'?"),
        ({"configs": [{"source": "httpd", "user": "1"}]}, "services.web.configs[0].user", ""),
        ({"depends_on": {"other": {"condition": "service_started", "wait": "1"}}}, "services.web.depends_on.other.wait", ""),
        ({"devices": [{"source": "/dev/x", "mode": "r"}]}, "services.web.devices[0].mode", ""),
        ({"gpus": [{"amount": "1"}]}, "services.web.gpus[0].amount", ""),
    ],
)  # fmt: skip
def test_an_unknown_key_is_told(service: dict[str, Any], path: str, hint: str) -> None:
    document = {"services": {"web": {"image": "nginx"} | service, "other": OTHER}, **AROUND}
    notes = {note.path: note for note in import_compose(yaml.dump(document), settings(WEB_ENV)).notes}
    assert notes[path].lost
    assert "Compose has no such key" in notes[path].said
    assert hint in notes[path].said


def test_the_authors_own_keys_are_left_alone() -> None:
    own: dict[str, Any] = {"image": "nginx", "mem_limit": "1g", "x-mine": {"any": ["thing"]}}
    assert import_compose(yaml.dump({"x-top": 1, "services": {"web": own}}), settings()).notes == ()
