"""Bodies and answers of signing in. What is secret never shows in a representation or an error."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel

from domain.identity.kinds import OrganizationKind

PASSWORD = "correct horse battery staple"  # noqa: S105 - the example of the documentation
Email = Annotated[str, Field(min_length=3, max_length=320, examples=["ana@example.org"])]


def _text(secret: SecretStr) -> SecretStr:
    """Refuse halves of surrogate pairs, which JSON can say and UTF-8 cannot."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("is not text") from None
    return secret


Secret = Annotated[SecretStr, AfterValidator(_text)]
Password = Annotated[Secret, Field(min_length=1, max_length=1024, examples=[PASSWORD])]
Code = Annotated[Secret, Field(min_length=4, max_length=64, examples=["123456"])]
Token = Annotated[Secret, Field(min_length=1, max_length=256)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S", examples=["Ana Sousa"])]
Phone = Annotated[str, Field(max_length=40, pattern=r"^\+?[0-9 ()./-]{3,40}$", examples=["+351 210 000 000"])]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", examples=["pt-PT"])]


class Body(BaseModel):
    """Base of bodies: the names of JSON or of Python, and no others."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", hide_input_in_errors=True
    )


class RegisterBody(Body):
    """Who wants an account. A code goes to the address; ``otp/verify`` with it begins the account."""

    email: Email
    password: Password
    name: Name
    phone: Phone | None = None
    locale: Locale | None = None


class EmailBody(Body):
    """Where a code or a link goes, if that is for anybody."""

    email: Email


class LoginBody(Body):
    """``code``: of the authenticator, or a recovery code, where the account has a second factor.

    ``organizationId``: where to act; one's own organisation unless given. ``cookie``: the refresh token comes as an
    httpOnly cookie instead of in the body.
    """

    email: Email
    password: Password
    code: Code | None = None
    organization_id: UUID | None = None
    cookie: bool = False


class VerifyBody(Body):
    """``code``: the one that was sent; ``secondFactor``: of the authenticator, where the account has one."""

    email: Email
    code: Code
    second_factor: Code | None = None
    organization_id: UUID | None = None
    cookie: bool = False


class RefreshBody(Body):
    """``refreshToken``: unless it comes as the cookie. ``organizationId``: where to act from now on."""

    refresh_token: Token | None = None
    organization_id: UUID | None = None


class SwitchBody(Body):
    """``organizationId``: where to act from now on, also after the next refresh."""

    organization_id: UUID


class ResetBody(Body):
    """``token``: of the link that was sent."""

    token: Token
    password: Password


class ChangePasswordBody(Body):
    """The password that holds, and the one that shall."""

    current_password: Password
    new_password: Password


class CodeBody(Body):
    """A code of the authenticator."""

    code: Code


class StepUpBody(Body):
    """The password, or a code, or both; with an authenticator a code is needed."""

    password: Password | None = None
    code: Code | None = None


class OrganizationBrief(BaseModel):
    """An organisation the user belongs to, and as what."""

    id: UUID
    kind: OrganizationKind
    name: str = Field(examples=["Clínica do Chiado"])
    roles: list[str] = Field(examples=[["doctor"]])
    primary_role: str | None = Field(alias="primaryRole")
    joined_at: datetime = Field(alias="joinedAt")


class AdmissionView(BaseModel):
    """Tokens. ``rolesNeedingSecondFactor``: held, but not in this token until a second factor is shown.
    ``organizations``: where the user belongs, told at sign-in.
    """

    access_token: str = Field(alias="accessToken")
    token_type: str = Field(alias="tokenType", examples=["Bearer"])
    expires_in: int = Field(alias="expiresIn", examples=[900])
    session_id: UUID = Field(alias="sessionId")
    user_id: UUID = Field(alias="userId")
    organization_id: UUID = Field(alias="organizationId")
    roles: list[str]
    roles_needing_second_factor: list[str] = Field(alias="rolesNeedingSecondFactor")
    refresh_token: str | None = Field(default=None, alias="refreshToken")
    organizations: list[OrganizationBrief] | None = None


class SentView(BaseModel):
    """The same for every address."""

    status: str = Field(examples=["check-your-mail"])


class DoneView(BaseModel):
    """It is done."""

    status: str = Field(examples=["done"])


class EndedView(BaseModel):
    """How many sessions ended."""

    ended: int = Field(examples=[3])


class EnrolmentView(BaseModel):
    """For the authenticator: the secret, also as the URI of a QR code."""

    secret: str
    uri: str


class ConfirmationView(AdmissionView):
    """A token that knows of the second factor, and recovery codes: shown this once."""

    recovery_codes: list[str] = Field(alias="recoveryCodes")


class SessionView(BaseModel):
    """One device signed in."""

    id: UUID
    organization_id: UUID = Field(alias="organizationId")
    methods: list[str]
    opened_at: datetime = Field(alias="openedAt")
    proven_at: datetime = Field(alias="provenAt")
    client: str | None = None
    address: str | None = None
    current: bool
