"""What definitions ask of jobspecs that exist already: what has to be added to each, and what has to be refused.

Worked out from what Nomad's parser makes of the jobspec as its owner wrote it, and from the few things that its JSON doesn't tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
GRID_NAME = "house"
GRID = f"""
grid "{GRID_NAME}" {{}}
uplink "fiber" {{}}
zone "attic" {{
  uplink = "fiber"
}}
zone "hosting" {{}}
zone "office" {{
  uplink = "fiber"
}}
tier "phone" {{
  rank = 10
}}
tier "server" {{
  rank = 30
}}
machine "nas" {{
  zone = "attic"
}}
machine "mini" {{
  zone = "office"
}}
machine "vps" {{
  zone = "hosting"
}}
"""
HOUR = 3600 * 10**9
EVERYWHERE = ("system", "sysbatch")


@dataclass(frozen=True, slots=True)
class Asked:
    """A definition, but for its name and its jobspec, and what it comes to.

    ``zones``: those that the instances may stand in, with commas, of which there are ``zone_count`` (``any_zones``: only their number is
    asked for); ``count``: how many instances of a group that doesn't say; ``settles``: the keys of it that are about groups.
    """

    name: str
    body: str = ""
    tier_rank: str = ""
    zones: str = ""
    zone_count: int = 0
    any_zones: bool = False
    count: int = 1
    settles: tuple[str, ...] = ()
    ui: Mapping[str, Any] = field(default_factory=dict)
    priority: int | None = None

    def gives(self, key: str) -> bool:
        return key in self.settles


LINK = """
  link "Wiki" {
    url = "https://wiki.example/"
  }
"""
UI = {"Description": 'A "good" ${one}\n', "Links": [{"Label": "Wiki", "URL": "https://wiki.example/"}]}
DEFINITIONS = (
    Asked("plain"),
    Asked("tier", 'tier = "server"', tier_rank="30"),
    Asked("each zone", 'zones = "each"', zones="attic,hosting,office", zone_count=3, count=3, settles=("zones",)),
    Asked("two zones", "zones = 2", zones="attic,hosting", zone_count=2, any_zones=True, count=2, settles=("zones",)),
    Asked("one zone", 'zones = ["office"]', zones="office", zone_count=1, settles=("zones",)),
    Asked("may run twice", "run_twice = true", settles=("run_twice",)),
    Asked("counted", "count = 2", count=2, settles=("count",)),
    Asked("gated", "needs {\n machines = 3\n}", settles=("needs",)),
    Asked("shown", f'description = "A \\"good\\" $${{one}}\\n"\n{LINK}', ui=UI),
    Asked("first", "priority = 70", priority=70),
    Asked(
        "everything",
        f'tier = "phone"\nzones = "each"\nrun_twice = true\npriority = 1\nneeds {{\n zones = 2\n}}\n'
        f'description = "A \\"good\\" $${{one}}\\n"\n{LINK}',
        tier_rank="10",
        zones="attic,hosting,office",
        zone_count=3,
        count=3,
        settles=("zones", "run_twice", "needs"),
        ui=UI,
        priority=1,
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the JSON of a jobspec doesn't tell.

    ``bare_tasks``: how many of its groups are tasks that stand in the job itself; ``dynamic``: it has a dynamic group; ``computed``: its
    counts are no plain numbers; ``loops``: dynamic blocks that make nothing; ``zone_rule``: it has a constraint on the zone;
    ``refused``: why it is, whatever its definition asks for.
    """

    bare_tasks: int = 0
    dynamic: bool = False
    computed: bool = False
    loops: tuple[str, ...] = ()
    zone_rule: bool = False
    refused: str = ""


KNOWN = {
    "computed-type": Known(refused="`type` must be plain text here"),
    "dynamic-none": Known(dynamic=True, loops=("UI", "Update", "Disconnect", "Affinities", "Spreads")),
    "expressions": Known(computed=True),
    "functions": Known(computed=True),
    "id-and-name": Known(refused='its job is named "label"'),
    "job-last": Known(computed=True),
    "job-level-task": Known(bare_tasks=1),
    "meta-dynamic": Known(refused="`meta` must be a plain block or an attribute here"),
    "own-zone-rule": Known(zone_rule=True),
    "shards": Known(dynamic=True, computed=True),
    "task-beside-group": Known(bare_tasks=1),
    "unquoted-labels": Known(dynamic=True),
}


