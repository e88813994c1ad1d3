"""Chapter: a record is amended and another retracted, and the chart can still be read as it was known before."""

from datetime import UTC, datetime
from typing import Any

from scripts.demonstration.cast import Cast
from scripts.demonstration.house import House
from scripts.demonstration.people import Answer, Person, eventually
from scripts.demonstration.story import Step

ALLERGIES = "/api/ehr/allergies"
SEVERE = {"allergen": "Penicillin", "severity": "Severe", "reaction": "Anaphylaxis"}
CORRECTED = SEVERE | {"allergen": "Amoxicillin", "reasonCode": "corrected", "reason": "As the letter says"}
WRONG = {"allergen": "Latex", "severity": "Mild", "reaction": "Itching"}


def tell(step: Step, house: House, cast: Cast) -> str:
    """Record, amend, retract; read the chart at both times. Return the allergy's id."""
    doctor, patient, name = cast.doctor, cast.ada.id, cast.ada.name
    severe = doctor.post(ALLERGIES, {"patientId": str(patient), **SEVERE})
    wrong = doctor.post(ALLERGIES, {"patientId": str(patient), **WRONG})
    record = str(severe.data["id"])
    step.say(f"For {name} a severe allergy to penicillin is recorded, and a mild one to latex.")
    step.look("the clinic's critical alerts", f"GET /api/ehr/clinic/{house.clinic}/alerts/critical")
    _alerted(step, house, doctor, severe)

    then = datetime.now(UTC)
    step.say("The doctor corrects the first (it was amoxicillin), and retracts the second: entered in error.")
    corrected = doctor.put(f"{ALLERGIES}/{record}", CORRECTED)
    retracted = doctor.delete(f"{ALLERGIES}/{wrong.data['id']}", {"reasonCode": "entered-in-error"})

    ours = {record, wrong.data["id"]}
    before = _allergens(cast, ours, retracted.position, known_at=then.isoformat())
    now = _allergens(cast, ours, retracted.position)
    chart = f"GET /api/ehr/patients/{patient}/chart"
    step.look("the chart as it was known, and as it is", f"{chart}?known_at={then:%Y-%m-%dT%H:%M:%S.%fZ}", chart)
    step.table(("chart as known", "allergies entered today"), [["before", ", ".join(before)], ["now", ", ".join(now)]])
    step.check("as known before: penicillin and latex", before, ["Latex", "Penicillin"])
    step.check("as known now: amoxicillin alone", now, ["Amoxicillin"])
    versions = doctor.get(f"{ALLERGIES}/{record}/history").data
    step.check("both versions of the first are kept",
               [(v["allergen"], v["recordStatus"]) for v in versions],
               [("Penicillin", "superseded"), ("Amoxicillin", "current")])  # fmt: skip
    gone = doctor.get(f"{ALLERGIES}/{wrong.data['id']}", expect=410)
    step.check("the second says that it was retracted", gone.code, "record-withdrawn")
    _alerted(step, house, doctor, corrected)
    return record


def _alerted(step: Step, house: House, doctor: Person, written: Answer) -> None:
    """Wait for the alert on the record as it was just written."""
    path = f"/api/ehr/clinic/{house.clinic}/alerts/critical"
    version = {"recordId": written.data["id"], "recordVersion": written.data["version"]}

    def raised() -> list[dict[str, Any]]:
        return [alert for alert in doctor.get(path, {"limit": 1000}).data if alert.items() >= version.items()]

    alerts = eventually(raised, bool, "the critical alert")
    allergens = [finding["value"] for alert in alerts for finding in alert["findings"]]
    says = f"one critical alert follows, and names {' and '.join(allergens)}"
    step.check(says, [(a["recordType"], a["state"]) for a in alerts], [("allergy", "raised")])


def _allergens(cast: Cast, ours: set[str], after: int, **when: str) -> list[str]:
    """Return the allergens of today's two entries in the chart, by name."""
    path = f"/api/ehr/patients/{cast.ada.id}/chart"
    entries = cast.doctor.get(path, {"limit": 1000, **when}, after=after).data["entries"]
    return sorted(str(entry["allergen"]) for entry in entries if entry["id"] in ours)
