"""The policy table: role to permitted resource:action. Deny by default."""

from functools import lru_cache

#: Those at the bedside or the desk may open one person's chart to themselves in an emergency, and answer for it.
GLASS = frozenset({"break-glass:use", "break-glass:close", "break-glass:read"})

#: What everyone who is signed in may do, whatever their roles, and without any: look after their own account, begin an
#: organisation, and see what the one they act in is called and which roles there are.
EVERYONE = frozenset({"account:own", "organizations:create", "organizations:read", "roles:read"})

#: ``resource:action`` patterns per role; ``*`` stands for any resource or any action.
POLICY: dict[str, frozenset[str]] = {
    "system": frozenset({"*:*"}),
    "front_door": frozenset(
        {
            "accounts:*",
            "sessions:*",
            "challenges:*",
            "organizations:found",
            "members:leave",
            "members:align",
            "invitations:answer",
        }
    ),
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
        | GLASS
    ),
    "counselor": frozenset({"ehr:read", "mental-health:*", "directory:read", "appointments:read", "schedule:read"})
    | GLASS,
    "therapist": frozenset({"ehr:read", "mental-health:*", "directory:read", "appointments:read", "schedule:read"})
    | GLASS,
    "nurse": frozenset(
        {"appointments:read", "appointments:attend", "ehr:*", "directory:read", "schedule:read", "alerts:*"} | GLASS
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
        | GLASS
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
            "access:read",
        }
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
            "access:read",
            "break-glass:read",
            "break-glass:oversee",
            "members:read",
            "invitations:read",
            "api-keys:read",
        }
    ),
    "privacy_officer": frozenset(
        {
            "privacy:read",
            "privacy:erase",
            "privacy:hold",
            "privacy:export",
            "privacy:restricted",
            "access:read",
            "directory:read",
            "break-glass:read",
            "break-glass:oversee",
            "break-glass:close",
            "break-glass:review",
        }
    ),
    "analyst": frozenset({"revenue:read", "analytics:read"}),
    "platform_admin": frozenset({"operations:read"}),
}


@lru_cache(maxsize=4096)
def permits(roles: frozenset[str], permission: str) -> bool:
    """Whether any of ``roles`` may do ``permission`` (``resource:action``)."""
    if permission in EVERYONE:
        return True
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
