"""Which entry a look leaves: shown, empty, refused; and which looks are accounted for as disclosures."""

from typing import Any
from uuid import UUID

import pytest

from domain.access.events import DisclosureMade, ReadRefused, RecordRead
from domain.access.looks import Look
from domain.access.purpose import ACCOUNTED, PurposeOfUse, usual_purpose
from domain.identity.policy import POLICY
from domain.identity.sensitivity import READS, Sensitivity, looked_at

ACTOR, PATIENT, OTHER = (UUID(int=n) for n in (1, 2, 3))


def look(**more: Any) -> Look:
    facts: dict[str, Any] = {
        "actor": ACTOR, "purpose": PurposeOfUse.TREAT, "action": "ehr:read", "resource": "GET /chart",
        "request_id": UUID(int=9), "subjects": [OTHER, PATIENT, OTHER], "count": 2,
    }  # fmt: skip
    return Look(**facts | more)


class TestEntry:
    def test_of_what_was_shown_names_everyone_once_in_order(self) -> None:
        entry = look().entry()
        assert type(entry) is RecordRead
        assert (entry.subjects, entry.count, entry.outcome) == ([PATIENT, OTHER], 2, "shown")

    def test_of_an_empty_search_says_so(self) -> None:
        assert look(count=0).entry().outcome == "empty"

    def test_of_a_refusal_counts_nothing_and_keeps_its_code(self) -> None:
        entry = look(refusal="not-permitted").entry()
        assert type(entry) is ReadRefused
        assert (entry.count, entry.outcome) == (0, "not-permitted")


class TestDisclosure:
    @pytest.mark.parametrize("purpose", list(PurposeOfUse))
    def test_is_what_serves_neither_treatment_payment_operations_nor_the_person(self, purpose: PurposeOfUse) -> None:
        entry = look(purpose=purpose, on_behalf_of=OTHER).entry()
        assert isinstance(entry, DisclosureMade) == (purpose in ACCOUNTED)
        if isinstance(entry, DisclosureMade):
            assert entry.recipient == OTHER

    def test_is_a_release_but_not_of_what_people_are_given_of_their_own(self) -> None:
        assert isinstance(look(release=True).entry(), DisclosureMade)
        assert type(look(release=True, purpose=PurposeOfUse.PATRQT).entry()) is RecordRead

    def test_is_not_what_found_nothing_or_was_refused(self) -> None:
        assert type(look(purpose=PurposeOfUse.HRESCH, count=0).entry()) is RecordRead
        assert type(look(purpose=PurposeOfUse.HRESCH, refusal="not-found").entry()) is ReadRefused


class TestPurpose:
    def test_is_by_role_unless_it_is_said(self) -> None:
        assert usual_purpose(frozenset({"patient", "nurse"})) is PurposeOfUse.TREAT
        assert usual_purpose(frozenset({"patient"})) is PurposeOfUse.PATRQT
        assert usual_purpose(frozenset({"unheard-of"})) is PurposeOfUse.HOPERAT

    def test_of_no_role_is_one_that_is_accounted_for(self) -> None:
        assert not {usual_purpose(frozenset({role})) for role in POLICY} & ACCOUNTED


class TestSensitivity:
    def test_of_a_read_nobody_has_classified_is_personal(self) -> None:
        assert looked_at("novelty:browse", "GET") is Sensitivity.PERSONAL

    def test_of_a_search_by_post_is_that_of_its_permission_and_a_change_shows_nothing(self) -> None:
        assert looked_at("directory:read", "POST") is Sensitivity.PERSONAL
        assert looked_at("ehr:create", "POST") is Sensitivity.IMPERSONAL
        assert looked_at("break-glass:review", "POST") is Sensitivity.IMPERSONAL

    def test_of_whatever_a_patient_or_clinician_reads_is_never_impersonal_but_for_plans_and_api_keys(self) -> None:
        read = {p for role in ("patient", "nurse", "auditor") for p in POLICY[role] if p.endswith(":read")}
        assert {p for p in read if looked_at(p, "GET") is Sensitivity.IMPERSONAL} == {"plans:read", "api-keys:read"}
        assert {p for p, shows in READS.items() if shows is Sensitivity.RELEASE} == {
            "privacy:export",
            "privacy:restricted",
        }
