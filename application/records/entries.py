"""What the use cases on entries share: finding an entry of the asked type, and the notes' own permission."""

from uuid import UUID

from application.kernel.dispatch import NotPermitted
from application.kernel.session import Session
from domain.identity.policy import permits
from domain.kernel.errors import NotFound
from domain.records.entry import RecordType
from domain.records.health_record import HealthRecord

MENTAL_HEALTH_WRITE = "mental-health:write"


def guard_type(session: Session, record_type: RecordType) -> None:
    """Refuse a mental-health note to a caller without its permission, by whichever command it comes."""
    if record_type is RecordType.MENTAL_HEALTH_NOTE and not permits(session.context.caller.roles, MENTAL_HEALTH_WRITE):
        raise NotPermitted("Your role does not allow this.", permission=MENTAL_HEALTH_WRITE)


async def load_entry(session: Session, record_id: UUID, record_type: RecordType) -> HealthRecord:
    """Return the entry, or raise NotFound when there is none of this type."""
    guard_type(session, record_type)
    entry = await session.load(HealthRecord, record_id)
    if entry.type is not record_type:
        raise NotFound(f"There is no such {record_type.replace('_', ' ')} here.", id=str(record_id))
    return entry
