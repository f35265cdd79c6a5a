"""Who calls whom: names in the table of hosts, ports open at their own numbers, and what is told where nothing says how."""

from __future__ import annotations

import re

import pytest
from compose_cases import settings

from simulacra.cli.import_text import definition_texts
from simulacra.importing.compose import Imported, import_compose

HOSTS = re.compile(r'"([\w.-]+):\$\{ADDRESS_OF_(\w+)\}"')
OPEN = re.compile(r'port "(\w+)" \{(?:\s+static = (\d+))?(?:\s+to\s+= (\d+))?')


def imported(app: str, db: str = "image: postgres:16", more: str = "") -> Imported:
    return import_compose(f"services:\n  app:\n    image: app\n    {app}\n  db:\n    {db}\n{more}", settings())


def text_of(found: Imported, name: str) -> str:
    return definition_texts(found.definitions, "compose.yaml")[name]


def hosts(found: Imported, name: str = "app") -> dict[str, str]:
    return dict(HOSTS.findall(text_of(found, name)))


def opened(found: Imported, name: str = "db") -> set[tuple[int, int]]:
    """Ports on the machine (0: any) and in the container."""
    return {(int(static or 0), int(to or 0)) for _, static, to in OPEN.findall(text_of(found, name))}


@pytest.mark.parametrize(
    ("app", "port"),
    [
        ("environment: {DB_HOST: db}", 5432),
        ("environment: {PGHOST: db}", 5432),
        ("environment: {ADDR: 'db:6000'}", 6000),
        ("environment: {ADDR: 'cache:1,db:6000,other:2'}", 6000),
        ("environment: {X: 'postgres://me:pw@db/app?sslmode=off'}", 5432),
        ("environment: {X: 'postgresql+asyncpg://me:pw@db:6000/app'}", 6000),
        ("environment: {X: 'jdbc:mysql://db/app'}", 3306),
        ("environment: {X: 'me:pw@tcp(db:3306)/app'}", 3306),
        ("environment: {X: 'http://db/'}", 80),
        ("command: ./wait-for-it.sh db:5432 -- ./app", 5432),
        ("command: sh -c 'until nc -z db 5432; do sleep 1; done'", 5432),
        ("command: pg_dump -h db app", 5432),
        ("command: [pg_dump, --host=db, app]", 5432),
        ("depends_on: [db]", 5432),
        ("links: [db]", 5432),
    ],
)
def test_a_call_opens_the_port_and_names_the_host(app: str, port: int) -> None:
    found = imported(app)
    assert hosts(found) == {"db": "DB"}
    assert opened(found) == {(port, port)}
    assert any(f"opened at port {port} on the overlay, where app looks for it" in note.said for note in found.notes)


@pytest.mark.parametrize(
    "app",
    [
        "environment: {DB_NAME: db}",
        "environment: {X: mydb, Y: 'mydb:80', Z: 'http://db.example.org'}",
        "environment: {IMAGE: 'db:16', HOST: db.local}",
        "environment: {X: 'http://example.org/db'}",
        "command: migrate --table db",
        "network_mode: host\n    environment: {DB_HOST: db}",
        "network_mode: none\n    environment: {DB_HOST: db}",
    ],
)
def test_what_is_no_call_opens_nothing(app: str) -> None:
    found = imported(app)
    assert hosts(found) == {}
    assert opened(found) == set()


@pytest.mark.parametrize(
    ("db", "app", "there"),
    [
        ("image: app\n    ports: ['8080:80']", "environment: {URL: 'http://db'}", {(8080, 80), (80, 80)}),
        ("image: app\n    ports: ['80:80']", "environment: {URL: 'http://db'}", {(80, 80)}),
        ("image: app\n    expose: [80]", "environment: {URL: 'http://db'}", {(80, 80)}),
        ("image: app\n    expose: [80]", "init: true", {(0, 80)}),
        ("image: app\n    ports: ['3000:3000', '222:22']", "depends_on: [db]", {(3000, 3000), (222, 22)}),
        ("image: app\n    ports: ['222:22']", "environment: {X: 'db:22'}", {(222, 22)}),
        ("image: app\n    network_mode: host\n    expose: [80]", "environment: {URL: 'http://db'}", {(80, 0)}),
    ],
)
def test_ports_that_are_published_stay_open(db: str, app: str, there: set[tuple[int, int]]) -> None:
    assert opened(imported(app, db)) == there


