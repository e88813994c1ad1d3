"""Bodies and answers of signing in by an identity provider."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.auth.schemas import AdmissionView, Body, Code, Secret

State = Annotated[Secret, Field(min_length=1, max_length=128)]
Returned = Annotated[Secret, Field(min_length=1, max_length=16_384)]


class ProviderView(BaseModel):
    """``by``: sent back with a ``code``, or with a ``token`` that the provider's own client gives."""

    name: str = Field(examples=["google"])
    label: str = Field(examples=["Google"])
    by: str = Field(examples=["code"])


class DepartureView(BaseModel):
    """Where to send the browser, which was given a cookie to come back with.

    ``url`` is null for a provider whose own client has to be used; ``state`` then comes back with the token.
    """

    url: str | None
    state: str
    expires_in: int = Field(alias="expiresIn", examples=[600])


class CallbackBody(Body):
    """What came back from the provider: ``code``, or the ``idToken`` its own client was given; with its ``state``."""

    state: State
    code: Returned | None = None
    id_token: Returned | None = None
    issuer: Annotated[str, Field(max_length=2048)] | None = None


class SecondFactorBody(Body):
    """``code``: of the authenticator, or a recovery code; ``state``: of the sign-in that asked for it."""

    state: State
    code: Code


class ArrivalView(AdmissionView):
    """``registered``: an account began with this. Of a link there are ``linkId`` and ``provider`` alone."""

    registered: bool
    link_id: UUID | None = Field(default=None, alias="linkId")
    provider: str | None = None


class LinkView(BaseModel):
    """A sign-in elsewhere that leads to the account."""

    id: UUID
    provider: str = Field(examples=["google"])
