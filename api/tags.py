"""The chapters of the OpenAPI document, in the order a reader meets them."""

from api.ehr.routes import PATHS

TAGS: dict[str, str] = {
    "auth": "Signing in and out: accounts, passwords, codes, second factors, sessions and their tokens.",
    "users": "One's own account.",
    "organizations": "Clinics, practices, agencies and one's own: what they work by, and the roles there are.",
    "members": "Who belongs to an organisation, and as what.",
    "invitations": "Asking people to join, and joining.",
    "API keys": "Keys for programs: shown once, narrowed by scopes, two alive while one is changed.",
    "appointments": "Booking, moving and cancelling; what is to come, a practitioner's day, chains of follow-ups.",
    "calendars": "A practitioner's hours, blocked dates and free times.",
    "billing plans": "What can be subscribed to.",
    "billing subscriptions": "Who subscribes to what, how much of it is used, and booking on it.",
    "billing invoices": "Invoices, their lines and documents, and why they say what they say.",
    "billing reports": "Balances, revenue, and the clinic's billing settings.",
    "directory": "Patients, practitioners and organisations a clinic knows, and finding them.",
    "ehr": "A patient's whole chart, its summary, and critical alerts.",
    **{path: f"A patient's {path.replace('-', ' ')}: every version is kept." for path, _ in PATHS.values()},
    "emergency access": "Opening one chart in an emergency, and the review that follows.",
    "privacy": "Erasure, legal holds, retention, and a person's own copy of their data.",
    "audit": "What happened, who looked, and the proof that nothing was changed.",
    "analytics": "Figures about nobody in particular.",
    "health": "How the service and what it stands on are doing, what is cached, how it is set up.",
    "operations": "Whether the service lives and keeps up.",
}


def described(used: set[str]) -> list[dict[str, str]]:
    """Return the tags in use with their texts, in order; what has none comes last."""
    known = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
    return known + [{"name": name} for name in sorted(used - TAGS.keys())]
