"""What a permission lets one see: the table that says which reads leave an entry in the access log."""

from enum import StrEnum


class Sensitivity(StrEnum):
    """Of what a read shows."""

    CLINICAL = "clinical"
    PERSONAL = "personal"
    RELEASE = "release"
    """It leaves the house: a disclosure, unless the person asked for it."""
    IMPERSONAL = "impersonal"


READS: dict[str, Sensitivity] = {
    "ehr:read": Sensitivity.CLINICAL,
    "medical-records:read": Sensitivity.CLINICAL,
    "lab-reports:read": Sensitivity.CLINICAL,
    "vitals:read": Sensitivity.CLINICAL,
    "medications:read": Sensitivity.CLINICAL,
    "mental-health:read": Sensitivity.CLINICAL,
    "alerts:read": Sensitivity.CLINICAL,
    "streams:read": Sensitivity.CLINICAL,
    "appointments:read": Sensitivity.PERSONAL,
    "schedule:read": Sensitivity.PERSONAL,
    "calendar:read": Sensitivity.PERSONAL,
    "delegations:read": Sensitivity.PERSONAL,
    "directory:read": Sensitivity.PERSONAL,
    "invoices:read": Sensitivity.PERSONAL,
    "subscriptions:read": Sensitivity.PERSONAL,
    "access:read": Sensitivity.PERSONAL,
    "audit:read": Sensitivity.CLINICAL,
    "audit:prove": Sensitivity.PERSONAL,
    "break-glass:read": Sensitivity.PERSONAL,
    "break-glass:review": Sensitivity.PERSONAL,
    "privacy:read": Sensitivity.PERSONAL,
    "privacy:erase": Sensitivity.PERSONAL,
    "privacy:export": Sensitivity.RELEASE,
    "privacy:restricted": Sensitivity.RELEASE,
    "plans:read": Sensitivity.IMPERSONAL,
    "revenue:read": Sensitivity.IMPERSONAL,
    "analytics:read": Sensitivity.IMPERSONAL,
    "account:own": Sensitivity.IMPERSONAL,  # one's own account shows nobody but oneself
    "invoices:configure": Sensitivity.IMPERSONAL,
    "members:read": Sensitivity.PERSONAL,
    "invitations:read": Sensitivity.PERSONAL,
    "organizations:read": Sensitivity.IMPERSONAL,
    "roles:read": Sensitivity.IMPERSONAL,
    "api-keys:read": Sensitivity.IMPERSONAL,
    "operations:read": Sensitivity.IMPERSONAL,
}

#: What an emergency access opens to those whose role does not: the chart of one person.
CHART = frozenset(
    f"{resource}:read"
    for resource in ("ehr", "medical-records", "lab-reports", "vitals", "medications", "mental-health")
)

_ASKING = frozenset({"GET", "HEAD"})


def looked_at(permission: str, method: str) -> Sensitivity:
    """Return what a request shows. What is not in the table is personal if it asks; if it changes, it shows nothing."""
    known = READS.get(permission) if method in _ASKING or permission.endswith((":read", ":export")) else None
    return known or (Sensitivity.PERSONAL if method in _ASKING else Sensitivity.IMPERSONAL)
