"""Keeps the latest details of each person (sealed) and organisation (clear)."""

from pathlib import Path
from uuid import UUID

from domain.directory.events import (
    OrganizationCorrected,
    OrganizationRegistered,
    PatientCorrected,
    PatientRegistered,
    PractitionerCorrected,
    PractitionerRegistered,
)
from domain.identity.events import OrganizationChanged, OrganizationClosed, OrganizationCreated
from domain.identity.kinds import OrganizationKind
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

PEOPLE = Table("directory", ("tenant_id", "person_id", "role"))
ORGANIZATIONS = Table("directory_organizations", ("tenant_id", "organization_id"))


def patient_registered(rows: Rows, event: PatientRegistered, recorded: Recorded) -> None:
    """A patient is known."""
    source = {"source_system": event.source_system, "source_id": event.source_id}
    _registered(rows, (event.patient_id, "patient"), recorded, active=True, **source)


def patient_corrected(rows: Rows, event: PatientCorrected, recorded: Recorded) -> None:
    """A patient's details are others now."""
    _corrected(rows, (event.patient_id, "patient"), recorded, active=True)


def practitioner_registered(rows: Rows, event: PractitionerRegistered, recorded: Recorded) -> None:
    """A practitioner is known."""
    source = {"source_system": event.source_system, "source_id": event.source_id}
    _registered(rows, (event.practitioner_id, "practitioner"), recorded, active=event.active, **source)


def practitioner_corrected(rows: Rows, event: PractitionerCorrected, recorded: Recorded) -> None:
    """A practitioner's details are others now."""
    _corrected(rows, (event.practitioner_id, "practitioner"), recorded, active=event.active)


def organization_registered(rows: Rows, event: OrganizationRegistered, recorded: Recorded) -> None:
    """An organisation is known."""
    source = {"source_system": event.source_system, "source_id": event.source_id}
    _organization(rows, event, recorded, **source)


def organization_corrected(rows: Rows, event: OrganizationCorrected, recorded: Recorded) -> None:
    """An organisation's details are others now."""
    _organization(rows, event, recorded)


def own_created(rows: Rows, event: OrganizationCreated, recorded: Recorded) -> None:
    """The tenant's own organisation is one of those it knows, by the tenant's id; a person's own is none."""
    if event.kind is not OrganizationKind.PERSONAL:
        values = {"version": recorded.version, "name": event.name, "type": event.kind.value, "active": True}
        rows.put(ORGANIZATIONS.name, _own_key(recorded), values)


def own_changed(rows: Rows, event: OrganizationChanged, recorded: Recorded) -> None:
    """It is called something else."""
    rows.change(ORGANIZATIONS.name, _own_key(recorded), {"version": recorded.version, "name": event.name})


def own_closed(rows: Rows, event: OrganizationClosed, recorded: Recorded) -> None:
    """It is closed."""
    rows.change(ORGANIZATIONS.name, _own_key(recorded), {"version": recorded.version, "active": False})


def _own_key(recorded: Recorded) -> tuple[UUID, UUID]:
    return recorded.tenant_id, recorded.stream_id


def _registered(rows: Rows, listed: tuple[UUID, str], recorded: Recorded, **columns: object) -> None:
    begun = {"stream_id": recorded.stream_id, "version": recorded.version, "registered_at": recorded.recorded_at}
    rows.put(PEOPLE.name, (recorded.tenant_id, *listed), {**begun, **columns} | sealed_columns(recorded))


def _corrected(rows: Rows, listed: tuple[UUID, str], recorded: Recorded, **columns: object) -> None:
    values = {"version": recorded.version, **columns}
    rows.change(PEOPLE.name, (recorded.tenant_id, *listed), values | sealed_columns(recorded))


def _organization(
    rows: Rows, event: OrganizationRegistered | OrganizationCorrected, recorded: Recorded, **columns: object
) -> None:
    rows.put(
        ORGANIZATIONS.name,
        (recorded.tenant_id, event.organization_id),
        {
            "version": recorded.version,
            "name": event.name,
            "type": event.type,
            "active": event.active,
            "telephone": event.telephone,
            "address": event.address,
            **columns,
        },
    )


READ_MODEL = ReadModel(
    name="directory",
    tables=(PEOPLE, ORGANIZATIONS),
    on={
        PatientRegistered: patient_registered,
        PatientCorrected: patient_corrected,
        PractitionerRegistered: practitioner_registered,
        PractitionerCorrected: practitioner_corrected,
        OrganizationRegistered: organization_registered,
        OrganizationCorrected: organization_corrected,
        OrganizationCreated: own_created,
        OrganizationChanged: own_changed,
        OrganizationClosed: own_closed,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
