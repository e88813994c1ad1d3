"""Bodies and answers about API keys. A secret is in one answer, once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.auth.schemas import Body
from api.organizations.schemas import Role, Roles

Days = Annotated[int, Field(ge=1, le=366, description="How long the secret lasts.")]


class KeyBody(Body):
    """``name``: what the program is, in small letters. ``roles``: some of one's own. ``scopes`` narrow them."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", examples=["lab-results"])
    roles: Roles = Field(examples=[["clinic_admin"]])
    scopes: list[Annotated[Role, Field(pattern=r"^[A-Za-z*/:._-]+$")]] = Field([], max_length=50)
    days: Days = 90


class RotateBody(Body):
    """How long the new secret lasts."""

    days: Days = 90


class KeyMade(BaseModel):
    """``secret``: shown this once; absent when the same request was answered before."""

    id: UUID
    version: int
    credential_id: UUID = Field(alias="credentialId")
    prefix: str = Field(examples=["ctk_4hq2m7ya"])
    expires_at: datetime = Field(alias="expiresAt")
    secret: str | None = None


class KeyChanged(BaseModel):
    """Where a change left it."""

    id: UUID
    version: int


class SecretView(BaseModel):
    """What a living secret begins with."""

    prefix: str
    made_at: datetime = Field(alias="madeAt")
    expires_at: datetime = Field(alias="expiresAt")


class KeyView(BaseModel):
    """An API key, with its living secrets, the newest first."""

    id: UUID
    version: int
    name: str
    owner_id: UUID = Field(alias="ownerId")
    roles: list[str]
    scopes: list[str]
    created_at: datetime = Field(alias="createdAt")
    reminded_at: datetime | None = Field(alias="remindedAt")
    revoked_at: datetime | None = Field(alias="revokedAt")
    secrets: list[SecretView]
