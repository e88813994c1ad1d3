"""The facts of the directory. A person's details are one sealed field; an organisation is nobody and stays clear."""

from uuid import UUID

from domain.directory.content import Person
from domain.kernel.classes import Code, ForeignId, PublicText
from domain.kernel.event import DomainEvent, Retention, Sealed


class PatientRegistered(DomainEvent, frozen=True, kw_only=True):
    """A patient became known to the tenant."""

    TOPIC = "directory.patient.registered"
    SUBJECT = "patient_id"

    patient_id: UUID
    source_system: Code | None = None
    source_id: ForeignId | None = None
    person: Sealed[Person]


class PatientCorrected(DomainEvent, frozen=True, kw_only=True):
    """A patient's details read differently now, as a whole."""

    TOPIC = "directory.patient.corrected"
    SUBJECT = "patient_id"

    patient_id: UUID
    person: Sealed[Person]


class PractitionerRegistered(DomainEvent, frozen=True, kw_only=True):
    """A practitioner became known to the tenant."""

    TOPIC = "directory.practitioner.registered"
    SUBJECT = "practitioner_id"
    RETENTION = Retention.PROFILE

    practitioner_id: UUID
    active: bool
    source_system: Code | None = None
    source_id: ForeignId | None = None
    person: Sealed[Person]


class PractitionerCorrected(DomainEvent, frozen=True, kw_only=True):
    """A practitioner's details read differently now, as a whole."""

    TOPIC = "directory.practitioner.corrected"
    SUBJECT = "practitioner_id"
    RETENTION = Retention.PROFILE

    practitioner_id: UUID
    active: bool
    person: Sealed[Person]


class OrganizationRegistered(DomainEvent, frozen=True, kw_only=True):
    """An organisation became known to the tenant."""

    TOPIC = "directory.organization.registered"

    organization_id: UUID
    name: PublicText
    type: Code | None = None
    active: bool = True
    telephone: PublicText | None = None
    address: PublicText | None = None
    source_system: Code | None = None
    source_id: ForeignId | None = None


class OrganizationCorrected(DomainEvent, frozen=True, kw_only=True):
    """An organisation's details read differently now, as a whole."""

    TOPIC = "directory.organization.corrected"

    organization_id: UUID
    name: PublicText
    type: Code | None = None
    active: bool = True
    telephone: PublicText | None = None
    address: PublicText | None = None
