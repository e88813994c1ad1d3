"""Members, where a user belongs, and what an organisation is called: the same row by row and page by page, or twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.identity.events import (
    MemberJoined,
    MembershipEnded,
    OrganizationChanged,
    OrganizationClosed,
    OrganizationCreated,
    RoleAssigned,
    RoleExpired,
    RoleRevoked,
)
from domain.identity.kinds import MembershipEnd, OrganizationKind
from domain.identity.platform import PLATFORM
from projections.kernel.lists import Window
from projections.members import projector as members
from projections.members import queries as asked
from projections.own_organizations import projector as own
from projections.own_organizations.queries import belonging
from tests.projections.stage import Fact, Stage

ADMIN = uuid4()


def at(hour: int) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=UTC)


def life(clinic: UUID, user: UUID) -> list[Fact]:
    """A user joins a clinic, is given roles, loses them, leaves and comes again; the clinic is renamed."""
    who = {"organization_id": clinic, "user_id": user}
    stream = uuid4()
    until = at(8)
    details = {"name": "Old", "zone": "UTC", "currency": "EUR", "locale": "en"}
    created = OrganizationCreated(organization_id=clinic, kind=OrganizationKind.CLINIC, **details)
    return [
        Fact(clinic, 1, at(0), created),
        Fact(stream, 1, at(1), MemberJoined(**who, roles=("nurse",), primary="nurse", given_by=ADMIN)),
        Fact(stream, 2, at(2), RoleAssigned(**who, role="doctor", expires_at=until, given_by=ADMIN,
                                            roles=("nurse", "doctor"), primary="doctor")),
        Fact(clinic, 2, at(3), OrganizationChanged(organization_id=clinic, **details | {"name": "New"})),
        Fact(stream, 3, at(4), RoleRevoked(**who, role="nurse", revoked_by=ADMIN, roles=("doctor",), primary="doctor")),
        Fact(stream, 4, at(8), RoleExpired(**who, role="doctor", roles=(), primary=None)),
        Fact(stream, 5, at(9), MembershipEnded(**who, how=MembershipEnd.LEFT, ended_by=user, roles=())),
        Fact(stream, 6, at(10), MemberJoined(**who, roles=("doctor",), primary="doctor", given_by=ADMIN)),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), members.READ_MODEL) as made:
        yield made


@pytest.fixture(scope="module")
def places(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), own.READ_MODEL) as made:
        yield made


def known(facts: list[Fact], model: object) -> list[Fact]:
    """Return those that a read model follows: the feed gives it no others."""
    return [fact for fact in facts if type(fact.event) in getattr(model, "on", {})]


class TestMembers:
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_hold_what_the_last_event_says_and_remember_who_gave_and_took(self, stage: Stage, batch: int) -> None:
        clinic, user = uuid4(), uuid4()
        facts = known(life(clinic, user), members.READ_MODEL)
        stage.apply(clinic, facts, batch)
        stage.apply(clinic, facts[-1:])
        row = stage.ask(clinic, lambda reader: asked.member(reader, clinic, user))
        assert row is not None
        assert (row["roles"], row["primary_role"], row["version"], row["joined_at"]) == (
            ["doctor"],
            "doctor",
            6,
            at(10),
        )
        roles = stage.ask(clinic, lambda reader: asked.roles(reader, clinic, user))
        assert [(r["role"], r["ended_at"], r["ended_by"], r["expires_at"]) for r in roles] == [
            ("doctor", None, None, None),
            ("nurse", at(4), ADMIN, None),
        ]

    def test_who_left_are_listed_no_more(self, stage: Stage) -> None:
        clinic, user = uuid4(), uuid4()
        stage.apply(clinic, known(life(clinic, user), members.READ_MODEL)[:-1])
        assert stage.ask(clinic, lambda reader: asked.members(reader, clinic, Window(10))) == ([], 0, None)
        assert stage.ask(clinic, lambda reader: asked.member(reader, clinic, user)) is None

    def test_come_in_pages_first_come_first(self, stage: Stage) -> None:
        clinic, users = uuid4(), [uuid4() for _ in range(5)]
        stage.apply(
            clinic,
            [
                Fact(uuid4(), 1, at(1) + timedelta(minutes=n), MemberJoined(
                    organization_id=clinic, user_id=user, roles=("nurse",), primary="nurse", given_by=ADMIN))
                for n, user in enumerate(users)
            ],
        )  # fmt: skip
        rows, total, _ = stage.ask(clinic, lambda reader: asked.members(reader, clinic, Window(2, 2)))
        assert ([row["user_id"] for row in rows], total) == (users[2:4], 5)


class TestOwnOrganizations:
    @pytest.mark.parametrize("batch", [1, 100])
    def test_are_one_list_across_tenants_without_those_left_or_closed(self, places: Stage, batch: int) -> None:
        user, there, left, closed = uuid4(), uuid4(), uuid4(), uuid4()
        places.apply(there, life(there, user), batch)
        places.apply(left, life(left, user)[:-1], batch)
        end = OrganizationClosed(organization_id=closed, closed_by=ADMIN)
        places.apply(closed, [*life(closed, user), Fact(closed, 3, at(11), end)], batch)
        rows, total, _ = places.ask(PLATFORM, lambda reader: belonging(reader, PLATFORM, user, Window(10)))
        assert [(row["organization_id"], row["name"], row["roles"]) for row in rows] == [(there, "New", ["doctor"])]
        assert total == 1
