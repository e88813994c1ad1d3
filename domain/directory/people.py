"""Patients, practitioners and organisations: registered once, corrected as a whole, never decided upon."""

from typing import NamedTuple
from uuid import UUID

from domain.directory.content import Person
from domain.directory.events import (
    OrganizationCorrected,
    OrganizationRegistered,
    PatientCorrected,
    PatientRegistered,
    PractitionerCorrected,
    PractitionerRegistered,
)
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Invalid
from domain.kernel.ids import derived_id


class AlreadyRegistered(IllegalTransition):
    """The directory has this entry."""

    code = "already-registered"


class Nameless(Invalid):
    """An entry needs a name."""

    code = "nameless"


class Facts(NamedTuple):
    """What is known of an organisation."""

    name: str
    type: str | None = None
    active: bool = True
    telephone: str | None = None
    address: str | None = None


def _named(names: list[str]) -> None:
    if not any(name.strip() for name in names):
        raise Nameless("A name is needed.", field="name")


class Listed(Aggregate):
    """Somebody who may go by an id chosen elsewhere (an account's, another clinic's), and be listed as several things.

    So the stream belongs to what they are, to the tenant, and to the id: nobody meets another's stream by choosing it.
    """

    @classmethod
    def stream_of(cls, tenant_id: UUID, id_: UUID) -> UUID:
        """Return the stream of the one listed by ``id_`` in a tenant."""
        return derived_id(cls.NAME, tenant_id, id_)


class Patient(Listed):
    """A patient; ``id`` is the person's id everywhere."""

    NAME = "patient"

    def register(self, person: Person) -> None:
        """Take the patient in. Raises AlreadyRegistered or Nameless."""
        if self.version:
            raise AlreadyRegistered("This patient is registered already.", id=str(self.id))
        _named([name.text for name in person.names])
        self.record(PatientRegistered(patient_id=self.id, person=person))

    def correct(self, person: Person) -> None:
        """State the details anew. Raises Nameless."""
        _named([name.text for name in person.names])
        self.record(PatientCorrected(patient_id=self.id, person=person))

    @evolves
    def _known(self, event: PatientRegistered | PatientCorrected) -> None:
        """Nothing is decided by who someone is."""


class Practitioner(Listed):
    """A practitioner; ``id`` is the person's id everywhere."""

    NAME = "practitioner"

    def register(self, person: Person, *, active: bool = True) -> None:
        """Take the practitioner in. Raises AlreadyRegistered or Nameless."""
        if self.version:
            raise AlreadyRegistered("This practitioner is registered already.", id=str(self.id))
        _named([name.text for name in person.names])
        self.record(PractitionerRegistered(practitioner_id=self.id, active=active, person=person))

    def correct(self, person: Person, *, active: bool) -> None:
        """State the details anew. Raises Nameless."""
        _named([name.text for name in person.names])
        self.record(PractitionerCorrected(practitioner_id=self.id, active=active, person=person))

    @evolves
    def _known(self, event: PractitionerRegistered | PractitionerCorrected) -> None:
        """Nothing is decided by who someone is."""


class Organization(Aggregate):
    """An organisation."""

    NAME = "organization"

    def register(self, facts: Facts) -> None:
        """Take the organisation in. Raises AlreadyRegistered or Nameless."""
        if self.version:
            raise AlreadyRegistered("This organisation is registered already.", id=str(self.id))
        _named([facts.name])
        self.record(OrganizationRegistered(organization_id=self.id, **facts._asdict()))

    def correct(self, facts: Facts) -> None:
        """State the details anew. Raises Nameless."""
        _named([facts.name])
        self.record(OrganizationCorrected(organization_id=self.id, **facts._asdict()))

    @evolves
    def _known(self, event: OrganizationRegistered | OrganizationCorrected) -> None:
        """Nothing is decided by who someone is."""
