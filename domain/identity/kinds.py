"""The words of identity: how someone proved who they are, why a session ended, what an organisation is."""

from collections.abc import Iterable
from enum import StrEnum


class Method(StrEnum):
    """How someone proved who they are (RFC 8176 where it has a word)."""

    PASSWORD = "pwd"  # noqa: S105 - RFC 8176's word
    TOTP = "otp"
    EMAIL_CODE = "email"
    RECOVERY_CODE = "recovery"
    FEDERATED = "fed"
    OPERATOR = "operator"
    API_KEY = "key"


#: What only someone who holds a second thing can show.
SECOND_FACTORS = frozenset({Method.TOTP, Method.RECOVERY_CODE})


def by_second_factor(methods: Iterable[Method]) -> bool:
    """Whether one of ``methods`` is a second factor."""
    return not SECOND_FACTORS.isdisjoint(methods)


class SessionEnd(StrEnum):
    """Why a session ended."""

    LOGGED_OUT = "logged-out"
    REMOVED = "removed"
    EVERYWHERE = "logged-out-everywhere"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word
    REFRESH_REUSED = "refresh-reused"
    UNLINKED = "unlinked"
    ENDED_AT_PROVIDER = "ended-at-provider"


class PasswordChange(StrEnum):
    """How a password became another."""

    CHANGED = "changed"
    RESET = "reset"


class Purpose(StrEnum):
    """What a one-time code is for."""

    REGISTER = "register"
    SIGN_IN = "sign-in"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a word


class Errand(StrEnum):
    """What someone goes to an identity provider for."""

    SIGN_IN = "sign-in"
    LINK = "link"


class LinkEnd(StrEnum):
    """Why an identity elsewhere does not lead to an account any more."""

    REMOVED = "removed"
    DELETED_AT_PROVIDER = "deleted-at-provider"


class OrganizationKind(StrEnum):
    """What an organisation is. PERSONAL: the one that every user has for themselves."""

    CLINIC = "clinic"
    PRACTICE = "practice"
    AGENCY = "agency"
    PERSONAL = "personal"


class MembershipEnd(StrEnum):
    """How a membership ended."""

    LEFT = "left"
    REMOVED = "removed"


class InvitationEnd(StrEnum):
    """How an invitation ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"
