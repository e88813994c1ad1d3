"""One's own details."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

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
