"""Invitations: answered once, within seven days."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.identity.events import InvitationEnded, InvitationMade
from domain.identity.invitation import LIFE, Invitation, InvitationOver
from domain.identity.kinds import InvitationEnd
from tests.domain.story import STREAM, given

USER, ADMIN, CLINIC = uuid7(), uuid7(), uuid7()
NOW = datetime(2026, 3, 29, 9, 30, tzinfo=UTC)
LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(days=400)

MADE = InvitationMade(
    invitation_id=STREAM, organization_id=CLINIC, roles=("doctor",), invited_by=ADMIN, expires_at=NOW + LIFE,
    email="ana@example.org",
)  # fmt: skip


def over(how: InvitationEnd, by: UUID | None = None) -> InvitationEnded:
    return InvitationEnded(invitation_id=STREAM, organization_id=CLINIC, how=how, ended_by=by)


class TestInvitation:
    def test_is_made_for_seven_days(self) -> None:
        given(Invitation).when(
            lambda i: i.make(
                organization_id=CLINIC, email="ana@example.org", roles=["doctor"], invited_by=ADMIN, now=NOW
            )
        ).then(MADE)
        assert timedelta(days=7) == LIFE

    def test_ends_once(self) -> None:
        accepted = over(InvitationEnd.ACCEPTED, USER)
        given(Invitation, MADE).when(lambda i: i.end(InvitationEnd.ACCEPTED, now=LATER, by=USER)).then(accepted)
        for how in (InvitationEnd.ACCEPTED, InvitationEnd.DECLINED, InvitationEnd.REVOKED):
            given(Invitation, MADE, accepted).when(partial(Invitation.end, how=how, now=LATER)).refused(InvitationOver)
        given(Invitation, MADE, accepted).when(lambda i: i.expire(MUCH_LATER)).then()

    def test_is_over_by_the_clock_alone(self) -> None:
        refused = (
            given(Invitation, MADE)
            .when(lambda i: i.end(InvitationEnd.ACCEPTED, now=NOW + LIFE, by=USER))
            .refused(InvitationOver)
        )
        assert refused.details["how"] == "expired"
        given(Invitation, MADE).when(lambda i: i.expire(LATER)).then()
        given(Invitation, MADE).when(lambda i: i.expire(NOW + LIFE)).then(over(InvitationEnd.EXPIRED))

    def test_keeps_the_address_where_no_rule_can_see_it(self) -> None:
        invitation = given(Invitation, MADE).when(lambda i: None).then()
        assert "ana@example.org" not in str(vars(invitation))
