"""The closed lists of scheduling: states, types of appointment, and the reasons that are told by a code."""

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """PENDING is a hold that runs out unless it is confirmed; SCHEDULED was booked outright and does not run out."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    CONFIRMED = "CONFIRMED"
    CHECKED_IN = "CHECKED_IN"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"
    EXPIRED = "EXPIRED"


class AppointmentType(StrEnum):
    """Types of appointment: three ways to meet, and twelve treatments."""

    IN_PERSON = "IN_PERSON"
    VIDEO_CALL = "VIDEO_CALL"
    HOME_VISIT = "HOME_VISIT"
    VIDDHAKARMA = "VIDDHAKARMA"
    AGNIKARMA = "AGNIKARMA"
    PANCHAKARMA = "PANCHAKARMA"
    NADI_PARIKSHA = "NADI_PARIKSHA"
    DOSHA_ANALYSIS = "DOSHA_ANALYSIS"
    SHIRODHARA = "SHIRODHARA"
    VIRECHANA = "VIRECHANA"
    ABHYANGA = "ABHYANGA"
    SWEDANA = "SWEDANA"
    BASTI = "BASTI"
    NASYA = "NASYA"
    RAKTAMOKSHANA = "RAKTAMOKSHANA"


class CancellationCode(StrEnum):
    """Why an appointment was called off, as far as it may be read by everyone."""

    PATIENT_REQUEST = "PATIENT_REQUEST"
    PRACTITIONER_UNAVAILABLE = "PRACTITIONER_UNAVAILABLE"
    CLINIC_CLOSED = "CLINIC_CLOSED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


class Party(StrEnum):
    """On whose side the one who acted stands."""

    PATIENT = "PATIENT"
    PRACTITIONER = "PRACTITIONER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


class OverbookingCode(StrEnum):
    """Why a seat beyond the practitioner's capacity was given."""

    URGENT = "URGENT"
    EXPECTED_NO_SHOW = "EXPECTED_NO_SHOW"
    SHORT_VISIT = "SHORT_VISIT"
    OTHER = "OTHER"


class Lead(StrEnum):
    """How long before its start an appointment is recalled to mind."""

    DAY = "24h"
    HOURS = "2h"
    MINUTES = "30m"
