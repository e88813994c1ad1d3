"""Accounts, sessions and challenges: what is recorded, what is refused, and that no secret is among it."""

import pytest
from uuid_utils.compat import uuid7

from domain.catalogue import EVENTS
from domain.identity.challenge import Challenge, ChallengeOver
from domain.identity.email import BadEmail, normalised
from domain.identity.events import (
    ChallengeMet,
    ChallengeRequested,
    PasswordChanged,
    SecondFactorEnrolled,
    SessionEnded,
    SessionOpened,
    SessionSteppedUp,
    UserRegistered,
    Withdrawal,
)
from domain.identity.kinds import Method, PasswordChange, Purpose, SessionEnd, by_second_factor
from domain.identity.password import WeakPassword, check_password
from domain.identity.policy import permits
from domain.identity.session import Session, SessionOver
from domain.identity.user import AlreadyRegistered, User
from domain.kernel.event import DomainEvent
from tests.domain.story import STREAM, given

OWN, OTHER = uuid7(), uuid7()
REGISTERED = UserRegistered(
    user_id=STREAM, organization_id=OWN, method=Method.EMAIL_CODE, email="ana@example.org", name="Ana", locale="pt"
)
OPENED = SessionOpened(
    session_id=STREAM, user_id=OTHER, organization_id=OWN, methods=(Method.PASSWORD,), client="phone", address=None
)


class TestUser:
    def test_registers_once(self) -> None:
        def register(user: User) -> None:
            user.register(
                organization_id=OWN, method=Method.EMAIL_CODE, email="ana@example.org", name="Ana", locale="pt"
            )

        assert given(User).when(register).then(REGISTERED).organization_id == OWN
        given(User, REGISTERED).when(register).refused(AlreadyRegistered)

    def test_is_asked_for_a_second_factor_from_the_enrolment_on(self) -> None:
        enrolled = SecondFactorEnrolled(user_id=STREAM, method=Method.TOTP, recovery_codes=10)
        user = given(User, REGISTERED).when(lambda u: u.enrol_second_factor(10)).then(enrolled)
        assert user.second_factor

    def test_with_another_password_loses_what_older_tokens_allowed(self) -> None:
        changed = PasswordChanged(user_id=STREAM, how=PasswordChange.RESET)
        given(User, REGISTERED).when(lambda u: u.change_password(PasswordChange.RESET)).then(changed)
        assert isinstance(changed, Withdrawal)


class TestSession:
    def test_remembers_every_way_in_which_the_user_proved_who_they_are_once_each(self) -> None:
        stepped = SessionSteppedUp(session_id=STREAM, user_id=OTHER, methods=(Method.PASSWORD, Method.TOTP))
        session = given(Session, OPENED).when(lambda s: s.step_up([Method.PASSWORD, Method.TOTP])).then(stepped)
        assert session.methods == (Method.PASSWORD, Method.TOTP)
        assert by_second_factor(session.methods)

    def test_ends_once_and_goes_no_further(self) -> None:
        ended = SessionEnded(session_id=STREAM, user_id=OTHER, reason=SessionEnd.REMOVED)
        given(Session, OPENED).when(lambda s: s.end(SessionEnd.REMOVED)).then(ended)
        given(Session, OPENED, ended).when(lambda s: s.end(SessionEnd.LOGGED_OUT)).refused(SessionOver)
        given(Session, OPENED, ended).when(lambda s: s.step_up([Method.TOTP])).refused(SessionOver)


class TestChallenge:
    def test_is_met_once(self) -> None:
        requested = ChallengeRequested(challenge_id=STREAM, purpose=Purpose.SIGN_IN)
        met = ChallengeMet(challenge_id=STREAM, user_id=OTHER, purpose=Purpose.SIGN_IN)
        given(Challenge).when(lambda c: c.request(Purpose.SIGN_IN)).then(requested)
        given(Challenge, requested).when(lambda c: c.meet(OTHER)).then(met)
        given(Challenge, requested, met).when(lambda c: c.meet(OTHER)).refused(ChallengeOver)


class TestEmail:
    @pytest.mark.parametrize("typed", ["ana@example.org", " Ana@Example.ORG ", "ＡＮＡ@example.org"])
    def test_has_one_spelling_however_it_is_typed(self, typed: str) -> None:
        assert normalised(typed) == "ana@example.org"

    @pytest.mark.parametrize(
        "typed",
        ["", "@", "ana", "ana@", "@example.org", "ana@example", "ana@@example.org", "a b@example.org",
         "ana@exa mple.org", "ana@-x.org", "ana@x..org",
         "ana\x00@example.org", "a" * 65 + "@example.org", "a@" + "b" * 250 + ".org"],
    )  # fmt: skip
    def test_that_is_none_is_refused(self, typed: str) -> None:
        with pytest.raises(BadEmail):
            normalised(typed)


class TestPassword:
    @pytest.mark.parametrize(
        "password", ["short", "x" * 129, "aaaaaaaaaaaaaa", "Password123!", "1234567890", "anabela-1987", "qwertyuiop"]
    )
    def test_that_is_guessed_first_is_refused_without_being_repeated(self, password: str) -> None:
        with pytest.raises(WeakPassword) as refused:
            check_password(password, "anabela@example.org")
        assert password not in str(refused.value)
        assert password not in str(refused.value.details)

    def test_that_is_long_needs_no_kinds_of_characters(self) -> None:
        check_password("correct horse battery staple", "ana@example.org")


class TestPolicy:
    def test_lets_everyone_look_after_their_own_account_and_nothing_else(self) -> None:
        assert permits(frozenset(), "account:own")
        assert not permits(frozenset(), "appointments:read")

    def test_gives_the_front_door_nothing_behind_it(self) -> None:
        front_door = frozenset({"front_door"})
        assert permits(front_door, "sessions:open")
        assert not any(permits(front_door, f"{thing}:read") for thing in ("ehr", "directory", "invoices", "audit"))


class TestEvents:
    def test_hold_no_secret(self) -> None:
        events: list[type[DomainEvent]] = [e for topic, e in EVENTS.items() if topic.startswith("identity.")]
        names = {name for event in events for name in event.__struct_fields__}
        assert events
        assert not {n for n in names if any(w in n for w in ("password", "secret", "token", "hash", "totp"))}
