"""Break-glass: a fresh sign-in opens one chart for a while; it ends, and someone else reviews it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.access.break_glass import (
    AlreadyReviewed,
    BreakGlass,
    GlassNotBroken,
    GlassStillBroken,
    OwnReview,
    slots,
)
from domain.access.events import (
    BreakGlassClosed,
    BreakGlassExpired,
    BreakGlassOpened,
    BreakGlassReviewed,
    Finding,
    GlassReason,
    PrivacyOfficerNotified,
)
from domain.kernel.errors import Invalid
from domain.kernel.step_up import StepUpRequired
from tests.domain.story import STREAM, given

NURSE, OFFICER, PATIENT = (UUID(int=n) for n in (1, 2, 3))
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
END = NOW + timedelta(minutes=60)
OPENED = BreakGlassOpened(
    patient_id=PATIENT, actor=NURSE, slot=0, code=GlassReason.EMERGENCY_TREATMENT, reason="Unconscious",
    authenticated_at=NOW, opened_at=NOW, expires_at=END,
)  # fmt: skip
CLOSED = BreakGlassClosed(patient_id=PATIENT, closed_by=NURSE, closed_at=NOW)
EXPIRED = BreakGlassExpired(patient_id=PATIENT, expired_at=END)
REVIEWED = BreakGlassReviewed(
    patient_id=PATIENT, reviewer=OFFICER, finding=Finding.JUSTIFIED, note=None, reviewed_at=END
)


def opening(glass: BreakGlass, authenticated_at: datetime | None, minutes: int = 60) -> None:
    glass.open(
        patient_id=PATIENT, actor=NURSE, slot=0, code=GlassReason.EMERGENCY_TREATMENT, reason="Unconscious",
        authenticated_at=authenticated_at, now=NOW, length=timedelta(minutes=minutes),
    )  # fmt: skip


class TestOpening:
    def test_with_a_fresh_sign_in_opens_one_chart_until_a_time(self) -> None:
        glass = given(BreakGlass).when(lambda g: opening(g, NOW)).then(OPENED)
        assert glass.active(END - timedelta(seconds=1))
        assert not glass.active(END)

    @pytest.mark.parametrize("signed_in", [None, NOW - timedelta(minutes=5, seconds=1), NOW + timedelta(minutes=2)])
    def test_is_refused_without_one(self, signed_in: datetime | None) -> None:
        given(BreakGlass).when(lambda g: opening(g, signed_in)).refused(StepUpRequired)

    @pytest.mark.parametrize("minutes", [0, 481])
    def test_is_refused_for_no_time_or_a_whole_shift_and_more(self, minutes: int) -> None:
        given(BreakGlass).when(lambda g: opening(g, NOW, minutes)).refused(Invalid)


class TestEnding:
    def test_by_a_person_is_possible_once(self) -> None:
        given(BreakGlass, OPENED).when(lambda g: g.close(by=NURSE, now=NOW)).then(CLOSED)
        given(BreakGlass, OPENED, CLOSED).when(lambda g: g.close(by=NURSE, now=NOW)).refused(GlassNotBroken)

    def test_by_the_clock_holds_before_it_is_written_down(self) -> None:
        given(BreakGlass, OPENED).when(lambda g: g.close(by=NURSE, now=END)).refused(GlassNotBroken)
        given(BreakGlass, OPENED).when(lambda g: g.expire(END)).then(EXPIRED)

    def test_by_the_clock_does_nothing_too_early_or_to_what_was_closed(self) -> None:
        given(BreakGlass, OPENED).when(lambda g: g.expire(NOW)).then()
        given(BreakGlass, OPENED, CLOSED).when(lambda g: g.expire(END)).then()


class TestNotice:
    def test_is_noted_once(self) -> None:
        noted = PrivacyOfficerNotified(patient_id=PATIENT)
        given(BreakGlass, OPENED).when(lambda g: g.note_notice()).then(noted)
        given(BreakGlass, OPENED, noted).when(lambda g: g.note_notice()).then()


class TestReview:
    def test_closes_with_a_finding_once_it_has_ended(self) -> None:
        def review(glass: BreakGlass) -> None:
            glass.review(by=OFFICER, finding=Finding.JUSTIFIED, note=None, now=END)

        given(BreakGlass, OPENED, CLOSED).when(review).then(REVIEWED)
        given(BreakGlass, OPENED).when(review).then(REVIEWED)
        given(BreakGlass, OPENED, EXPIRED, REVIEWED).when(review).refused(AlreadyReviewed)

    def test_is_refused_while_it_lasts_and_to_who_opened_it(self) -> None:
        def review(by: UUID, now: datetime) -> None:
            story.when(lambda g: g.review(by=by, finding=Finding.JUSTIFIED, note=None, now=now))

        story = given(BreakGlass, OPENED)
        review(OFFICER, NOW)
        story.refused(GlassStillBroken)
        review(NURSE, END)
        story.refused(OwnReview)


class TestPlaces:
    def test_are_few_and_each_emergency_access_holds_its_own(self) -> None:
        glass = BreakGlass(STREAM).replay([OPENED])
        assert glass.key == slots(NURSE)[0]
        assert len(set(slots(NURSE))) == 8
