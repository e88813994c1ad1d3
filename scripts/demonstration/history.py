"""Chapter: one patient's whole history is replayed, in order, with who did what and what changed."""

import json
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from scripts.demonstration.cast import Cast
from scripts.demonstration.house import House
from scripts.demonstration.story import Step

SHOWN = 3


def tell(step: Step, house: House, cast: Cast, allergy: str) -> None:
    """Replay from the command line, then read one stream as an auditor."""
    patient, name = cast.ada.id, cast.ada.name
    replay = ("replay", "--tenant", str(house.clinic), "--person", str(patient))
    step.command(*replay, "--json")
    entries: list[dict[str, Any]] = json.loads(house.caretrail(*replay, "--json"))
    step.say(f"{len(entries)} events are about {name}:")
    between = ("…", "…", f"{len(entries) - 2 * SHOWN} more")
    step.table(("position", "at", "event"), [*map(_told, entries[:SHOWN]), between, *map(_told, entries[-SHOWN:])])
    step.check("as many as the store holds about this person", len(entries), house.events_about(patient))
    positions = [entry["position"] for entry in entries]
    step.check("in the order they were recorded", all(a < b for a, b in pairwise(positions)))
    step.check("no version of any stream is missing", _gaps(entries), [])
    lines = house.caretrail(*replay, "--ndjson").splitlines()
    _stream(step, cast, allergy, entries, [json.loads(line) for line in lines])


def _stream(
    step: Step, cast: Cast, allergy: str, entries: list[dict[str, Any]], recorded: list[dict[str, Any]]
) -> None:
    path = f"/api/streams/{allergy}/events"
    events = cast.auditor.get(path).data
    step.look("one stream, as the auditor reads it", f"GET {path}")
    replayed = [event for event in recorded if event["stream_id"] == allergy]
    amended = next(e for e in entries if e["stream_id"] == allergy and e["type"].endswith(".amended"))
    changed = next(change for change in amended["changes"] if change["field"] == "content.allergen")
    step.say(f"The amendment tells what it changed: {changed['from']} → {changed['to']}.")
    step.check("the auditor reads the same events as the replay",
               [(e["position"], e["type"], e["data"]) for e in events],
               [(e["position"], e["type"], e["data"]) for e in replayed])  # fmt: skip
    step.check("a doctor may not", cast.doctor.get(path, expect=403).code, "not-permitted")


def _gaps(entries: list[dict[str, Any]]) -> list[str]:
    """Return the streams whose versions do not count up from one."""
    ordered = sorted(entries, key=lambda entry: (entry["stream_id"], entry["version"]))
    streams = {stream: [e["version"] for e in each] for stream, each in groupby(ordered, lambda e: e["stream_id"])}
    return [stream for stream, found in streams.items() if found != list(range(1, len(found) + 1))]


def _told(entry: dict[str, Any]) -> tuple[int, str, str]:
    return entry["position"], f"{datetime.fromisoformat(entry['recorded_at']):%H:%M:%S}", entry["type"]
