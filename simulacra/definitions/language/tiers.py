"""Tiers, and what makes a machine one of a tier."""

from __future__ import annotations

from simulacra.definitions import kinds
from simulacra.definitions.kinds import Wrong
from simulacra.definitions.language.common import DESCRIPTION, DEVICE, MEBIBYTES, MHZ, NAMED, NODE_NAME, WORDS, build, named
from simulacra.definitions.schema import Found, Key, Part, Schema
from simulacra.model.compare import OPERATORS
from simulacra.model.machine import AttributeMatch, Match, Tier


def _attribute_match(found: Found) -> AttributeMatch:
    match = AttributeMatch(attribute=found.label, **found.values)
    if match.operator in ("is_set", "is_not_set"):
        if "value" in found.values:
            raise Wrong(found.lines["value"], f'`value` has no meaning with operator "{match.operator}": remove it')
    elif "value" not in found.values:
        raise Wrong(found.source.line, f'the attribute "{found.label}" lacks `value`: what it is compared with; or set operator = "is_set"')
    if match.operator == "regexp":
        import re

        try:
            re.compile(match.value)
        except re.error as error:
            raise Wrong(found.lines["value"], f'`value` "{match.value}" isn\'t a regular expression: {error}') from None
    return match


MATCH = Schema(
    "What a machine must have to count as one of the tier; all of it must hold.",
    build(Match),
    keys={
        "cpu_mhz": Key(kinds.whole(*MHZ, "MHz"), "its cores together have at least so much: 4 cores of 2 GHz have 8000"),
        "memory_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "it has at least so much memory"),
        "disk_mb": Key(kinds.whole(*MEBIBYTES, "MiB"), "it has at least so much disk for tasks"),
        "drivers": Key(kinds.items(NAMED, "task drivers"), "the task drivers that work on it, by Nomad's names"),
        "devices": Key(kinds.items(DEVICE, 'devices, for example ["nvidia/gpu"]'), "the devices on it, named as in Nomad's `device` block"),
        "mains": Key(kinds.truth(), "whether it must not be running from its battery"),
    },
    parts={
        "attribute": Part(
            Schema(
                "A fingerprinted attribute, compared as by a constraint of Nomad's.",
                _attribute_match,
                label=named("an attribute of Nomad's, as driver.qemu"),
                keys={
                    "operator": Key(
                        kinds.choice(*OPERATORS), "how the machine's value (left) is compared with `value` (right), as by Nomad"
                    ),
                    "value": Key(WORDS, "what it is compared with; not with `is_set` and `is_not_set`"),
                },
            ),
            "an attribute of Nomad's that it must have",
            field="attributes",
            many=True,
        )
    },
)

TIER = Schema(
    "A class of machines; a higher rank can do all that a lower one can.",
    build(Tier, "name", sourced=True),
    label=NODE_NAME,
    keys={
        "rank": Key(
            kinds.whole(0, 1_000_000), "orders the tiers: a service runs on machines of its own tier's rank or a higher one", required=True
        ),
        "description": DESCRIPTION,
    },
    parts={"match": Part(MATCH, "which machines are of this tier, where their definition doesn't say")},
)
