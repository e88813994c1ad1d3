"""The policy table and what is asked of it: roles and their names, ownership, strict resources, fields."""

import pytest

from domain.identity.policy import FIELDS, POLICY, STEP_UP, Misstated, held, permits, reach, unreadable
from domain.identity.resources import RESOURCES, known
from domain.identity.role_table import ALIASES, DELEGATED, ROLES
from domain.kernel.ownership import NOTHING, Ownership

OWN, ASSIGNED, ORGANISATION, ANY = Ownership
NAMED_BY_THE_CLINIC = {
    "users", "appointments", "clinics", "locations", "patients", "doctors", "staff", "billing", "subscriptions",
    "invoices", "payments", "video", "ehr", "medical-records", "lab-reports", "vitals", "medications", "prescriptions",
    "notifications", "profile", "reports", "settings", "scheduling", "queue", "inventory", "therapy", "counseling",
}  # fmt: skip
CLINIC_ROLES = {
    "super_admin", "clinic_admin", "doctor", "patient", "receptionist", "pharmacist", "therapist", "lab_technician",
    "finance_billing", "support_staff", "nurse", "counselor",
}  # fmt: skip


def of(*roles: str) -> frozenset[str]:
    return frozenset(roles)


class TestTable:
    @pytest.mark.requirement("R107", "R248")
    def test_knows_the_twelve_roles_and_the_resources_of_a_clinic(self) -> None:
        assert len(NAMED_BY_THE_CLINIC) == 27
        assert RESOURCES.keys() >= NAMED_BY_THE_CLINIC
        assert ROLES.keys() >= CLINIC_ROLES
        assert POLICY.keys() == ROLES.keys()

    @pytest.mark.requirement("R010")
    def test_denies_what_it_does_not_say(self) -> None:
        for asked in ("ehr:burn", "weather:read", "ehr", ""):
            assert not permits(of(*ROLES), asked)
            assert not known(asked)
        assert not permits(of("stranger"), "appointments:read")

    @pytest.mark.parametrize("text", ["weather read", "ehr burn"])
    def test_that_speaks_of_what_there_is_not_is_refused(self, text: str) -> None:
        with pytest.raises(Misstated):
            held({OWN: text})

    @pytest.mark.parametrize(("other", "role"), [*ALIASES.items(), ("SUPER_ADMIN", "super_admin")])
    @pytest.mark.requirement("R447")
    def test_knows_a_role_by_all_its_names(self, other: str, role: str) -> None:
        for permission in POLICY[role]:
            assert reach(of(other), permission) == reach(of(role), permission)

    @pytest.mark.requirement(
        "R236", "R237", "R238", "R239", "R240", "R241", "R242", "R243", "R244", "R245", "R246", "R247"
    )
    @pytest.mark.parametrize(
        ("role", "permission", "things"),
        [
            ("super_admin", "appointments:create", ANY), ("clinic_admin", "inventory:remove", ORGANISATION),
            ("doctor", "prescriptions:create", ORGANISATION), ("patient", "ehr:read", OWN),
            ("receptionist", "scheduling:change", ORGANISATION), ("pharmacist", "inventory:change", ORGANISATION),
            ("therapist", "therapy:create", ORGANISATION), ("lab_technician", "lab-reports:create", ORGANISATION),
            ("finance_billing", "payments:refund", ORGANISATION), ("support_staff", "appointments:read", ORGANISATION),
            ("nurse", "vitals:change", ORGANISATION), ("counselor", "counseling:create", ORGANISATION),
            ("practitioner", "ehr:read", ASSIGNED), ("caregiver", "vitals:create", ASSIGNED),
            ("practitioner", "calendar:change", OWN),
        ],
    )  # fmt: skip
    def test_gives_each_role_what_is_its_work(self, role: str, permission: str, things: Ownership) -> None:
        assert reach(of(role), permission) == things

    def test_lets_those_who_only_support_read_and_do_nothing(self) -> None:
        assert {permission.partition(":")[2] for permission in POLICY["support_staff"]} == {"read"}

    @pytest.mark.parametrize("resource", [name for name, found in RESOURCES.items() if found.strict])
    def test_never_means_what_is_strict_by_everything(self, resource: str) -> None:
        strict = {p for p in POLICY["clinic_admin"] if p.startswith(f"{resource}:")}
        assert strict == set()

    def test_leaves_what_happens_by_itself_to_programs(self) -> None:
        technical = {f"{name}:{action}" for name, found in RESOURCES.items() for action in found.technical}
        assert {role for role, held in POLICY.items() if technical & held.keys()} == {"system", "front_door"}

    def test_speaks_of_permissions_and_roles_there_are_beside_it_too(self) -> None:
        named = {*STEP_UP, *DELEGATED, *(needed for fields in FIELDS.values() for needed in fields.values())}
        assert {permission for permission in named if not known(permission)} == set()
        assert set(ALIASES.values()) <= ROLES.keys()
        assert DELEGATED.keys() == POLICY["family_delegate"].keys()


class TestReach:
    def test_of_several_roles_is_that_of_each(self) -> None:
        assert reach(of("patient", "practitioner"), "ehr:read") == OWN | ASSIGNED
        assert reach(of("patient", "doctor"), "ehr:read").whole

    def test_of_what_everybody_may_needs_no_role(self) -> None:
        assert reach(of(), "account:own") == OWN
        assert reach(of(), "appointments:read") == NOTHING

    def test_of_fields_hides_what_was_said_from_who_only_counts(self) -> None:
        assert "notes" in unreadable(of("finance_billing"), "appointments")
        assert unreadable(of("doctor"), "appointments") == frozenset()
        assert unreadable(of("patient"), "access") == {"address", "agent"}