@pytest.mark.parametrize(
    ("app", "db", "names"),
    [
        ("links: ['db:database']", "image: postgres", {"database": "DB"}),
        ("environment: {DB_HOST: my-db}", "image: postgres\n    container_name: my-db", {"my-db": "DB"}),
        ("environment: {DB_HOST: sql}", "image: postgres\n    networks: {default: {aliases: [sql]}}", {"sql": "DB"}),
    ],
)
def test_other_names_count_too(app: str, db: str, names: dict[str, str]) -> None:
    assert hosts(imported(app, db)) == names


def test_a_service_that_listens_nowhere_known_is_told() -> None:
    found = imported("environment: {DB_HOST: db}", "image: app")
    assert hosts(found) == {}
    note = next(note for note in found.notes if "nothing says at which port it listens" in note.said)
    assert (note.lost, note.path, note.line) == (True, "services.db", 5)
    assert note.said.startswith("app can't reach it")


def test_the_machines_own_ssh_port_is_not_taken() -> None:
    found = imported("environment: {X: 'db:22'}", "image: app\n    ports: ['222:22']")
    assert any(note.lost and "can't reach it at port 22" in note.said for note in found.notes)


@pytest.mark.parametrize(
    ("db", "told"),
    [
        ("image: app", True),
        ("image: app\n    expose: [80]", False),
        ("image: app\n    network_mode: host", False),
        ("image: app\n    deploy: {mode: replicated-job}", False),
    ],
)
def test_who_opens_no_port_is_told(db: str, told: bool) -> None:
    notes = [note for note in imported("ports: ['80:80']", db).notes if note.said.startswith("opens no port")]
    assert [note.path for note in notes] == (["services.db"] if told else [])


def test_the_same_port_of_a_machine_is_told() -> None:
    found = imported("ports: ['80:80', '5432:1']", "image: postgres\n    ports: ['5432:5432']")
    assert [note.path for note in found.notes if note.said.startswith("takes a port of the machine that app takes, too")] == ["services.db"]


@pytest.mark.parametrize("mode", ["service:db", "container:db"])
def test_who_shares_anothers_network_is_left_out(mode: str) -> None:
    found = imported(f"network_mode: '{mode}'")
    assert [it.name for it in found.definitions] == ["db"]
    note = next(note for note in found.notes if note.path == "services.app.network_mode")
    assert note.lost
    assert '`network_mode = "container:db-${NOMAD_ALLOC_ID}"`' in note.said


def test_the_template_asks_for_the_name_in_the_catalog() -> None:
    found = import_compose("services:\n  app: {image: a, links: [My_DB]}\n  My_DB: {image: redis}", settings(prefix="shop-"))
    text = text_of(found, "shop-app")
    assert '"My_DB:${ADDRESS_OF_SHOP_MY_DB}"' in text
    assert (
        'ADDRESS_OF_SHOP_MY_DB={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "shop-my-db" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}'
        in text
    )


def test_who_is_waited_for_to_its_end_is_batch_work() -> None:
    found = imported("depends_on: {db: {condition: service_completed_successfully}}", "image: migrate\n    restart: on-failure")
    assert 'type = "batch"' in text_of(found, "db")
    assert hosts(found) == {}


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["web", "db-1"], {"web": "web", "db-1": "db-1"}),
        (["My_Web.Server"], {"My_Web.Server": "my-web-server"}),
        (["a_b", "a-b", "a.b"], {"a_b": "a-b", "a-b": "a-b-2", "a.b": "a-b-3"}),
        (["x" * 70], {"x" * 70: "x" * 63}),
        (["__"], {"__": "service"}),
    ],
)
def test_services_are_called_as_the_grid_takes_it(names: list[str], called: dict[str, str]) -> None:
    services = "".join(f"  {name}: {{image: a}}\n" for name in names)
    found = import_compose(f"services:\n{services}", settings())
    assert [it.name for it in found.definitions] == list(called.values())
    changed = {note.path.removeprefix("services.") for note in found.notes if "is called" in note.said}
    assert changed == {name for name, other in called.items() if name != other}
