"""Delegations: what a person lets somebody see, for how long, and that it can be taken back."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from uuid_utils.compat import uuid7

from domain.identity.delegations import MOST, Delegation, Delegations, UnsoundDelegation
from domain.identity.events import DelegationEnded, DelegationGranted
from domain.kernel.errors import NotFound
from domain.kernel.ownership import Owned
from tests.domain.story import given

PERSON, DAUGHTER = uuid7(), uuid7()
NOW = datetime(2026, 3, 29, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
BILLING = Delegation(can_view_schedule=False, can_view_billing=True, can_receive_updates=False)
GRANTED = DelegationGranted(person_id=PERSON, delegate_id=DAUGHTER, **BILLING._asdict())
ENDED = DelegationEnded(person_id=PERSON, delegate_id=DAUGHTER)
grant = partial(Delegations.grant, person_id=PERSON, delegate_id=DAUGHTER, now=NOW)


class TestDelegations:
    def test_let_somebody_see_what_was_said_and_are_the_persons_own(self) -> None:
        given_now = given(Delegations).when(lambda d: grant(d, delegation=BILLING)).then(GRANTED)
        assert given_now.flags(DAUGHTER, NOW) == {"billing"}
        assert given_now.flags(uuid7(), NOW) == frozenset()
        assert given_now.owned == Owned(PERSON)

    def test_read_as_they_were_said_last_and_once(self) -> None:
        both = BILLING._replace(can_view_schedule=True)
        changed = DelegationGranted(person_id=PERSON, delegate_id=DAUGHTER, **both._asdict())
        given(Delegations, GRANTED).when(lambda d: grant(d, delegation=both)).then(changed)
        given(Delegations, GRANTED).when(lambda d: grant(d, delegation=BILLING)).then()

    def test_end_when_taken_back_or_by_the_clock(self) -> None:
        ended = given(Delegations, GRANTED).when(lambda d: d.end(DAUGHTER)).then(ENDED)
        assert ended.flags(DAUGHTER, NOW) == frozenset()
        given(Delegations, GRANTED, ENDED).when(lambda d: d.end(DAUGHTER)).refused(NotFound)
        passing = BILLING._replace(ends_at=LATER)
        assert passing.flags(NOW) == {"billing"}
        assert not passing.flags(LATER)

    @pytest.mark.parametrize("unsound", [Delegation(False, False, False), BILLING._replace(ends_at=NOW)])
    def test_are_of_something_and_for_a_while(self, unsound: Delegation) -> None:
        given(Delegations).when(lambda d: grant(d, delegation=unsound)).refused(UnsoundDelegation)

    def test_are_not_to_oneself_and_not_to_a_crowd(self) -> None:
        given(Delegations).when(lambda d: d.grant(PERSON, PERSON, BILLING, NOW)).refused(UnsoundDelegation)
        crowd = [DelegationGranted(person_id=PERSON, delegate_id=uuid7(), **BILLING._asdict()) for _ in range(MOST)]
        given(Delegations, *crowd).when(lambda d: grant(d, delegation=BILLING)).refused(UnsoundDelegation)
