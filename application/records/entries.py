"""What the use cases on entries share: as which resource the policy knows an entry, and finding one of a type."""

from uuid import UUID

from application.kernel.session import Session
from domain.kernel.errors import NotFound
from domain.records.entry import RecordType
from domain.records.health_record import HealthRecord

#: The types that the policy tells apart; all others are medical records.
RESOURCES: dict[RecordType, str] = {
    RecordType.LAB_REPORT: "lab-reports",
    RecordType.VITAL: "vitals",
    RecordType.MEDICATION: "medications",
    RecordType.MENTAL_HEALTH_NOTE: "mental-health",
}


def resource_of(record_type: RecordType) -> str:
    """Return the resource that entries of a type are."""
    return RESOURCES.get(record_type, "medical-records")


async def load_entry(session: Session, record_id: UUID, record_type: RecordType) -> HealthRecord:
    """Return the entry, or raise NotFound when there is none of this type."""
    entry = await session.load(HealthRecord, record_id)
    if entry.type is not record_type:
        raise NotFound(f"There is no such {record_type.replace('_', ' ')} here.", id=str(record_id))
    return entry
