"""Bodies of the scheduling routes."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, NaiveDatetime
from pydantic.alias_generators import to_camel

from application.scheduling.calendars import When, civil
from domain.kernel.errors import Invalid
from domain.scheduling.calendar import CAPACITY, STEP_MINUTES, WINDOW_DAYS
from domain.scheduling.details import Overbooking
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import AppointmentType, CancellationCode, OverbookingCode

#: Under another name: fields of bodies are called date.
LocalDate = date
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Minutes = Annotated[int, Field(ge=5, le=1440, examples=[30])]


def _weekday(value: object) -> object:
    return DAYS.index(value.lower()) if isinstance(value, str) and value.lower() in DAYS else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class Shared(BaseModel):
    """camelCase names, nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class OverbookBody(Shared):
    """Why a seat beyond the practitioner's capacity may be given."""

    code: OverbookingCode
    reason: Words | None = Field(None, description="In your own words; kept sealed.")

    def overbooking(self) -> Overbooking:
        """Return it as the domain says it."""
        return Overbooking(self.code, self.reason)


class TimeBody(Shared):
    """A time: ``date`` is an instant, ``starts`` the time on the wall; ``zone`` says whose wall."""

    date: AwareDatetime | None = Field(
        None, validation_alias=AliasChoices("date", "scheduledAt", "scheduled_at"), examples=["2026-03-03T10:00:00Z"],
        description="The start as an instant (UTC or with an offset).",
    )  # fmt: skip
    starts: NaiveDatetime | None = Field(
        None, examples=["2026-03-03T10:00"], description="The start as a local date and time without offset."
    )
    zone: str | None = Field(
        None, max_length=64, examples=["Europe/Lisbon"],
        description="IANA time zone; if absent that of the appointment or of the practitioner's hours, else UTC.",
    )  # fmt: skip
    fold: Literal[0, 1] = Field(0, description="1: the second of a local time that occurs twice.")

    def when(self) -> When | None:
        """Return the time meant, or None when none is given. Raises Invalid for two, NoSuchTime, UnknownZone."""
        if self.date is not None and self.starts is not None:
            raise Invalid("Give date or starts, not both.", field="starts")
        local = self.starts.replace(fold=self.fold) if self.starts is not None else None
        given = self.date or local
        return civil(given, self.zone) if given is not None and self.zone is not None else given


class BookBody(TimeBody):
    """An appointment to be made. Without ``outright`` it is a hold, to be confirmed in time."""

    patient_id: UUID = Field(validation_alias=AliasChoices("patientId", "patient_id", "clientId", "userId"))
    practitioner_id: UUID = Field(
        validation_alias=AliasChoices("practitionerId", "practitioner_id", "doctorId", "healerId")
    )
    clinic_id: UUID | None = Field(None, description="The caller's clinic, if given at all.")
    type: AppointmentType = AppointmentType.IN_PERSON
    minutes: Minutes = Field(30, validation_alias=AliasChoices("minutes", "durationMinutes", "duration_minutes"))
    outright: bool = Field(False, description="Book without a hold (staff).")
    hold_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = Field(30, description="Other than 30: staff.")
    location_id: UUID | None = None
    parent_appointment_id: UUID | None = Field(None, description="The appointment this one follows.")
    is_follow_up: bool | None = Field(None, description="If absent: whether it follows one.")
    series_id: UUID | None = None
    series_sequence: Annotated[int, Field(ge=1, le=10_000)] | None = None
    price: Decimal | None = Field(None, ge=0, max_digits=14, description="In major units (staff).", examples=["45.00"])
    price_cents: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        None, validation_alias=AliasChoices("price_cents", "priceCents"), description="In minor units (staff)."
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(None, examples=["EUR"])
    notes: Words | None = Field(None, description="Kept sealed.")
    overbook: OverbookBody | None = Field(None, description="Allows a seat beyond the capacity (who may overbook).")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "patientId": "01900000-0000-7000-8000-00000000000a",
                    "practitionerId": "01900000-0000-7000-8000-00000000000b",
                    "clinicId": "01900000-0000-7000-8000-000000000001",
                    "type": "IN_PERSON",
                    "date": "2026-12-15T10:00:00Z",
                }
            ]
        }
    )


class ChangeBody(TimeBody):
    """Either a move (a new time, length or practitioner) or, with ``status`` CANCELLED, the end of it."""

    status: Annotated[Literal["CANCELLED"], BeforeValidator(_upper)] | None = None
    minutes: Minutes | None = Field(
        None, validation_alias=AliasChoices("minutes", "durationMinutes", "duration_minutes")
    )
    practitioner_id: UUID | None = Field(
        None, validation_alias=AliasChoices("practitionerId", "practitioner_id", "doctorId", "healerId")
    )
    reason_code: CancellationCode | None = Field(None, description="With status CANCELLED.")
    reason: Words | None = Field(None, description="In your own words; kept sealed.")
    overbook: OverbookBody | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"date": "2026-12-15T11:00:00Z", "reason": "A delay"}]})

    def check(self) -> None:
        """Raise Invalid unless it is one of the two."""
        move = any(given is not None for given in (self.date, self.starts, self.minutes, self.practitioner_id))
        if move == (self.status is not None):
            raise Invalid("Give a new time, length or practitioner, or the status CANCELLED.", field="status")
        if self.reason_code is not None and self.status is None:
            raise Invalid("A reason code belongs to a cancellation.", field="reasonCode")


class HoursBody(Shared):
    """A window of work. ``weekday``: 0 (Monday) to 6, or the day's English name."""

    weekday: Annotated[Annotated[int, Field(ge=0, le=6)], BeforeValidator(_weekday)] = Field(examples=[0])
    opens: str = Field(max_length=5, examples=["09:00"])
    closes: str = Field(max_length=5, examples=["13:00"], description="24:00 closes the day.")

    def hours(self) -> Hours:
        """Return it as the domain says it."""
        return Hours(self.weekday, self.opens, self.closes)


class WorkingHoursBody(Shared):
    """A practitioner's week, whole: what is not in it is not worked."""

    zone: str = Field(max_length=64, examples=["Europe/Lisbon"])
    hours: list[HoursBody] = Field(max_length=70)
    capacity: int = Field(CAPACITY, description="How many are seen at once.")
    step_minutes: int = Field(STEP_MINUTES, description="Free times are offered every so many minutes.")
    window_days: int = Field(WINDOW_DAYS, description="How far ahead people may book for themselves.")
    notice_minutes: int = Field(0, description="How much notice people must give who book for themselves.")


class BlockBody(Shared):
    """A date on which the practitioner does not work."""

    date: LocalDate = Field(examples=["2026-12-24"])
    reason: Words | None = Field(None, description="Kept sealed.")
