"""Entries of a chart: their type, their period, their end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.kernel.event import Content
from domain.records.content import Allergy, LabReport, MedicalHistory, Severity, Vital, VitalType
from domain.records.health_record import HealthRecord
from tests.properties.playing import Stream

NOW = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
PATIENT, DOCTOR, ENCOUNTER, TENANT = (UUID(int=n) for n in range(41, 45))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEASURED = ("vital", "lab_report")
STANDS = ("raised", "acknowledged")


class Said(NamedTuple):
    """A content with what the model knows of it: its type, whether it is sound, whether it calls for someone."""

    kind: str
    content: Content
    sound: bool = True
    critical: bool = False


def rate(value: str) -> Vital:
    return Vital(type=VitalType.HEART_RATE, value=value, unit="/min")


SAID = [
    Said("allergy", Allergy(allergen="Penicillin", severity=Severity.SEVERE), critical=True),
    Said("allergy", Allergy(allergen="Penicillin", severity=Severity.MILD)),
    Said("allergy", Allergy(allergen=" "), sound=False),
    Said("vital", rate("130"), critical=True),
    Said("vital", rate("72")),
    Said("vital", rate("fast"), sound=False),
    Said("lab_report", LabReport(test_name="Sodium", result="139", unit="mmol/L")),
    Said("medical_history", MedicalHistory(condition="Asthma")),
]


class Picture(NamedTuple):
    """What is known of an entry, however one came to know it."""

    kind: str
    since: datetime
    until: datetime | None
    retracted: bool
    version: int


@dataclass
class Entry:
    """An entry as the model keeps it. ``critical``: whether it calls for someone, as it stands."""

    kind: str
    since: datetime
    until: datetime | None
    critical: bool
    retracted: bool = False
    version: int = 1

    def picture(self) -> Picture:
        return Picture(self.kind, self.since, self.until, self.retracted, self.version)


def told(stream: Stream[HealthRecord]) -> Picture:
    """Work the picture out from what is stored, and from nothing else."""
    kind, since, until, retracted = stream.rows[0][0].split(".")[1], NOW, None, False
    for what, fact in stream.facts:
        if what == "retracted":
            retracted = True
        else:
            since = datetime.fromisoformat(fact["effective_at"])
            until = datetime.fromisoformat(fact["effective_until"]) if fact["effective_until"] else None
    return Picture(kind, since, until, retracted, len(stream.rows))


def seen(record: HealthRecord) -> Picture:
    """What the aggregate itself says."""
    return Picture(record.type.value, record.effective_at, record.effective_until, record.retracted, record.version)
