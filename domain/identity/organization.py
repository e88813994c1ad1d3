"""An organisation: a clinic, practice or agency, or the one of each user's own. Its id is the id of its tenant."""

import re
from typing import ClassVar, NamedTuple
from uuid import UUID

from domain.identity.events import (
    AdministratorNamed,
    AdministratorReleased,
    OrganizationChanged,
    OrganizationClosed,
    OrganizationCreated,
)
from domain.identity.kinds import OrganizationKind
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.civil import zone
from domain.kernel.errors import IllegalTransition, Invalid

LONGEST_NAME = 200
_CURRENCY, _LOCALE = re.compile(r"[A-Z]{3}"), re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


class BadDetails(Invalid):
    """What is said of the organisation cannot be so."""

    code = "bad-organization"


class OrganizationOver(IllegalTransition):
    """The organisation is closed."""

    code = "organization-closed"


class PersonalOrganization(IllegalTransition):
    """It is a user's own: nobody else comes in, and it goes with the account."""

    code = "personal-organization"


class LastAdministrator(IllegalTransition):
    """Nobody would keep the organisation."""

    code = "last-administrator"


class Details(NamedTuple):
    """What it is called and works by: an IANA zone, an ISO 4217 currency, a language tag."""

    name: str
    zone: str = "UTC"
    currency: str = "EUR"
    locale: str = "en"


PERSONAL = Details("Personal")


class Organization(Aggregate):
    """``administrators``: the members who hold the administrator's role for good; from the first on there is one.

    Every change of that is an event of this stream, so that of two made at the same moment one is decided anew.
    """

    NAME: ClassVar[str] = "organization"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.kind: OrganizationKind
        self.details: Details
        self.administrators: set[UUID] = set()
        self.closed = False

    def create(self, kind: OrganizationKind, details: Details) -> None:
        """Begin. Raises IllegalTransition, BadDetails, UnknownZone."""
        if self.version:
            raise IllegalTransition("This organisation is there already.", id=str(self.id))
        _check(details)
        self.record(OrganizationCreated(organization_id=self.id, kind=kind, **details._asdict()))

    def change(self, details: Details) -> None:
        """Let the details read as given. Raises OrganizationOver, BadDetails, UnknownZone."""
        self._open()
        _check(details)
        if details != self.details:
            self.record(OrganizationChanged(organization_id=self.id, **details._asdict()))

    def close(self, by: UUID) -> None:
        """Let nobody act in it any more. Raises OrganizationOver, PersonalOrganization."""
        self.admit()
        self.record(OrganizationClosed(organization_id=self.id, closed_by=by))

    def admit(self) -> None:
        """Raise unless people may come, go and change what they are: OrganizationOver, PersonalOrganization."""
        self._open()
        if self.kind is OrganizationKind.PERSONAL:
            raise PersonalOrganization("This organisation is one person's own.", id=str(self.id))

    def note_administrator(self, user_id: UUID, *, keeps: bool) -> None:
        """Note whether a member keeps the organisation; what is so already is not noted. Raises LastAdministrator."""
        if keeps and user_id not in self.administrators:
            self.record(AdministratorNamed(organization_id=self.id, user_id=user_id))
        elif not keeps and user_id in self.administrators:
            if len(self.administrators) == 1:
                raise LastAdministrator("Name another administrator first: an organisation is never without one.")
            self.record(AdministratorReleased(organization_id=self.id, user_id=user_id))

    @evolves
    def _on_created(self, event: OrganizationCreated) -> None:
        self.kind = event.kind
        self._detailed(event)

    @evolves
    def _on_changed(self, event: OrganizationChanged) -> None:
        self._detailed(event)

    @evolves
    def _on_named(self, event: AdministratorNamed) -> None:
        self.administrators.add(event.user_id)

    @evolves
    def _on_released(self, event: AdministratorReleased) -> None:
        self.administrators.discard(event.user_id)

    @evolves
    def _on_closed(self, event: OrganizationClosed) -> None:
        self.closed = True

    def _detailed(self, event: OrganizationCreated | OrganizationChanged) -> None:
        self.details = Details(event.name, event.zone, event.currency, event.locale)

    def _open(self) -> None:
        if self.closed:
            raise OrganizationOver("This organisation is closed.", id=str(self.id))


def _check(details: Details) -> None:
    if not details.name.strip() or len(details.name) > LONGEST_NAME:
        raise BadDetails(f"A name has 1 to {LONGEST_NAME} characters.", field="name")
    zone(details.zone)
    if not _CURRENCY.fullmatch(details.currency):
        raise BadDetails("A currency is an ISO 4217 code such as EUR.", field="currency")
    if not _LOCALE.fullmatch(details.locale):
        raise BadDetails("A locale is a language such as pt, or pt-PT.", field="locale")
