"""Some things may only be done by someone who has just proved who they are (RFC 9470)."""

from datetime import datetime, timedelta

from domain.kernel.errors import Kind, Refused

FRESH = timedelta(minutes=5)
SKEW = timedelta(minutes=1)


class StepUpRequired(Refused):
    """The caller has not proven lately enough who they are."""

    code = "step-up-required"
    kind = Kind.UNAUTHENTICATED


def check_fresh(authenticated_at: datetime | None, now: datetime) -> datetime:
    """Return when the caller proved who they are, within the last five minutes. Raises StepUpRequired."""
    if authenticated_at is None or not now - FRESH <= authenticated_at <= now + SKEW:
        raise StepUpRequired("Prove once more who you are: this needs a fresh proof.", max_age=FRESH.seconds)
    return authenticated_at
