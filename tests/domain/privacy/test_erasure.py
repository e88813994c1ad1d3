"""What is erased at once, what waits and for how long, what holds stand against, and what a certificate says."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given as example
from hypothesis import strategies as st

from domain.kernel.errors import NotFound
from domain.kernel.event import Retention
from domain.privacy.certificate import Certificate, Destroyed, LogHead
from domain.privacy.erasure import Completion, Erasure, Holding
from domain.privacy.events import (
    ClassErased,
    ClassReleased,
    ClassRestricted,
    DataReopened,
    ErasureCompleted,
    ErasureRefused,
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    LegalHoldsConsulted,
    RetentionPeriodSet,
)
from domain.privacy.kinds import LegalBasis, RequestBasis
from domain.privacy.legal_holds import Hold, HoldLifted, HoldWithoutScope, LegalHolds
from domain.privacy.refusals import AlreadyRequested, NotAllErased, NotRefused, NotReleased
from domain.privacy.retention import PERIODS, NothingToKeep, Period, RetentionPolicy, UnsoundPeriod, answer_by
from tests.domain.story import STREAM, given

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
PERSON, HOLD, KEY, TENANT = (UUID(int=n) for n in (1, 2, 3, 4))
ALL = tuple(sorted((Retention.PROFILE, Retention.MESSAGING, Retention.CLINICAL, Retention.BILLING)))
TODAY = [Holding(retention, NOW.date()) for retention in ALL]
REQUESTED = ErasureRequested(
    person_id=PERSON, basis=RequestBasis.GDPR, requested_at=NOW, answer_by=date(2026, 4, 30)
)  # fmt: skip


def released(retention: Retention, at: datetime = NOW) -> ClassReleased:
    return ClassReleased(person_id=PERSON, retention=retention, released_at=at)


def restricted(retention: Retention, until: date | None, *holds: UUID) -> ClassRestricted:
    basis = LegalBasis.LEGAL_CLAIMS if holds else LegalBasis.LEGAL_OBLIGATION
    return ClassRestricted(
        person_id=PERSON,
        retention=retention,
        basis=basis,
        source=PERIODS[retention].source,
        until=until,
        holds=holds,
    )


def erased(retention: Retention) -> ClassErased:
    return ClassErased(person_id=PERSON, retention=retention, key_id=KEY, destroyed_at=NOW)


def hold(*classes: Retention) -> dict[Retention, tuple[Hold, ...]]:
    return {c: (Hold(HOLD, PERSON, classes, LegalBasis.LEGAL_CLAIMS),) for c in classes}


class TestRequest:
    def test_promises_an_answer_within_a_month(self) -> None:
        given(Erasure).when(lambda e: e.request(PERSON, RequestBasis.GDPR, NOW)).then(REQUESTED)

    def test_is_made_once(self) -> None:
        again = given(Erasure, REQUESTED).when(lambda e: e.request(PERSON, RequestBasis.GDPR, NOW))
        again.refused(AlreadyRequested)

    def test_is_answered_sooner_in_brazil_and_by_the_last_day_of_a_shorter_month(self) -> None:
        assert answer_by(RequestBasis.LGPD, date(2026, 12, 20)) == date(2027, 1, 4)
        assert answer_by(RequestBasis.GDPR, date(2026, 1, 31)) == date(2026, 2, 28)
        assert answer_by(RequestBasis.GDPR, date(2026, 12, 31)) == date(2027, 1, 31)


class TestDecision:
    @pytest.mark.requirement("R008")
    def test_releases_profile_and_messages_and_keeps_what_the_law_keeps_until_its_date(self) -> None:
        given(Erasure, REQUESTED).when(lambda e: e.decide(TODAY, {}, PERIODS, NOW)).then(
            restricted(Retention.BILLING, date(2036, 3, 31)),
            restricted(Retention.CLINICAL, date(2033, 3, 31)),
            released(Retention.MESSAGING),
            released(Retention.PROFILE),
        )

    def test_is_a_refusal_when_holds_keep_everything_there_is(self) -> None:
        held = [Holding(Retention.PROFILE, NOW.date())]
        given(Erasure, REQUESTED).when(lambda e: e.decide(held, hold(Retention.PROFILE), PERIODS, NOW)).then(
            ErasureRefused(person_id=PERSON, basis=LegalBasis.LEGAL_CLAIMS, holds=(HOLD,), refused_at=NOW)
        )

    def test_lets_a_hold_beat_a_class_that_would_go_at_once_and_a_period_that_is_over(self) -> None:
        held = [Holding(Retention.PROFILE, NOW.date()), Holding(Retention.CLINICAL, date(2000, 1, 1)), *TODAY[:1]]
        holds = hold(Retention.PROFILE, Retention.CLINICAL)
        given(Erasure, REQUESTED).when(lambda e: e.decide(held, holds, PERIODS, NOW)).then(
            restricted(Retention.BILLING, date(2036, 3, 31)),
            restricted(Retention.CLINICAL, None, HOLD),
            restricted(Retention.PROFILE, None, HOLD),
        )

    def test_is_taken_again_when_the_period_is_over(self) -> None:
        until = date(2033, 3, 31)
        then = datetime(2033, 3, 31, tzinfo=UTC)
        story = given(Erasure, REQUESTED, restricted(Retention.CLINICAL, until))
        held = [Holding(Retention.CLINICAL, NOW.date())]
        story.when(lambda e: e.decide(held, {}, PERIODS, then)).then(released(Retention.CLINICAL, then))

    def test_says_nothing_twice(self) -> None:
        held = [Holding(Retention.CLINICAL, NOW.date())]
        history = (REQUESTED, restricted(Retention.CLINICAL, date(2033, 3, 31)))
        given(Erasure, *history).when(lambda e: e.decide(held, {}, PERIODS, NOW)).then()

    def test_touches_nothing_that_is_released_erased_or_refused(self) -> None:
        held = [Holding(Retention.PROFILE, NOW.date())]
        refused = ErasureRefused(person_id=PERSON, basis=LegalBasis.ARCHIVING, holds=(HOLD,), refused_at=NOW)
        for history in ([released(Retention.PROFILE)], [released(Retention.PROFILE), erased(Retention.PROFILE)]):
            given(Erasure, REQUESTED, *history).when(
                lambda e: e.decide(held, hold(Retention.PROFILE), PERIODS, NOW)
            ).then()
        given(Erasure, REQUESTED, refused).when(lambda e: e.decide(held, {}, PERIODS, NOW)).then()

    @example(
        st.sets(st.sampled_from(ALL), min_size=1),
        st.sets(st.sampled_from(ALL)),
        st.dates(date(1990, 1, 1), date(2026, 3, 31)),
    )
    def test_never_releases_what_is_held_or_owed_to_the_law(
        self, present: set[Retention], covered: set[Retention], last: date
    ) -> None:
        erasure = Erasure(STREAM).replay([REQUESTED])
        erasure.decide([Holding(c, last) for c in present], hold(*(covered & present)), PERIODS, NOW)
        gone = {event.retention for event in erasure.pending if isinstance(event, ClassReleased)}
        if erasure.pending and isinstance(erasure.pending[0], ErasureRefused):
            assert present <= covered
            return
        due = {c for c in present if PERIODS[c].ends(last) <= NOW.date()}
        assert gone == due - covered
        kept = {event.retention for event in erasure.pending if isinstance(event, ClassRestricted)}
        assert kept == present - gone


class TestRefusal:
    REFUSED = ErasureRefused(person_id=PERSON, basis=LegalBasis.ARCHIVING, holds=(HOLD,), refused_at=NOW)

    def test_opens_the_data_again_once(self) -> None:
        given(Erasure, REQUESTED, self.REFUSED).when(Erasure.note_reopened).then(DataReopened(person_id=PERSON))
        given(Erasure, REQUESTED, self.REFUSED, DataReopened(person_id=PERSON)).when(Erasure.note_reopened).then()

    def test_is_needed_to_open_it(self) -> None:
        given(Erasure, REQUESTED).when(Erasure.note_reopened).refused(NotRefused)


class TestDestruction:
    def test_is_noted_once_and_only_for_what_was_released(self) -> None:
        history = [REQUESTED, released(Retention.PROFILE)]
        note = lambda e: e.note_erased(Retention.PROFILE, KEY, NOW)  # noqa: E731
        given(Erasure, *history).when(note).then(erased(Retention.PROFILE))
        given(Erasure, *history, erased(Retention.PROFILE)).when(note).then()
        given(Erasure, REQUESTED).when(note).refused(NotReleased)

    def test_of_the_last_class_completes_the_erasure_with_a_certificate(self) -> None:
        completion = Completion(NOW + timedelta(hours=1), 77, LogHead(5, "cm9vdA=="), NOW + timedelta(days=7))
        history = [REQUESTED, released(Retention.PROFILE), erased(Retention.PROFILE)]
        certificate = Erasure(STREAM).replay(history).certificate(TENANT, completion)
        given(Erasure, *history).when(lambda e: e.complete(certificate, "notes", "c2ln")).then(
            ErasureCompleted(
                person_id=PERSON,
                certificate_id=certificate.id,
                completed_at=NOW + timedelta(hours=1),
                position=77,
                log_size=5,
                log_root="cm9vdA==",
                stale_until=NOW + timedelta(days=7),
                digest=certificate.digest(),
                signer="notes",
                signature="c2ln",
            )
        )

    def test_is_not_certified_while_a_class_remains(self) -> None:
        history = [
            REQUESTED,
            released(Retention.PROFILE),
            erased(Retention.PROFILE),
            restricted(Retention.CLINICAL, None, HOLD),
        ]
        completion = Completion(NOW, 77, LogHead(), NOW)
        certificate = Erasure(STREAM).replay(history).certificate(TENANT, completion)
        given(Erasure, *history).when(lambda e: e.complete(certificate, None, None)).refused(NotAllErased)


class TestCertificate:
    def test_says_the_same_as_json_and_as_text_whatever_the_order_of_classes(self) -> None:
        gone = (Destroyed(Retention.PROFILE, KEY, NOW), Destroyed(Retention.BILLING, HOLD, NOW))
        one, two = (
            Certificate(STREAM, TENANT, PERSON, NOW, NOW, order, 9, LogHead(), NOW) for order in (gone, gone[::-1])
        )
        assert one.digest() == two.digest()
        document = json.loads(one.canonical())
        assert [item["class"] for item in document["destroyed"]] == ["billing", "profile"]
        for item in document["destroyed"]:
            assert item["key"] in one.text()
        assert one.digest() in one.text()


class TestLegalHold:
    PLACED = LegalHoldPlaced(
        hold_id=HOLD, person_id=PERSON, classes=(Retention.CLINICAL,), basis=LegalBasis.LEGAL_CLAIMS, placed_at=NOW
    )
    CONSULTED = LegalHoldsConsulted(erasure_id=STREAM, person_id=PERSON, standing=(HOLD,))

    def test_names_a_person_or_classes(self) -> None:
        place = lambda h: h.place(HOLD, PERSON, [Retention.CLINICAL], LegalBasis.LEGAL_CLAIMS, NOW)  # noqa: E731
        given(LegalHolds).when(place).then(self.PLACED)
        given(LegalHolds).when(lambda h: h.place(HOLD, None, [], LegalBasis.ARCHIVING, NOW)).refused(HoldWithoutScope)

    def test_stands_against_its_person_and_classes_only(self) -> None:
        holds = LegalHolds(STREAM).replay([self.PLACED])
        found = holds.consult(STREAM, PERSON, ALL)
        assert {c: [h.id for h in covering] for c, covering in found.items()} == {Retention.CLINICAL: [HOLD]}
        assert holds.pending == [self.CONSULTED]
        assert holds.consult(STREAM, uuid4(), ALL) == {}

    def test_of_an_organisation_covers_everybody(self) -> None:
        holds = LegalHolds(STREAM)
        holds.place(HOLD, None, [Retention.BILLING], LegalBasis.LEGAL_OBLIGATION, NOW)
        assert list(holds.consult(STREAM, uuid4(), ALL)) == [Retention.BILLING]

    def test_lifted_names_the_erasures_that_waited_for_it(self) -> None:
        lifted = LegalHoldLifted(hold_id=HOLD, person_id=PERSON, waiting=(STREAM,), lifted_at=NOW)
        holds = given(LegalHolds, self.PLACED, self.CONSULTED).when(lambda h: h.lift(HOLD, NOW)).then(lifted)
        assert holds.consult(STREAM, PERSON, ALL) == {}
        given(LegalHolds, self.PLACED, lifted).when(lambda h: h.lift(HOLD, NOW)).refused(HoldLifted)
        given(LegalHolds).when(lambda h: h.lift(HOLD, NOW)).refused(NotFound)


class TestRetentionPeriod:
    @pytest.mark.requirement("R438")
    def test_is_set_by_the_organisation_and_names_its_law(self) -> None:
        set_ = RetentionPeriodSet(retention=Retention.CLINICAL, years=20, source="Lei 15/2014")
        policy = given(RetentionPolicy).when(lambda p: p.set_period(Retention.CLINICAL, 20, " Lei 15/2014 ")).then(set_)
        assert policy.periods[Retention.CLINICAL] == Period(20, "Lei 15/2014")
        given(RetentionPolicy, set_).when(lambda p: p.set_period(Retention.CLINICAL, 20, "Lei 15/2014")).then()

    @pytest.mark.parametrize(("years", "source"), [(-1, "x"), (101, "x"), (7, "  "), (7, "x" * 121)])
    def test_is_refused_without_a_law_or_out_of_bounds(self, years: int, source: str) -> None:
        set_ = lambda p: p.set_period(Retention.CLINICAL, years, source)  # noqa: E731
        given(RetentionPolicy).when(set_).refused(UnsoundPeriod)

    def test_cannot_be_given_to_a_profile(self) -> None:
        given(RetentionPolicy).when(lambda p: p.set_period(Retention.PROFILE, 1, "x")).refused(NothingToKeep)

    def test_ends_on_the_first_day_that_is_free_of_it(self) -> None:
        assert Period(7, "").ends(date(2024, 2, 29)) == date(2031, 3, 1)
        assert Period(4, "").ends(date(2024, 2, 29)) == date(2028, 2, 29)
        assert Period(10, "").ends(date(2026, 3, 31)) == date(2036, 3, 31)
