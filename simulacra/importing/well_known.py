"""What everybody takes for granted: names of ports and architectures, and the ports that official images listen on."""

from __future__ import annotations

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""The kernel's name to Go's, which is Nomad's."""
PORT_NAMES = {
    21: "ftp",
    22: "ssh",
    25: "smtp",
    53: "dns",
    80: "http",
    143: "imap",
    443: "https",
    587: "submission",
    993: "imaps",
    1883: "mqtt",
    3306: "mysql",
    5432: "postgres",
    5672: "amqp",
    6379: "redis",
    8080: "http",
    8443: "https",
    11211: "memcached",
    27017: "mongo",
}
IMAGE_PORTS = {
    "clickhouse-server": 8123,
    "elasticsearch": 9200,
    "influxdb": 8086,
    "mariadb": 3306,
    "keydb": 6379,
    "memcached": 11211,
    "mongo": 27017,
    "mosquitto": 1883,
    "eclipse-mosquitto": 1883,
    "mysql": 3306,
    "nats": 4222,
    "nginx": 80,
    "pgvector": 5432,
    "postgis": 5432,
    "postgres": 5432,
    "postgresql": 5432,
    "rabbitmq": 5672,
    "redis": 6379,
    "timescaledb": 5432,
    "valkey": 6379,
}
"""By the last part of the image's name."""
SCHEME_PORTS = {
    "amqp": 5672,
    "http": 80,
    "https": 443,
    "mongodb": 27017,
    "mqtt": 1883,
    "mysql": 3306,
    "nats": 4222,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
}


def image_port(image: str) -> int | None:
    """The port of an official image, for example of ``docker.io/library/postgres:16-alpine``."""
    return IMAGE_PORTS.get(image.partition("@")[0].rpartition("/")[2].partition(":")[0])
