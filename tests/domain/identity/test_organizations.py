"""Organisations and memberships: what is recorded, what is refused, and who gives which roles."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from domain.catalogue import EVENTS
from domain.identity.events import (
    AdministratorNamed,
    AdministratorReleased,
    MemberJoined,
    MembershipEnded,
    OrganizationChanged,
    OrganizationClosed,
    OrganizationCreated,
    RoleAssigned,
    RoleExpired,
    RoleRevoked,
    Withdrawal,
)
from domain.identity.giving import ADMINISTRATOR, BeyondOwnRoles, UnknownRole, given_roles, within
from domain.identity.kinds import MembershipEnd, OrganizationKind
from domain.identity.membership import AlreadyMember, LastRole, Membership
from domain.identity.organization import (
    PERSONAL,
    BadDetails,
    Details,
    LastAdministrator,
    Organization,
    OrganizationOver,
    PersonalOrganization,
)
from domain.identity.policy import permits
from domain.kernel.civil import UnknownZone
from domain.kernel.errors import Invalid, NotFound, Refused
from tests.domain.story import STREAM, given

USER, OTHER, ADMIN, CLINIC = uuid7(), uuid7(), uuid7(), uuid7()
NOW = datetime(2026, 3, 29, 9, 30, tzinfo=UTC)
LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(days=400)
OURS = Details("Clínica do Chiado", "Europe/Lisbon", "EUR", "pt-PT")
CREATED = OrganizationCreated(organization_id=STREAM, kind=OrganizationKind.CLINIC, **OURS._asdict())
OWN = OrganizationCreated(organization_id=STREAM, kind=OrganizationKind.PERSONAL, **PERSONAL._asdict())


def named(user_id: UUID) -> AdministratorNamed:
    return AdministratorNamed(organization_id=STREAM, user_id=user_id)


class TestOrganization:
    def test_is_created_once_with_settings_that_can_be(self) -> None:
        given(Organization).when(lambda o: o.create(OrganizationKind.CLINIC, OURS)).then(CREATED)
        given(Organization, CREATED).when(lambda o: o.create(OrganizationKind.CLINIC, OURS)).refused(Refused)

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [({"name": " "}, BadDetails), ({"name": "x" * 201}, BadDetails), ({"zone": "Mars/Base"}, UnknownZone),
         ({"currency": "eur"}, BadDetails), ({"locale": "portuguese"}, BadDetails)],
    )  # fmt: skip
    def test_with_details_that_cannot_be_is_not_created_or_changed(
        self, wrong: dict[str, str], error: type[Refused]
    ) -> None:
        bad = OURS._replace(**wrong)
        given(Organization).when(lambda o: o.create(OrganizationKind.AGENCY, bad)).refused(error)
        given(Organization, CREATED).when(lambda o: o.change(bad)).refused(error)

    def test_changes_as_a_whole_and_not_into_itself(self) -> None:
        new = OURS._replace(name="Nova")
        changed = OrganizationChanged(organization_id=STREAM, **new._asdict())
        given(Organization, CREATED).when(lambda o: o.change(new)).then(changed)
        given(Organization, CREATED, changed).when(lambda o: o.change(new)).then()

    def test_is_never_without_an_administrator_once_it_has_one(self) -> None:
        story = given(Organization, CREATED, named(USER))
        story.when(lambda o: o.note_administrator(USER, keeps=False)).refused(LastAdministrator)
        released = AdministratorReleased(organization_id=STREAM, user_id=USER)
        both = given(Organization, CREATED, named(USER), named(OTHER))
        both.when(lambda o: o.note_administrator(USER, keeps=False)).then(released)

    def test_notes_nothing_that_is_so_already(self) -> None:
        given(Organization, CREATED, named(USER)).when(lambda o: o.note_administrator(USER, keeps=True)).then()
        given(Organization, CREATED, named(USER)).when(lambda o: o.note_administrator(OTHER, keeps=False)).then()

    def test_closed_admits_nobody_and_ends_tokens(self) -> None:
        closed = OrganizationClosed(organization_id=STREAM, closed_by=ADMIN)
        given(Organization, CREATED).when(lambda o: o.close(ADMIN)).then(closed)
        assert isinstance(closed, Withdrawal)
        for act in (lambda o: o.close(ADMIN), lambda o: o.change(OURS), lambda o: o.admit()):
            given(Organization, CREATED, closed).when(act).refused(OrganizationOver)

    def test_of_a_persons_own_lets_nobody_in_and_is_not_closed(self) -> None:
        given(Organization, OWN).when(lambda o: o.admit()).refused(PersonalOrganization)
        given(Organization, OWN).when(lambda o: o.close(USER)).refused(PersonalOrganization)

    @drawn(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
    def test_keeps_an_administrator_whatever_is_noted(self, acts: list[tuple[int, bool]]) -> None:
        organization = Organization(STREAM).replay([CREATED, named(UUID(int=0))])
        for number, keeps in acts:
            try:
                organization.note_administrator(UUID(int=number), keeps=keeps)
            except LastAdministrator:
                assert organization.administrators == {UUID(int=number)}
            assert organization.administrators


def joined(*roles: str) -> MemberJoined:
    return MemberJoined(
        organization_id=CLINIC, user_id=USER, roles=roles, primary=roles[0], given_by=ADMIN, invitation_id=None
    )


def assigned(role: str, *roles: str, primary: str, until: datetime | None = None) -> RoleAssigned:
    return RoleAssigned(
        organization_id=CLINIC, user_id=USER, role=role, expires_at=until, given_by=ADMIN, roles=roles, primary=primary
    )


ENDED = MembershipEnded(
    organization_id=CLINIC, user_id=USER, how=MembershipEnd.REMOVED, ended_by=ADMIN, roles=("nurse",)
)


class TestMembership:
    def test_begins_once_and_again_after_it_ended(self) -> None:
        def join(member: Membership) -> None:
            member.join(organization_id=CLINIC, user_id=USER, roles=["nurse", "doctor", "nurse"], given_by=ADMIN)

        given(Membership).when(join).then(joined("nurse", "doctor"))
        given(Membership, joined("nurse")).when(join).refused(AlreadyMember)
        again = given(Membership, joined("nurse"), ENDED).when(join).then(joined("nurse", "doctor"))
        assert again.held(NOW) == {"nurse", "doctor"}

    def test_takes_a_role_for_good_or_until_a_time(self) -> None:
        given(Membership, joined("nurse")).when(lambda m: m.assign("doctor", given_by=ADMIN, now=NOW)).then(
            assigned("doctor", "nurse", "doctor", primary="nurse")
        )
        member = (
            given(Membership, joined("nurse"))
            .when(lambda m: m.assign("doctor", given_by=ADMIN, now=NOW, expires_at=LATER, primary=True))
            .then(assigned("doctor", "nurse", "doctor", primary="doctor", until=LATER))
        )
        assert member.held(NOW) == {"nurse", "doctor"}
        assert member.until(NOW) == LATER
        assert member.held(LATER) == {"nurse"}

    def test_is_given_no_role_twice_none_of_the_past_and_none_there_is_not(self) -> None:
        story = given(Membership, joined("nurse"))
        story.when(lambda m: m.assign("nurse", given_by=ADMIN, now=NOW)).then()
        given(Membership, joined("nurse")).when(
            lambda m: m.assign("doctor", given_by=ADMIN, now=NOW, expires_at=NOW)
        ).refused(Invalid)
        given(Membership, joined("nurse")).when(lambda m: m.assign("system", given_by=ADMIN, now=NOW)).refused(
            UnknownRole
        )

    def test_loses_a_role_but_not_the_last(self) -> None:
        revoked = RoleRevoked(
            organization_id=CLINIC, user_id=USER, role="nurse", revoked_by=ADMIN, roles=("doctor",), primary="doctor"
        )
        given(Membership, joined("nurse", "doctor")).when(lambda m: m.revoke("nurse", revoked_by=ADMIN)).then(revoked)
        given(Membership, joined("nurse")).when(lambda m: m.revoke("nurse", revoked_by=ADMIN)).refused(LastRole)
        given(Membership, joined("nurse")).when(lambda m: m.revoke("doctor", revoked_by=ADMIN)).refused(NotFound)

    def test_notes_the_end_of_a_role_once_and_not_before_its_time(self) -> None:
        history = joined("nurse"), assigned("doctor", "nurse", "doctor", primary="doctor", until=LATER)
        expired = RoleExpired(organization_id=CLINIC, user_id=USER, role="doctor", roles=("nurse",), primary="nurse")
        given(Membership, *history).when(lambda m: m.expire("doctor", NOW)).then()
        given(Membership, *history).when(lambda m: m.expire("doctor", LATER)).then(expired)
        given(Membership, *history, expired).when(lambda m: m.expire("doctor", LATER)).then()
        longer = assigned("doctor", "nurse", "doctor", primary="doctor", until=MUCH_LATER)
        given(Membership, *history, longer).when(lambda m: m.expire("doctor", LATER)).then()

    def test_ended_has_nothing_left_to_change(self) -> None:
        given(Membership, joined("nurse")).when(lambda m: m.end(MembershipEnd.REMOVED, ended_by=ADMIN)).then(ENDED)
        for act in (
            lambda m: m.end(MembershipEnd.LEFT, ended_by=USER),
            lambda m: m.assign("doctor", given_by=ADMIN, now=NOW),
            lambda m: m.revoke("nurse", revoked_by=ADMIN),
        ):
            given(Membership, joined("nurse"), ENDED).when(act).refused(NotFound)
        given(Membership, joined("nurse"), ENDED).when(lambda m: m.expire("nurse", LATER)).then()

    def test_keeps_the_organisation_only_with_an_administrators_role_for_good(self) -> None:
        assert given(Membership, joined("clinic_admin")).when(lambda m: None).then().keeps
        until = assigned("clinic_admin", "clinic_admin", primary="clinic_admin", until=LATER)
        assert not given(Membership, joined("clinic_admin"), until).when(lambda m: None).then().keeps
        assert not given(Membership, joined("nurse")).when(lambda m: None).then().keeps

    @pytest.mark.parametrize("event", [RoleAssigned, RoleRevoked, RoleExpired, MembershipEnded])
    def test_changed_ends_older_tokens(self, event: type) -> None:
        assert issubclass(event, Withdrawal)


class TestGiving:
    @pytest.mark.parametrize("held", given_roles())
    def test_goes_no_further_than_what_is_held_except_by_who_keeps_the_organisation(self, held: str) -> None:
        for role in given_roles():
            try:
                within(frozenset({held}), [role])
            except BeyondOwnRoles:
                assert held not in (ADMINISTRATOR, role)
            else:
                assert held == ADMINISTRATOR or not _more(role, held)

    def test_is_not_for_who_acts_by_a_narrowed_token(self) -> None:
        with pytest.raises(BeyondOwnRoles):
            within(frozenset({ADMINISTRATOR}), ["patient"], narrowed=True)

    def test_of_what_programs_hold_is_nobodys(self) -> None:
        assert not {"system", "front_door"} & set(given_roles())


def _more(role: str, than: str) -> bool:
    """Whether a role opens a permission that another does not, among those that events and routes name."""
    asked = {f"{topic.split('.')[0]}:read" for topic in EVENTS} | {"ehr:read", "privacy:erase", "audit:open"}
    return any(permits(frozenset({role}), each) and not permits(frozenset({than}), each) for each in asked)
