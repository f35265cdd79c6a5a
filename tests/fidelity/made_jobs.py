"""Jobs by chance, in the JSON that Nomad's API takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from tests.fidelity.job_pieces import NOT_EVERYWHERE, PIECES, Draw, Piece, driver
from tests.fidelity.made_nodes import Json

TYPES = ("service", "batch", "system", "sysbatch")
EVERYWHERE = ("system", "sysbatch")
GROUP = "g"
LOGS = {"MaxFiles": 1, "MaxFileSizeMB": 1}
LIFECYCLES = (("prestart", False), ("prestart", True), ("poststart", False), ("poststop", False))


def asking(random: Random, nodes: Sequence[Json], name: str) -> Json:
    """A job that asks for one to four things; for half of them something is hard to meet."""
    return _job(random, nodes, name, strict=random.random() < 0.6, most=3)


def running(random: Random, nodes: Sequence[Json], name: str) -> Json:
    """A job that most likely finds its places."""
    return _job(random, nodes, name, strict=False, most=2)


def counted(job: Json, count: int) -> Json:
    """The same with another count."""
    return {**job, "TaskGroups": [{**group, "Count": count} for group in job["TaskGroups"]]}


def pinned(job: Json, names: Sequence[str]) -> Json:
    """The same on these nodes alone: on one of them all of its instances, or else one on each."""
    rows = [{"LTarget": "${node.unique.name}", "Operand": "regexp", "RTarget": f"^({'|'.join(names)})$"}]
    if len(names) > 1:
        rows = [{"Operand": "distinct_hosts", "RTarget": "true"}, *rows]
        job = counted(job, len(names))
    return {**job, "Constraints": [*rows, *job["Constraints"]]}


def count_of(job: Json) -> int:
    return int(job["TaskGroups"][0]["Count"])


def _job(random: Random, nodes: Sequence[Json], name: str, strict: bool, most: int) -> Json:
    kind = random.choices(TYPES, (6, 2, 1, 1))[0]
    usable = [it for it in nodes if it["Status"] == "ready" and it["SchedulingEligibility"] == "eligible"] or list(nodes)
    target = random.choice(usable)
    lax = Draw(random, usable, target, strict=False)
    draws = [Draw(random, usable, target, strict=True)] if strict else []
    draws += [lax] * random.randint(0 if strict else 1, most)
    makers = [it for it, _ in PIECES if kind not in EVERYWHERE or it not in NOT_EVERYWHERE]
    weights = [weight for it, weight in PIECES if it in makers]
    pieces = [Piece(job={"Datacenters": ["*"], "NodePool": random.choice(("all", target["NodePool"]))}), driver(lax)]
    pieces += [random.choices(makers, weights)[0](draw) for draw in draws]
    count = 1 if kind in EVERYWHERE else random.choice((1, 1, 2, 3, 4, 5))
    priority = random.choice((10, 10, 30, 50, 70, 90, 90))
    head = {"ID": name, "Name": name, "Type": kind, "Priority": priority}
    for piece in pieces:
        head |= piece.job
    return {**head, **_rows(pieces, "job"), "TaskGroups": [_group(random, kind, count, pieces)]}


def _rows(pieces: Iterable[Piece], level: str) -> Json:
    """The constraints, affinities and spreads of one level."""
    pieces = tuple(pieces)
    return {
        "Constraints": [row for it in pieces for at, row in it.constraints if at == level],
        "Affinities": [row for it in pieces for at, row in it.affinities if at == level],
        **({"Spreads": [row for it in pieces for at, row in it.spreads if at == level]} if level != "task" else {}),
    }


def _group(random: Random, kind: str, count: int, pieces: Sequence[Piece]) -> Json:
    volumes = {f"v{at}": {"Name": f"v{at}", "Type": "host", **it} for at, it in enumerate(it for piece in pieces for it in piece.volumes)}
    disk_mb = max(piece.disk_mb for piece in pieces) or random.choice((10, 50))
    return {
        "Name": GROUP,
        "Count": count,
        **({"Update": {"MaxParallel": 0}} if kind in ("service", "system") else {}),
        **_rows(pieces, "group"),
        "Networks": _networks(pieces),
        "Volumes": volumes,
        "EphemeralDisk": {"SizeMB": disk_mb},
        "Tasks": _tasks(random, pieces),
    }


def _networks(pieces: Sequence[Piece]) -> list[Json]:
    """One at most, as Nomad has it. A static port is asked for once on each network."""
    mode = next((piece.mode for piece in pieces if piece.mode), "")
    rows: list[Json] = []
    for port in (port for piece in pieces for port in piece.ports):
        if not port.get("Value") or (port["Value"], port["HostNetwork"]) not in {(it.get("Value"), it["HostNetwork"]) for it in rows}:
            rows.append(port)
    if mode not in ("", "host"):
        rows = [{**it, "IgnoreCollision": False} for it in rows]
    if not rows and not mode:
        return []
    labelled = [{**it, "Label": f"p{at}"} for at, it in enumerate(rows if mode != "none" else [])]
    static, dynamic = [it for it in labelled if it.get("Value")], [it for it in labelled if not it.get("Value")]
    return [{"Mode": mode or "host", "ReservedPorts": static, "DynamicPorts": dynamic}]


def _tasks(random: Random, pieces: Sequence[Piece]) -> list[Json]:
    """A main task with all that is asked for, now and then with others before, beside and after it."""
    drivers = [name for piece in pieces for name in piece.drivers]
    asked: Json = {"CPU": random.choice((20, 50)), "MemoryMB": random.choice((16, 32))}
    for piece in pieces:
        asked |= piece.resources
    if asked.get("Cores"):
        del asked["CPU"]
    if asked.get("MemoryMaxMB", asked["MemoryMB"]) < asked["MemoryMB"]:
        asked["MemoryMaxMB"] = asked["MemoryMB"]
    asked["SecretsMB"] = min(asked.get("SecretsMB", 0), asked["MemoryMB"])
    main = {
        "Name": "main", "Driver": drivers[-1], "LogConfig": LOGS, **_rows(pieces, "task"),
        "Resources": {**asked, "Devices": [it for piece in pieces for it in piece.devices]},
    }  # fmt: skip
    more: list[Json] = []
    for hook, sidecar in random.sample(LIFECYCLES, random.choice((0, 0, 0, 1, 2))):
        sizes = {"CPU": random.choice((20, 400)), "MemoryMB": random.choice((16, 200))}
        task = {"Name": f"{hook}-{len(more)}", "Driver": drivers[0], "LogConfig": LOGS, "Resources": sizes}
        more.append({**task, "Lifecycle": {"Hook": hook, "Sidecar": sidecar}})
    return [main, *more]
