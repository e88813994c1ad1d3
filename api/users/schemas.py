"""One's own details."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.auth.schemas import Body, Locale, Name, Phone


class ProfileBody(Body):
    """How they read from now on, as a whole."""

    name: Name
    phone: Phone | None = None
    locale: Locale | None = None


class ProfileView(BaseModel):
    """``roles``: those of this token; ``organizationId``: one's own organisation."""

    id: UUID
    version: int
    organization_id: UUID = Field(alias="organizationId")
    email: str
    name: str
    phone: str | None
    locale: str | None
    registered_at: datetime = Field(alias="registeredAt")
    second_factor: bool = Field(alias="secondFactor")
    roles: list[str]


class ChangedView(BaseModel):
    """The account and its version."""

    id: UUID
    version: int


class DelegateBody(Body):
    """Whom one lets see what, as a whole. ``endsAt``: until then, else until it is taken back."""

    delegate_id: UUID = Field(description="The account of whoever it is for.")
    can_view_schedule: bool = False
    can_view_billing: bool = False
    can_receive_updates: bool = False
    ends_at: AwareDatetime | None = None


class DelegateView(BaseModel):
    """Who may see what of one's own; ``endsAt``: until then, else until it is taken back."""

    delegate_id: UUID = Field(alias="delegateId")
    can_view_schedule: bool = Field(alias="canViewSchedule")
    can_view_billing: bool = Field(alias="canViewBilling")
    can_receive_updates: bool = Field(alias="canReceiveUpdates")
    ends_at: datetime | None = Field(alias="endsAt")


class DelegatedView(BaseModel):
    """One's delegations and their version."""

    id: UUID
    version: int
    delegate_id: UUID = Field(alias="delegateId")