def refusals(asked: Asked, job: Json, known: Known) -> Iterator[str]:
    """A part of each message that the definition is refused with."""
    groups = (job["TaskGroups"] or [])[known.bare_tasks :]
    if known.refused:
        yield known.refused
    if asked.priority is not None and job["Priority"] is not None:
        yield "`priority` stands in the definition too"
    if asked.ui and _own(job, "UI", known):
        yield "both a description or links in the definition and a `ui` of its own"
    if job["Type"] in EVERYWHERE:
        yield from (f"runs on every machine that fits: remove `{key}`" for key in asked.settles if key != "zones")
        if asked.any_zones:
            yield 'runs on every machine that fits: name its zones, or write "each"'
        return
    if not groups or known.bare_tasks:
        yield from (f"`{key}` is about a group" for key in asked.settles)
    if asked.gives("needs") and (len(groups) != 1 or known.dynamic):
        yield "a gate opens one group"
    if asked.gives("zones"):
        if known.zone_rule:
            yield "a constraint on the zone stands here"
        yield from ("canaries can't be placed" for it in (job, *groups) if it["Update"] and it["Update"]["Canary"])
    for group in groups:
        yield from _group_refusals(asked, group, known)


def _group_refusals(asked: Asked, group: Json, known: Known) -> Iterator[str]:
    count = group["Count"]
    if asked.gives("run_twice") and _own(group, "Disconnect", known):
        yield "both `run_twice` and a `disconnect` of its own"
    if group["Scaling"] and (asked.gives("needs") or asked.gives("zones")):
        yield "which settles its count, and has a `scaling` of its own"
    if count is None:
        return
    if asked.gives("needs"):
        if count or known.computed:
            yield "its gate sets the count"
    elif known.computed:
        if asked.gives("zones") or asked.gives("count"):
            yield "`count` must be a plain number here"
    elif asked.gives("count") and count != asked.count:
        yield f"`count` is {count} here and {asked.count} in the definition"
    elif asked.gives("zones") and (not count or count % asked.zone_count):
        yield f"can't be shared out evenly over {asked.zone_count} zone"


def additions_to_job(asked: Asked, service: str, job: Json, known: Known) -> Json:
    """What the job has to have besides its own: values of fields, items of lists, keys of its meta."""
    more: Json = {"Meta": {"simulacra_grid": GRID_NAME, "simulacra_definition": f"service.{service}"}}
    if asked.tier_rank:
        more["Constraints"] = [_rule("${meta.simulacra_rank}", ">=", asked.tier_rank)]
    if asked.ui:
        more["UI"] = dict(asked.ui)
    if asked.priority is not None:
        more["Priority"] = asked.priority
    more["TaskGroups"] = [
        _additions_to_group(asked, service, job, group, known) if number >= known.bare_tasks else {}
        for number, group in enumerate(job["TaskGroups"] or [])
    ]
    return more


