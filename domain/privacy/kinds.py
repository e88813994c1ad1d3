"""The words of erasure: what a request rests on, what may stand against it, and where it stands."""

from enum import StrEnum


class RequestBasis(StrEnum):
    """What a request for erasure rests on."""

    GDPR = "gdpr-17"
    LGPD = "lgpd-18"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    CONTROLLER = "controller"


class LegalBasis(StrEnum):
    """Why personal data is kept although its erasure was asked for (GDPR art. 17(3), by letter)."""

    LEGAL_OBLIGATION = "gdpr-17-3-b"
    PUBLIC_HEALTH = "gdpr-17-3-c"
    ARCHIVING = "gdpr-17-3-d"
    LEGAL_CLAIMS = "gdpr-17-3-e"


class ErasureStatus(StrEnum):
    """Where an erasure stands."""

    REQUESTED = "requested"
    REFUSED = "refused"
    UNDER_WAY = "under-way"
    COMPLETED = "completed"


class ClassStatus(StrEnum):
    """Where one retention class of an erasure stands. Once released nothing stops it any more."""

    RESTRICTED = "restricted"
    RELEASED = "released"
    ERASED = "erased"
