"""Chapter: patients come over from another system as FHIR R4 bundles, and the books balance."""

import json
from pathlib import Path
from typing import Any

from domain.kernel.ids import derived_id
from scripts.demonstration.cast import ZONE, Cast
from scripts.demonstration.house import House
from scripts.demonstration.people import Person
from scripts.demonstration.story import Step
from scripts.terminal import FAILED

SEED = 2026
PROFILES = ("type2_diabetes", "hypertension", "ckd_stage3", "anaemia", "healthy")
OF_EACH, VISITS = 2, 5
COLUMNS = ("read", "imported", "already", "not_mapped", "refused")
Json = dict[str, Any]


def tell(step: Step, house: House, cast: Cast) -> None:
    """Make patients, import them, import them again."""
    folder = house.settings.state / "patients"
    bundles = _made()
    damaged = _without_patient(bundles[-1])
    files = {f"{name}.json": bundle for name, bundle in [*bundles, damaged]}
    _write(folder, files)
    step.say(f"{len(bundles)} synthetic patients are made (carebundle, seed {SEED}), each a FHIR R4 bundle in a file.")
    step.say("One bundle holds a CarePlan too, which Caretrail keeps no record of. One more file lacks its patient.")
    command = ("import-fhir", str(folder), "--tenant", str(house.clinic), "--zone", ZONE)
    step.command("import-fhir", folder.name, "--tenant", str(house.clinic))
    # Exit code 1: one bundle is refused, as it should be.
    facts = house.facts_of(*command, expect=FAILED)
    _show(step, facts)
    step.look(
        "the sums: each file is taken whole or refused whole; what is not mapped is counted by type, never dropped"
    )
    step.check("imported + not mapped + refused = read, for every type", _unbalanced(facts), [])
    held = sum(len(bundle["entry"]) for bundle in files.values())
    step.check("every resource in the files was read", facts["total"]["read"], held)
    step.check("the file without a patient is refused whole, and no other",
               [(r["file"], r["code"]) for r in facts["refusals"]],
               [(f"{damaged[0]}.json", "unknown-reference")])  # fmt: skip

    known = _directory(step, cast.receptionist, [bundle for _, bundle in bundles], facts["position"])
    _see_charts(step, cast.doctor, known, facts["position"])
    before = house.figures()["events"]
    step.say("The same files are imported once more.")
    again = house.facts_of(*command, expect=FAILED)["total"]
    step.check("all of it was there already", again["already"], again["imported"])
    step.check("not one event was added", house.figures()["events"], before)


def _made() -> list[tuple[str, Json]]:
    """Return one bundle per patient: one patient over several visits, then each profile in both sexes at one visit."""
    from carebundle import generate_bundle, generate_history, to_json

    history = json.loads(to_json(generate_history(profile="hypertension", seed=SEED, index=0, visits=VISITS)))
    patient = {"reference": history["entry"][0]["fullUrl"]}
    plan = {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan", "subject": patient}
    history["entry"].append({"fullUrl": f"urn:uuid:{derived_id('care-plan', SEED)}", "resource": plan})
    made = [("00-hypertension-over-time", history)]
    for number in range(len(PROFILES) * OF_EACH):
        profile, sex = PROFILES[number % len(PROFILES)], "FM"[number // len(PROFILES)]
        bundle = generate_bundle(profile=profile, seed=SEED, sex=sex, index=number + 1)
        made.append((f"{number + 1:02}-{profile.replace('_', '-')}", json.loads(to_json(bundle))))
    return made


def _without_patient(bundle: tuple[str, Json]) -> tuple[str, Json]:
    """Return a copy in which everything refers to a patient who is not there."""
    name, whole = bundle
    rest = [entry for entry in whole["entry"] if entry["resource"]["resourceType"] != "Patient"]
    return f"{name}-damaged", whole | {"entry": rest}


def _write(folder: Path, files: dict[str, Json]) -> None:
    folder.mkdir(parents=True)
    for name, bundle in files.items():
        (folder / name).write_text(json.dumps(bundle))


def _directory(step: Step, reception: Person, bundles: list[Json], position: int) -> list[tuple[str, str]]:
    """Find in the directory whom the files speak of; return the patients' ids and names."""
    found: dict[str, Json] = {}
    for kind in ("patients", "practitioners"):
        rows = reception.get(f"/api/ehr/{kind}", {"limit": 1000}, after=position).data
        found |= {row["sourceId"]: row for row in rows}
    step.look("the directory", "GET /api/ehr/patients", "GET /api/ehr/practitioners")
    known = [_known(bundle, kind) for bundle in bundles for kind in ("Patient", "Practitioner")]
    step.check("the directory holds who is in the files, by name",
               {source: row["names"][0]["text"] for source, row in found.items()}, dict(known))  # fmt: skip
    return [(found[source]["id"], name) for source, name in known[::2]]


def _known(bundle: Json, kind: str) -> tuple[str, str]:
    """Return how a bundle's patient or practitioner is known there, and the name."""
    entry = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)
    name = entry["resource"]["name"][0]
    id_there = entry["resource"].get("id") or entry["fullUrl"].rpartition(":")[2]
    return f"{kind}/{id_there}", f"{' '.join(name['given'])} {name['family']}"


def _see_charts(step: Step, doctor: Person, patients: list[tuple[str, str]], position: int) -> None:
    summaries = {
        name: doctor.get(f"/api/ehr/patients/{patient}/summary", after=position).data for patient, name in patients
    }
    patient, name = patients[1]
    counted = summaries[name]["records"].items()
    records = ", ".join(f"{figures['active']} {kind.replace('_', ' ')}" for kind, figures in counted)
    step.look(f"the summary of {name}: {records}", f"GET /api/ehr/patients/{patient}/summary")
    step.check(
        "every patient has a chart one can read", [n for n, s in summaries.items() if not s["activeRecords"]], []
    )


def _unbalanced(facts: Json) -> list[str]:
    rows = facts["types"].items()
    return [name for name, row in rows if row["imported"] + row["not_mapped"] + row["refused"] != row["read"]]


def _show(step: Step, facts: Json) -> None:
    rows = [*sorted(facts["types"].items()), ("together", facts["total"])]
    headings = ["type", *(column.replace("_", " ") for column in COLUMNS)]
    step.table(headings, [[name, *(row[column] for column in COLUMNS)] for name, row in rows])
