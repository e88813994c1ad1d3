"""Bodies and answers about organisations and who belongs to them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.auth.schemas import Body, Email, Locale
from domain.identity.kinds import InvitationEnd, OrganizationKind

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S", examples=["Clínica do Chiado"])]
Zone = Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Lisbon"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
Role = Annotated[str, Field(min_length=1, max_length=64, examples=["doctor"])]
Roles = Annotated[list[Role], Field(min_length=1, max_length=20, examples=[["doctor"]])]


class DetailsBody(Body):
    """What it is called, and works by."""

    name: Name
    zone: Zone = "UTC"
    currency: Currency = "EUR"
    locale: Locale = "en"


class OrganizationBody(DetailsBody):
    """What begins. Whoever asks is its first administrator."""

    kind: OrganizationKind = OrganizationKind.CLINIC


class InvitationBody(Body):
    """Who is asked to join, and as what; the first role is the one they will be known by."""

    email: Email
    roles: Roles


class RoleBody(Body):
    """A role, for good or until ``expiresAt``. ``primary``: the member is known by it."""

    role: Role
    expires_at: AwareDatetime | None = None
    primary: bool = False


class RolesBody(Body):
    """All roles of a member; the first is the one they are known by."""

    roles: Roles


class OrganizationView(BaseModel):
    """An organisation."""

    id: UUID
    version: int
    kind: OrganizationKind
    name: str
    zone: str
    currency: str
    locale: str
    created_at: datetime = Field(alias="createdAt")
    closed_at: datetime | None = Field(alias="closedAt")


class CreatedView(BaseModel):
    """What begins. Switch to it to act there."""

    id: UUID
    version: int
    kind: OrganizationKind
    roles: list[str] = Field(examples=[["clinic_admin"]])


class ChangedView(BaseModel):
    """Where a change left it."""

    id: UUID
    version: int


class MemberView(BaseModel):
    """A member. ``erased``: who they were cannot be read any more."""

    user_id: UUID = Field(alias="userId")
    version: int
    name: str | None
    email: str | None
    erased: bool = False
    roles: list[str]
    primary_role: str | None = Field(alias="primaryRole")
    joined_at: datetime = Field(alias="joinedAt")


class HeldView(BaseModel):
    """The membership, and what the member holds now."""

    id: UUID
    version: int
    roles: list[str]
    primary: str | None


class EndedView(BaseModel):
    """The membership, and how it ended."""

    id: UUID
    version: int
    how: str = Field(examples=["removed"])


class MemberRoleView(BaseModel):
    """A role a member has or had: who gave it and until when, who took it."""

    role: str
    primary: bool
    given_by: UUID = Field(alias="givenBy")
    given_at: datetime = Field(alias="givenAt")
    expires_at: datetime | None = Field(alias="expiresAt")
    ended_at: datetime | None = Field(alias="endedAt")
    ended_by: UUID | None = Field(alias="endedBy")


class InvitedView(BaseModel):
    """The same whoever has the address."""

    id: UUID
    version: int
    roles: list[str]
    expires_at: datetime = Field(alias="expiresAt")


class InvitationView(BaseModel):
    """An invitation; ``how``: how it ended, once it has."""

    id: UUID
    version: int
    email: str | None
    roles: list[str]
    invited_by: UUID = Field(alias="invitedBy")
    made_at: datetime = Field(alias="madeAt")
    expires_at: datetime = Field(alias="expiresAt")
    how: InvitationEnd | None
    ended_at: datetime | None = Field(alias="endedAt")


class OverView(BaseModel):
    """The invitation, and how it ended."""

    id: UUID
    version: int
    how: InvitationEnd


class RoleView(BaseModel):
    """A role, and what it may do: ``resource:action``; ``*`` stands for all."""

    role: str
    permissions: list[str] = Field(examples=[["appointments:read", "ehr:*"]])
    second_factor: bool = Field(alias="secondFactor")
