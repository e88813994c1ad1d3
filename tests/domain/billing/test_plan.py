"""A plan is offered, revised and withdrawn; what it promises must make sense."""

from typing import Any

import msgspec
import pytest

from domain.billing.events import PlanArchived, PlanCreated, PlanRevised
from domain.billing.plan import NamelessPlan, Plan, PlanUnavailable
from domain.billing.terms import Terms, UnsoundTerms
from domain.kernel.errors import IllegalTransition
from tests.domain.billing.sample import BASIC, CLERK, inr
from tests.domain.story import given

CREATED = PlanCreated(name="Basic Health Plan", terms=BASIC)
DEARER = msgspec.structs.replace(BASIC, amount=inr(9900))


@pytest.mark.requirement("R129")
class TestPlan:
    def test_is_created_with_its_terms(self) -> None:
        given(Plan).when(lambda p: p.create(" Basic Health Plan ", BASIC)).then(CREATED)

    def test_is_created_once(self) -> None:
        given(Plan, CREATED).when(lambda p: p.create("Basic Health Plan", BASIC)).refused(IllegalTransition)

    def test_needs_a_name(self) -> None:
        given(Plan).when(lambda p: p.create("  ", BASIC)).refused(NamelessPlan)

    def test_is_revised(self) -> None:
        given(Plan, CREATED).when(lambda p: p.revise("Basic", DEARER)).then(PlanRevised(name="Basic", terms=DEARER))

    def test_revised_to_what_it_is_stays_as_it_is(self) -> None:
        given(Plan, CREATED).when(lambda p: p.revise("Basic Health Plan", BASIC)).then()

    def test_is_archived_instead_of_deleted(self) -> None:
        given(Plan, CREATED).when(lambda p: p.archive(CLERK)).then(PlanArchived(archived_by=CLERK))

    def test_cannot_be_changed_once_archived(self) -> None:
        archived = given(Plan, CREATED, PlanArchived(archived_by=CLERK))
        archived.when(lambda p: p.revise("Basic", DEARER)).refused(PlanUnavailable)


@pytest.mark.requirement("R124")
class TestTerms:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": inr(-1)},
            {"interval_count": 0},
            {"interval_count": 37},
            {"included": -1},
            {"trial_days": 366},
            {"tax_basis_points": 10_001},
            {"unlimited": True},
            {"excludes": ("IN_PERSON",)},
        ],
    )
    def test_out_of_range_are_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(UnsoundTerms):
            msgspec.structs.replace(BASIC, **wrong).checked()

    @pytest.mark.requirement("R144")
    def test_cover_the_types_they_name(self) -> None:
        assert [BASIC.covers_type(t) for t in ("IN_PERSON", "VIDEO_CALL", "HOME_VISIT")] == [True, False, False]

    def test_that_only_exclude_cover_all_the_rest(self) -> None:
        terms = Terms(amount=inr(1), interval=BASIC.interval, excludes=("VIDEO_CALL",))
        assert [terms.covers_type(t) for t in ("IN_PERSON", "VIDEO_CALL")] == [True, False]
