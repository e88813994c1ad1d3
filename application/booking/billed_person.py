"""Whom an invoice made by itself is addressed to: the person as the directory knows them at that moment."""

from uuid import UUID

from application.ports.stream_reader import StreamReader
from domain.billing.events import BillTo
from domain.directory.content import Address, Person
from domain.directory.events import PatientCorrected, PatientRegistered
from domain.directory.people import Patient


async def bill_to(streams: StreamReader, tenant_id: UUID, person_id: UUID) -> BillTo | None:
    """Return name and address, or None for a person the directory does not know (or no longer may)."""
    history = await streams.read(tenant_id, Patient.stream_of(tenant_id, person_id), opened=True)
    known = [r.event.person for r in history if isinstance(r.event, PatientRegistered | PatientCorrected)]
    person = known[-1] if known else None
    if not isinstance(person, Person):
        return None
    return BillTo(name=person.names[0].text, lines=_lines(person.addresses[0]) if person.addresses else ())


def _lines(address: Address) -> tuple[str, ...]:
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    region = ", ".join(part for part in (address.state, address.country) if part)
    return tuple(line for line in (*address.lines, town, region) if line)
