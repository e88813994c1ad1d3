"""The policy table: role to permitted resource:action. Deny by default."""

from functools import lru_cache

#: ``resource:action`` patterns per role; ``*`` stands for any resource or any action.
POLICY: dict[str, frozenset[str]] = {
    "system": frozenset({"*:*"}),
    "clinic_admin": frozenset({"*:*"}),
    "doctor": frozenset(
        {
            "appointments:*",
            "calendar:change",
            "ehr:*",
            "mental-health:*",
            "directory:*",
            "subscriptions:read",
            "schedule:read",
            "alerts:*",
        }
    ),
    "counselor": frozenset({"ehr:read", "mental-health:*", "directory:read", "appointments:read", "schedule:read"}),
    "therapist": frozenset({"ehr:read", "mental-health:*", "directory:read", "appointments:read", "schedule:read"}),
    "nurse": frozenset(
        {"appointments:read", "appointments:attend", "ehr:*", "directory:read", "schedule:read", "alerts:*"}
    ),
    "receptionist": frozenset(
        {
            "appointments:*",
            "calendar:*",
            "schedule:read",
            "subscriptions:*",
            "plans:read",
            "invoices:read",
            "invoices:create",
            "directory:*",
        }
    ),
    "finance_billing": frozenset({"plans:*", "subscriptions:*", "invoices:*", "revenue:read", "appointments:read"}),
    "patient": frozenset(
        {
            "appointments:create",
            "appointments:read",
            "appointments:change",
            "schedule:read",
            "plans:read",
            "subscriptions:create",
            "subscriptions:read",
            "subscriptions:use",
            "invoices:read",
            "ehr:read",
            "privacy:export",
        }
    ),
    "privacy_officer": frozenset(
        {"privacy:read", "privacy:erase", "privacy:hold", "privacy:export", "privacy:restricted"}
    ),
    "auditor": frozenset(
        {
            "streams:read",
            "appointments:read",
            "ehr:read",
            "invoices:read",
            "subscriptions:read",
            "audit:read",
            "audit:prove",
            "audit:open",
            "privacy:read",
        }
    ),
    "analyst": frozenset({"revenue:read", "analytics:read"}),
}


@lru_cache(maxsize=4096)
def permits(roles: frozenset[str], permission: str) -> bool:
    """Whether any of ``roles`` may do ``permission`` (``resource:action``)."""
    resource, action = permission.split(":")
    wanted = {permission, f"{resource}:*", f"*:{action}", "*:*"}
    return any(not wanted.isdisjoint(POLICY.get(role, frozenset())) for role in roles)


#: What else is needed to open events of these topics in a review. Notes of therapy sessions are kept from auditors too
#: (45 CFR 164.508(a)(2)); that there is one, whose and when, they see.
STRICTER: dict[str, str] = {"records.mental_health_note.": "mental-health:read"}


def may_open(roles: frozenset[str], topic: str) -> bool:
    """Whether any of ``roles`` may read the personal fields of events of ``topic`` when reviewing history."""
    needed = [permission for beginning, permission in STRICTER.items() if topic.startswith(beginning)]
    return all(permits(roles, permission) for permission in ["audit:open", *needed])
