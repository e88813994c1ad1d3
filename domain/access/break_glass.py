"""Break-glass: in an emergency someone opens one person's chart to themselves, briefly, and answers for it later."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from domain.access.events import (
    BreakGlassClosed,
    BreakGlassExpired,
    BreakGlassOpened,
    BreakGlassReviewed,
    Finding,
    GlassReason,
    PrivacyOfficerNotified,
)
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Invalid, Kind, Refused
from domain.kernel.ownership import Owned
from domain.kernel.step_up import check_fresh
from domain.kernel.unique import UniqueKey

SHORTEST, USUAL, LONGEST = timedelta(minutes=1), timedelta(minutes=60), timedelta(hours=8)
MOST = 8


class GlassNotBroken(IllegalTransition):
    """It is closed or has expired already."""

    code = "glass-not-broken"


class GlassStillBroken(IllegalTransition):
    """It cannot be reviewed while it lasts."""

    code = "glass-still-broken"


class AlreadyReviewed(IllegalTransition):
    """The review is closed."""

    code = "already-reviewed"


class OwnReview(Refused):
    """Nobody reviews what they did themselves."""

    code = "own-review"
    kind = Kind.FORBIDDEN


def slots(actor: UUID) -> list[UniqueKey]:
    """Return the keys an actor's emergency accesses hold while they last: one each, so no more than there are."""
    return [UniqueKey("break-glass", f"{actor}/{slot}") for slot in range(MOST)]


class BreakGlass(Aggregate):
    """One emergency access. ``ended``: closed or expired; ``finding``: of the review, once closed."""

    NAME: ClassVar[str] = "emergency access"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.patient_id: UUID
        self.actor: UUID
        self.slot: int
        self.expires_at: datetime
        self.ended = False
        self.notified = False
        self.finding: Finding | None = None

    def open(
        self,
        *,
        patient_id: UUID,
        actor: UUID,
        slot: int,
        code: GlassReason,
        reason: str,
        authenticated_at: datetime | None,
        now: datetime,
        length: timedelta = USUAL,
    ) -> None:
        """Break the glass. Raises StepUpRequired, Invalid, IllegalTransition."""
        if self.version:
            raise IllegalTransition("This emergency access is there already.", id=str(self.id))
        proven_at = check_fresh(authenticated_at, now)
        if not SHORTEST <= length <= LONGEST:
            raise Invalid("An emergency access lasts from a minute to eight hours.", field="minutes")
        self.record(
            BreakGlassOpened(
                patient_id=patient_id,
                actor=actor,
                slot=slot,
                code=code,
                reason=reason,
                authenticated_at=proven_at,
                opened_at=now,
                expires_at=now + length,
            )
        )

    def close(self, *, by: UUID, now: datetime) -> None:
        """End it before its time. Raises GlassNotBroken."""
        if not self.active(now):
            raise GlassNotBroken("This emergency access has ended already.", id=str(self.id))
        self.record(BreakGlassClosed(patient_id=self.patient_id, closed_by=by, closed_at=now))

    def expire(self, now: datetime) -> None:
        """Note that its time is up. Before that, or once it has ended, nothing happens."""
        if not self.ended and now >= self.expires_at:
            self.record(BreakGlassExpired(patient_id=self.patient_id, expired_at=self.expires_at))

    def note_notice(self) -> None:
        """Note that the privacy officer was told; once."""
        if not self.notified:
            self.record(PrivacyOfficerNotified(patient_id=self.patient_id))

    def review(self, *, by: UUID, finding: Finding, note: str | None, now: datetime) -> None:
        """Close the review. Raises OwnReview, AlreadyReviewed, GlassStillBroken."""
        if by == self.actor:
            raise OwnReview("Someone else must review this.", id=str(self.id))
        if self.finding is not None:
            raise AlreadyReviewed("The review is closed.", id=str(self.id), finding=self.finding)
        if self.active(now):
            raise GlassStillBroken("Close the emergency access first.", id=str(self.id))
        self.record(
            BreakGlassReviewed(patient_id=self.patient_id, reviewer=by, finding=finding, note=note, reviewed_at=now)
        )

    @evolves
    def _opened(self, event: BreakGlassOpened) -> None:
        self.patient_id = event.patient_id
        self.actor = event.actor
        self.slot = event.slot
        self.expires_at = event.expires_at

    @evolves
    def _ended(self, event: BreakGlassClosed | BreakGlassExpired) -> None:
        self.ended = True

    @evolves
    def _notified(self, event: PrivacyOfficerNotified) -> None:
        self.notified = True

    @evolves
    def _reviewed(self, event: BreakGlassReviewed) -> None:
        self.finding = event.finding

    @property
    def owned(self) -> Owned:
        """Of whoever opened it: the patient has no part in it."""
        return Owned(self.actor)

    @property
    def key(self) -> UniqueKey:
        """The key it holds while it lasts."""
        return slots(self.actor)[self.slot]

    def active(self, now: datetime) -> bool:
        """Whether it opens the chart at ``now``; the clock alone ends it, whether or not that is recorded yet."""
        return bool(self.version) and not self.ended and now < self.expires_at
