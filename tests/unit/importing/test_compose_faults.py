"""What Compose wouldn't take is refused: everything at once, each with its line."""

from __future__ import annotations

import re

import pytest
from compose_cases import settings

from simulacra.faults import Usage
from simulacra.importing.compose import import_compose

SERVICE = "services:\n  web:\n    image: nginx\n    "


def refusal(content: str, **options: object) -> list[str]:
    with pytest.raises(Usage) as refused:
        import_compose(content, settings(**options))
    return str(refused.value).split("\n")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "is empty: a Compose file has `services:`"),
        ("a: [1\nb: 2", 2, "isn't YAML that can be read: while parsing a flow sequence"),
        ("a: 1\n\tb: 2", 2, "isn't YAML that can be read: while scanning"),
        ("a: *b", 1, "isn't YAML that can be read: found undefined alias 'b'"),
        ("a: 1\n---\nb: 2", 2, "isn't YAML that can be read: holds several documents (---): import each as a file of its own"),
        ("a: \x01", 1, "isn't YAML: the character '\\x01' can't stand there"),
        ("[" * 2000, 1, "is nested too deeply"),
        ("- a", 1, "isn't a Compose file: that is a map with `services:`"),
        ("web:\n  image: nginx", 1, "has no `services:`, or none in them: there is nothing to import"),
        ("services:", 1, "has no `services:`"),
        ("services: [a]", 1, "services: takes a map, not a list"),
        ("services:\n  web:\n    image: a\n    image: b", 4, "image: stands there already, in line 3: remove one"),
        ("services:\n  web: &a\n    x-a: *a", 3, "x-a: the alias leads back to what it stands in"),
        ("services:\n  web:\n    image: !ruby nginx", 3, "image: Compose has no tag '!ruby': remove it"),
        ("services:\n  web:\n    <<: 5", 3, "services.web: `<<` takes a map, or a list of maps"),
        ("services:\n  web:\n    ? [a]\n    : b", 3, "services.web: a key must be a plain string"),
        ("services:\n  web:\n    ports: [80]", 2, "services.web: has neither `image` nor `build`: say what it runs"),
        (SERVICE + "ports: 80", 4, "ports: takes a list, not '80'"),
        (SERVICE + "ports: [[80]]", 4, "ports[0]: takes a string, not a list"),
        (SERVICE + "ports: [http]", 4, "ports[0]: takes a port such as 8080:80, not 'http'"),
        (SERVICE + "ports: ['80:99999']", 4, "ports[0]: takes ports from 1 to 65535, the lower first, not '99999'"),
        (SERVICE + "ports: ['9-8']", 4, "ports[0]: takes ports from 1 to 65535, the lower first, not '9-8'"),
        (SERVICE + "ports: ['80-82:90-91']", 4, "ports[0]: the two ranges must be equally long"),
        (SERVICE + "ports: [{published: 80}]", 4, "ports[0]: lacks `target`"),
        (SERVICE + "environment: text", 4, "environment: takes a map, or a list of NAME=value, not 'text'"),
        (SERVICE + "environment: {A: [1]}", 4, "environment.A: takes a string, not a list"),
        (SERVICE + "environment: {A: $}", 4, "environment.A: a `$` stands there that begins no variable"),
        (SERVICE + "env_file: no.env", 4, "env_file: the file 'no.env' can't be read"),
        (SERVICE + "env_file: [{format: raw}]", 4, "env_file[0]: lacks `path`"),
        (SERVICE + "label_file: no.env", 4, "label_file: the file 'no.env' can't be read"),
        (SERVICE + "volumes: ['data:/data']", 4, "volumes[0]: there is no volume 'data' under the file's `volumes`"),
        (SERVICE + "volumes: ['./a:b']", 4, "volumes[0]: takes an absolute path in the container, not 'b'"),
        (SERVICE + r"volumes: ['C:\a:/b']", 4, "volumes[0]: is a path of Windows: name one of Linux"),
        (SERVICE + "volumes: [{source: a, target: /b}]", 4, "volumes[0]: lacks `type`"),
        (SERVICE + "volumes: [{type: bind, target: /b}]", 4, "volumes[0]: lacks `source`"),
        (SERVICE + "configs: [a]", 4, "configs[0]: there is nothing named 'a' under the file's `configs`"),
        (SERVICE + "secrets: [{target: a}]", 4, "secrets[0]: lacks `source`"),
        (SERVICE + "depends_on: [db]", 4, "depends_on[0]: there is no service 'db'"),
        (SERVICE + "depends_on: {web: {condition: ready}}", 4, "depends_on.web: takes one of service_started"),
        (SERVICE + "links: [db]", 4, "links[0]: there is no service 'db'"),
        (SERVICE + "extra_hosts: [db]", 4, "extra_hosts[0]: takes name:address, not 'db'"),
        (SERVICE + "command: it's", 4, "command: its quotes or parentheses aren't closed"),
        (SERVICE + "restart: sometimes", 4, "restart: takes no, always, unless-stopped, on-failure or on-failure:3"),
        (SERVICE + "deploy: {mode: some}", 4, "deploy.mode: takes one of replicated, global"),
        (SERVICE + "deploy: {replicas: -1}", 4, "deploy.replicas: takes a number from 0 to 10000, not -1"),
        (SERVICE + "deploy: {placement: {constraints: [fast]}}", 4, "deploy.placement.constraints[0]: takes a rule"),
        (SERVICE + "deploy: {restart_policy: {condition: x}}", 4, "deploy.restart_policy.condition: takes none"),
        (SERVICE + "healthcheck: {test: [curl]}", 4, "healthcheck.test: begins with CMD, CMD-SHELL or NONE"),
        (SERVICE + "healthcheck: {test: a, interval: 5}", 4, "healthcheck.interval: takes a duration"),
        (SERVICE + "hostname: {a: b}", 4, "hostname: takes a string, not a map"),
        (SERVICE + "hostname: e\u0301", 4, "hostname: the string isn't in Unicode normal form C"),
        (SERVICE + "privileged: perhaps", 4, "privileged: takes true or false, not 'perhaps'"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(text: str, line: int, said: str) -> None:
    assert re.fullmatch(rf"compose\.yaml:{line}: (services\.web\.)?{re.escape(said)}.*", refusal(text)[0])


def test_all_faults_of_all_services_are_told_at_once() -> None:
    text = "services:\n  a:\n    ports: x\n    image: i\n    links: [z]\n  b:\n    mem_limit: much\n    image: j\n"
    assert [line.split(":")[1] for line in refusal(text)] == ["3", "5", "7"]


def test_faults_of_other_files_are_told_with_theirs() -> None:
    assert refusal(SERVICE + "env_file: web.env", text="A=1\nB='") == ["web.env:2: B: its quotes aren't closed"]


def test_aliases_that_blow_the_file_up_are_stopped() -> None:
    lines = ["x-a: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"] + [f"x-{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 9)]
    assert "the file's aliases make it larger than 100000 values" in refusal("\n".join([*lines, "services: {}"]))[0]
