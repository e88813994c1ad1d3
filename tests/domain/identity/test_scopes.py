"""SMART scopes: they only ever narrow, and what is not understood leaves nothing."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.identity.policy import POLICY, reach
from domain.identity.resources import RESOURCES
from domain.identity.scopes import read
from domain.kernel.ownership import NOTHING, Ownership

OWN, ASSIGNED, ORGANISATION, ANY = Ownership
DOCTOR, PATIENT, HEALER = (frozenset({role}) for role in ("doctor", "patient", "practitioner"))
PERMISSIONS = sorted({permission for held in POLICY.values() for permission in held})
SCOPES = st.builds("{}/{}.{}".format, st.sampled_from(["patient", "user", "system"]),
                   st.sampled_from(["*", "Observation", "Appointment", "Patient"]),
                   st.sampled_from(["rs", "r", "s", "cruds", "cud", "x", ""]))  # fmt: skip


def left(roles: frozenset[str], permission: str, *scopes: str, searching: bool = False) -> Ownership:
    return reach(roles, permission, frozenset(scopes), searching)


class TestScopes:
    @pytest.mark.parametrize("text", [
        "", "openid", "launch", "patient/*", "patient/*.sr", "patient/*.read", "Patient/*.r", "patient/Observation.rs ",
        "patient/Observation.rs?category=laboratory", "patient/.rs", "group/*.rs", "patient/*.",
    ])  # fmt: skip
    def test_that_are_not_understood_leave_nothing(self, text: str) -> None:
        assert read(text) is None
        assert left(DOCTOR, "vitals:read", text) == NOTHING

    def test_none_at_all_narrow_nothing(self) -> None:
        assert left(DOCTOR, "vitals:read") == ORGANISATION

    def test_tell_reading_one_from_searching_many(self) -> None:
        assert left(DOCTOR, "vitals:read", "user/Observation.r") == ORGANISATION
        assert left(DOCTOR, "vitals:read", "user/Observation.r", searching=True) == NOTHING
        assert left(DOCTOR, "vitals:read", "user/Observation.s", searching=True) == ORGANISATION

    @pytest.mark.parametrize(("action", "letter"), [("create", "c"), ("read", "r"), ("change", "u"), ("retract", "d")])
    def test_name_what_is_done_by_a_letter_each(self, action: str, letter: str) -> None:
        for each in "cruds":
            found = left(DOCTOR, f"vitals:{action}", f"user/Observation.{each}")
            assert found == (ORGANISATION if each == letter else NOTHING)

    def test_of_a_patient_leave_what_is_their_own(self) -> None:
        assert left(PATIENT, "vitals:read", "patient/*.rs") == OWN
        assert left(DOCTOR, "vitals:read", "patient/*.rs") == OWN
        assert left(HEALER, "vitals:read", "patient/*.rs") == NOTHING
        assert left(HEALER, "vitals:read", "user/*.rs") == ASSIGNED
        assert left(DOCTOR, "vitals:read", "patient/*.rs", "user/Observation.rs") == ORGANISATION

    def test_have_to_name_every_kind_of_thing_that_is_asked_for(self) -> None:
        assert left(DOCTOR, "directory:read", "user/Patient.rs") == NOTHING
        assert left(DOCTOR, "directory:read", "user/Patient.rs", "user/Practitioner.rs") == ORGANISATION
        assert left(DOCTOR, "medical-records:read", "user/Condition.rs") == NOTHING
        assert left(DOCTOR, "medical-records:read", "user/*.rs") == ORGANISATION

    def test_never_open_ones_account_or_an_emergency_access(self) -> None:
        assert left(DOCTOR, "account:own", "user/*.cruds") == NOTHING
        assert left(DOCTOR, "break-glass:use", "user/*.cruds") == NOTHING

    @drawn(
        st.sampled_from(sorted(POLICY)), st.sampled_from(PERMISSIONS), st.frozensets(SCOPES, min_size=1), st.booleans()
    )
    def test_never_add_to_what_roles_allow(self, role: str, asked: str, scopes: frozenset[str], many: bool) -> None:
        roles = frozenset({role})
        whole, narrowed = reach(roles, asked), reach(roles, asked, scopes, many)
        assert not narrowed or whole.whole or not narrowed & ~whole
        assert whole or not narrowed

    def test_can_speak_of_every_resource_but_those_they_must_not_open(self) -> None:
        silent = {name for name, found in RESOURCES.items() if not found.scopes and found.actions}
        assert silent == {"account", "api-keys", "break-glass", "invitations", "operations", "roles", "settings"}
