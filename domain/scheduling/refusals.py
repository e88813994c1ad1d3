"""What scheduling refuses."""

from domain.kernel.errors import IllegalTransition, Invalid, Kind, Refused


class SlotTaken(Refused):
    """Every seat is taken in at least one five-minute cell of the time; ``next_free`` names times that are not."""

    code = "slot-taken"
    kind = Kind.CONFLICT


class AlreadyBooked(IllegalTransition):
    """An appointment is booked once."""

    code = "already-booked"


class HoldRanOut(IllegalTransition):
    """The hold was not confirmed in time."""

    code = "hold-ran-out"


class NotYet(IllegalTransition):
    """Too early for this: the appointment has not come up."""

    code = "not-yet"


class SeatNotHeld(Refused):
    """The seats written in the appointment are not, or no longer, held by it."""

    code = "seat-not-held"
    kind = Kind.CONFLICT


class UnsoundTimes(Invalid):
    """The time or the length cannot be that of an appointment."""

    code = "unsound-times"


class StartsInPast(UnsoundTimes):
    """The time is over."""

    code = "starts-in-past"


class SlotOutsideHours(Invalid):
    """The practitioner does not work then."""

    code = "slot-outside-hours"


class NoticeTooShort(Invalid):
    """The practitioner asks for longer notice."""

    code = "notice-too-short"


class BeyondBookingWindow(Invalid):
    """The practitioner's book is not open that far ahead."""

    code = "beyond-booking-window"


class OverbookingNeedsReason(Invalid):
    """A seat beyond the capacity is given deliberately, with a reason, or not at all."""

    code = "overbooking-needs-reason"


class UnsoundLink(Invalid):
    """A follow-up, series or subscription is named in a way that cannot be."""

    code = "unsound-link"


class UnsoundPrice(Invalid):
    """The price cannot be one."""

    code = "unsound-price"


class UnsoundHours(Invalid):
    """These cannot be working hours."""

    code = "unsound-hours"


class NoWorkingHours(IllegalTransition):
    """A date can be blocked only for someone whose working hours are known."""

    code = "no-working-hours"
