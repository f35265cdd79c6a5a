"""`simulacra lab chaos` without a lab: what would happen when, and how a run is shown."""

from __future__ import annotations

import io
import json

from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.cli.show_chaos import show_summary, summary_json
from simulacra.lab.chaos.breach import Breach
from simulacra.lab.chaos.kinds import Ground
from simulacra.lab.chaos.schedule import Strike
from simulacra.lab.chaos.seen import Asked, Bounds, Seen, Struck
from simulacra.lab.chaos.summary import summarize
from simulacra.model.journal import LogEntry

SEEN = Seen(
    Ground(("attic",), (("nas", "attic"),), ("nas",), ("nas",), ()),
    Bounds(),
    began_s=1000.0,
    now_s=1060.0,
    strikes=(Struck(Strike(5.0, "person", "tower", 10.0), ("tower",), 1005.0, 1015.0),),
    asked=(Asked("batch-0", "batch", 1, 1010.0),),
    entries=(LogEntry(1020.0, "tower", "asleep", "waking", "work waits", "plan"),),
)
BROKEN = Breach("people are left alone", "tower", 1050.0, "tower went to sleep")


def dry(*words: str) -> str:
    ran = CliRunner().invoke(app, ["lab", "chaos", "--dry-run", *words])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_same_seed_shows_the_same() -> None:
    shown = dry("--seed", "4", "--minutes", "2")
    assert shown == dry("--seed", "4", "--minutes", "2") != dry("--seed", "5", "--minutes", "2")
    assert shown.startswith("seed 4, 2 minutes: ")


def test_the_schedule_for_programs_has_the_work_too() -> None:
    told = json.loads(dry("--seed", "4", "--minutes", "2", "--json"))
    assert (told["seed"], told["lasts_s"]) == (4, 120)
    assert {"at_s", "kind", "whom", "lasts_s", "when"} == set(told["strikes"][0])
    assert {"batch", "service"} == {it["shape"] for it in told["works"]}


def test_a_run_is_shown_with_what_was_broken() -> None:
    out = io.StringIO()
    show_summary(summarize(SEEN, 4, [BROKEN]), out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["person", "1"] in lines
    assert ["batch", "jobs", "0", "of", "1", "done"] in lines
    assert ["worst", "wait", "50", "s", "(batch-0)"] in lines
    assert ["broken", "rules", "1"] in lines
    assert "  people are left alone: tower went to sleep" in out.getvalue().splitlines()


def test_for_programs_times_are_from_the_beginning() -> None:
    told = summary_json(summarize(SEEN, 4, [BROKEN]), SEEN)
    assert told["breaches"] == [{"rule": "people are left alone", "at_s": 50.0, "text": "tower went to sleep"}]
    assert told["faults"] == [{"kind": "person", "whom": "tower", "when": None, "at_s": 5.0, "healed_s": 15.0, "missed": ""}]
    assert told["log"] == [{"at_s": 20.0, "machine": "tower", "from": "asleep", "to": "waking", "by": "plan", "reason": "work waits"}]
    assert json.loads(json.dumps(told))["kinds"] == [{"kind": "person", "struck": 1, "missed": 0}]
