"""The facts of an account."""

from uuid import UUID

from domain.identity.events.withdrawal import Withdrawal
from domain.identity.kinds import Method, PasswordChange
from domain.kernel.classes import Code
from domain.kernel.event import DomainEvent, Retention, Sealed


class UserRegistered(DomainEvent, frozen=True, kw_only=True):
    """Someone proved that an e-mail address is theirs and has an account now, and an organisation of their own."""

    TOPIC = "identity.user.registered"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    user_id: UUID
    organization_id: UUID
    method: Method
    locale: Code | None = None
    email: Sealed[str]
    name: Sealed[str]
    phone: Sealed[str | None] = None


class ProfileChanged(DomainEvent, frozen=True, kw_only=True):
    """The user's own details read differently now, as a whole."""

    TOPIC = "identity.user.profile_changed"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    user_id: UUID
    locale: Code | None = None
    name: Sealed[str]
    phone: Sealed[str | None] = None


class PasswordChanged(Withdrawal, frozen=True, kw_only=True):
    """Another password holds; whoever was signed in with the old one is not any more."""

    TOPIC = "identity.user.password_changed"
    SUBJECT = "user_id"

    user_id: UUID
    how: PasswordChange


class SignedOutEverywhere(Withdrawal, frozen=True, kw_only=True):
    """The user ended all their sessions."""

    TOPIC = "identity.user.signed_out_everywhere"
    SUBJECT = "user_id"

    user_id: UUID


class SecondFactorEnrolled(DomainEvent, frozen=True, kw_only=True):
    """The user showed a code of their authenticator: from now on one is asked for at sign-in."""

    TOPIC = "identity.user.second_factor_enrolled"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    user_id: UUID
    method: Method
    recovery_codes: int


class RecoveryCodeUsed(DomainEvent, frozen=True, kw_only=True):
    """One of the codes kept for the day the authenticator is lost was used up."""

    TOPIC = "identity.user.recovery_code_used"
    SUBJECT = "user_id"
    RETENTION = Retention.PROFILE

    user_id: UUID
    left: int
