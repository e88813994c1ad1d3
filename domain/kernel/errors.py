"""What can be refused. An error is the refused situation; its kind decides, at the edge alone, how it is answered."""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """Families of refusal."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    PAYMENT_REQUIRED = "payment-required"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    STALE = "stale"
    INVALID = "invalid"
    GONE = "gone"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    WRONG_METHOD = "wrong-method"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    TARGET_TOO_LONG = "target-too-long"
    HEADERS_TOO_LARGE = "headers-too-large"


class Refused(Exception):
    """Base of every expected refusal.

    ``code`` is stable and kebab-case; the message is for a person and holds no personal data; ``details`` help a
    client to act (next free times, the limit reached) and hold no personal data either.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(Refused):
    """There is no such thing in this tenant (another tenant's things are not there either)."""

    code = "not-found"
    kind = Kind.NOT_FOUND


class Invalid(Refused):
    """Well-formed, but it breaks a rule of the field."""

    code = "invalid"
    kind = Kind.INVALID


class IllegalTransition(Refused):
    """The thing is not in a state in which this can happen."""

    code = "illegal-transition"
    kind = Kind.CONFLICT