def _additions_to_group(asked: Asked, service: str, job: Json, group: Json, known: Known) -> Json:
    everywhere, kind = job["Type"] in EVERYWHERE, job["Type"] or "service"
    gated = asked.gives("needs")
    instances = asked.count if group["Count"] is None or gated else group["Count"]
    more: Json = {}
    if asked.zones:
        more["Constraints"] = [_rule("${meta.simulacra_zone}", "set_contains_any", asked.zones)]
    if asked.zones and not everywhere:
        share = str(instances // asked.zone_count)
        more["Constraints"].append(_rule("${meta.simulacra_zone}", "distinct_property", share))
    if not everywhere and {"zones", "count", "needs"} & {*asked.settles} and group["Count"] is None:
        more["Count"] = 0 if gated else asked.count
    spreads = instances > 1 or (known.computed and group["Count"] is not None)
    if not everywhere and not asked.zones and spreads and not _own_in(job, group, "Spreads", known):
        more["Spreads"] = [{"Attribute": "${meta.simulacra_zone}", "SpreadTarget": None, "Weight": None}]
    if not everywhere and not _own_in(job, group, "Affinities", known):
        more["Affinities"] = [_rule("${meta.simulacra_watts}", *it) for it in (("=", "0", 100), ("<=", "20", 50))]
    if kind != "sysbatch" and not _own(group, "Disconnect", known):
        more["Disconnect"] = _disconnect(kind, asked.gives("run_twice"))
    if kind == "service" and not _own_in(job, group, "Update", known):
        more["Update"] = _update(gated)
    if gated:
        more["Scaling"] = _scaling(service, kind != "batch", asked.count)
    return more


def _own(stanza: Json, field_name: str, known: Known) -> bool:
    """Whether the owner wrote one."""
    return bool(stanza[field_name]) or field_name in known.loops


def _own_in(job: Json, group: Json, field_name: str, known: Known) -> bool:
    return _own(job, field_name, known) or _own(group, field_name, known)


def _rule(attribute: str, operator: str, value: str, weight: int | None = None) -> Json:
    rule: Json = {"LTarget": attribute, "Operand": operator, "RTarget": value}
    return rule if weight is None else {**rule, "Weight": weight}


def _disconnect(kind: str, twice: bool) -> Json:
    if kind == "system":
        return {"LostAfter": 8760 * HOUR, "Replace": None, "Reconcile": None, "StopOnClientAfter": None}
    lost_after = 6 if twice else 8760
    return {"LostAfter": lost_after * HOUR, "Replace": twice, "Reconcile": "keep_original", "StopOnClientAfter": None}


def _update(gated: bool) -> Json:
    others = ("AutoPromote", "AutoRevert", "Canary", "HealthCheck", "HealthyDeadline", "MinHealthyTime", "Stagger")
    return {
        **dict.fromkeys(others),
        "MaxParallel": 0 if gated else None,
        "ProgressDeadline": None if gated else 8760 * HOUR,
    }


def _scaling(service: str, enabled: bool, most: int) -> Json:
    gate = {"source": "simulacra-apm", "query": f"gate/{service}", "strategy": [{"pass-through": [{}]}]}
    policy = {"cooldown": "30s", "evaluation_interval": "10s", "check": [{"gate": [gate]}]}
    unset = {"CreateIndex": 0, "ModifyIndex": 0, "ID": "", "Namespace": "", "Target": None}
    return {**unset, "Type": "horizontal", "Enabled": enabled, "Min": 0, "Max": most, "Policy": policy}


def without(stanza: Json, additions: Json, where: str = "job") -> tuple[Json, list[str]]:
    """The stanza without the additions, and those of them that it lacks."""
    left, lacks = dict(stanza), list[str]()
    for name, added in additions.items():
        if name == "TaskGroups":
            pairs = zip(stanza[name] or [], added, strict=True)
            inner = [without(group, more, f"group {group['Name']}") for group, more in pairs]
            left[name] = [group for group, _ in inner] or stanza[name]
            lacks += [it for _, wrong in inner for it in wrong]
        elif isinstance(added, list):
            left[name] = list(left[name] or [])
            for item in added:
                if item in left[name]:
                    left[name].remove(item)
                else:
                    lacks.append(f"{where} lacks {name} {item}")
        elif name == "Meta":
            there = left[name] or {}
            lacks += [f"{where} lacks {name} {key} = {value}" for key, value in added.items() if there.get(key) != value]
            left[name] = {key: value for key, value in there.items() if added.get(key) != value}
        else:
            if left[name] != added:
                lacks.append(f"{where} has {name} {left[name]}, not {added}")
            left[name] = None
    return left, lacks


def differences(one: Any, other: Any, where: str = "job") -> Iterator[str]:
    """Where two values of JSON differ; nothing and empty are alike."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), f"{where}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{where}[{number}]")
    elif one != other and not (one in _NOTHING and other in _NOTHING):
        yield f"{where}: was {one}, is {other}"


_NOTHING: tuple[Any, ...] = (None, [], {})
