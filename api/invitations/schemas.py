"""Bodies and answers for whoever holds the link of an invitation."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.auth.schemas import Body, Token
from domain.identity.kinds import InvitationEnd, OrganizationKind


class LinkBody(Body):
    """``token``: of the link that was sent. It stands in the body: nothing secret stands in a URL."""

    token: Token


class LinkView(BaseModel):
    """What the link is for. ``how``: how the invitation ended, once it has."""

    organization_id: UUID = Field(alias="organizationId")
    organization: str = Field(examples=["Clínica do Chiado"])
    kind: OrganizationKind
    roles: list[str]
    expires_at: datetime = Field(alias="expiresAt")
    how: InvitationEnd | None


class JoinedView(BaseModel):
    """The membership. Switch to the organisation to act there."""

    id: UUID
    version: int
    organization_id: UUID = Field(alias="organizationId")
    roles: list[str]
