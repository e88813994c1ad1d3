"""How each route is asked about somebody's own thing, another's, another clinic's and one that was deleted."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from uuid_utils.compat import uuid7

from tests.api.billing import BASIC, VISIT
from tests.api.people import someone
from tests.api.scheduling import LISBON, soon
from tests.api.test_ehr import BODIES
from tests.policy import newcomers
from tests.policy.scene import HOLD, NAMED, WEEK, Ids
from tests.policy.world import World

Fresh = Callable[[World, httpx.AsyncClient], Awaitable[Ids]]
Said = Callable[[Ids], Any]
#: A version that nothing has: who may change the thing is told so (412), and nothing changes.
NEVER = '"999999999"'
STALE = 412
SEARCH = {"name": "Fen"}


class Asked(NamedTuple):
    """A request, but for who makes it."""

    method: str
    url: str
    query: dict[str, str]
    body: Any


def _patient(ids: Ids) -> dict[str, str]:
    return {"patientId": ids["patient_id"]}


def _window(ids: Ids) -> dict[str, str]:
    now = datetime.now(UTC)
    return {"from": (now - timedelta(days=1)).isoformat(), "to": now.isoformat()}


def _dates(ids: Ids) -> dict[str, str]:
    return {"from": soon(-1).date().isoformat(), "to": soon(1).date().isoformat()}


def _entry(body: dict[str, Any], ids: Ids) -> dict[str, Any]:
    return _patient(ids) | body


def _amendment(body: dict[str, Any], ids: Ids) -> dict[str, Any]:
    return body | {"reasonCode": "corrected"}


QUERIES: dict[str, Said] = {
    "GET /api/appointments": _patient,
    "GET /api/appointments/upcoming": _patient,
    "GET /api/schedule/{practitioner_id}/day": lambda ids: {"date": soon(3).date().isoformat()},
    "GET /api/billing/analytics/revenue": _dates,
    "GET /api/privacy/export": lambda ids: {"subject": ids["patient_id"]},
    "GET /api/privacy/restricted": lambda ids: {"subject": ids["patient_id"], "purpose": "HLEGAL"},
    "GET /api/privacy/erasures": lambda ids: {"personId": ids["patient_id"]},
    "GET /api/audit/history": lambda ids: {"person": ids["patient_id"]},
    "GET /api/audit/history.ndjson": lambda ids: {"person": ids["patient_id"]},
    "GET /api/audit/patients/{patient_id}/chart/difference": _window,
    "GET /api/audit/consistency": lambda ids: {"from": "0"},
    **{f"GET /api/ehr/{path}": _patient for path in BODIES},
}
BODIES_SENT: dict[str, Said] = {
    "POST /api/access/break-glass": lambda ids: _patient(ids) | {"reason": "Unconscious"},
    "POST /api/access/break-glass/{glass_id}/review": lambda ids: {"finding": "justified"},
    "POST /api/api-keys": lambda ids: {"name": f"key-{uuid7()}", "roles": ["clinic_admin"]},
    "POST /api/api-keys/{key_id}/rotate": lambda ids: {},
    "POST /api/appointments": lambda ids: _patient(ids) | {
        "doctorId": str(uuid4()), "starts": soon(5).isoformat(timespec="minutes"), "zone": LISBON,
    },
    "PUT /api/appointments/{appointment_id}": lambda ids: {"starts": soon(40).isoformat(timespec="minutes")},
    "POST /api/billing/invoices": lambda ids: {"userId": ids["user_id"], "lines": [VISIT]},
    "POST /api/billing/invoices/{invoice_id}/lines": lambda ids: VISIT,
    "POST /api/billing/invoices/{invoice_id}/mark-paid": lambda ids: {"method": "CASH"},
    "POST /api/billing/plans": lambda ids: BASIC,
    "PUT /api/billing/plans/{plan_id}": lambda ids: BASIC,
    "PUT /api/billing/settings": lambda ids: {},
    "POST /api/billing/subscriptions": lambda ids: {"userId": ids["user_id"], "planId": ids["plan_id"]},
    "POST /api/directory/patients/search": lambda ids: SEARCH,
    "POST /api/directory/practitioners/search": lambda ids: SEARCH,
    "POST /api/ehr/clinic/{clinic_id}/search": lambda ids: SEARCH,
    "POST /api/ehr/organizations": lambda ids: {"name": "Example Hospital"},
    "PUT /api/ehr/organizations/{organization_id}": lambda ids: {"name": "Example Hospital"},
    "POST /api/ehr/patients": lambda ids: NAMED,
    "PUT /api/ehr/patients/{patient_id}": lambda ids: NAMED,
    "POST /api/ehr/practitioners": lambda ids: NAMED,
    "PUT /api/ehr/practitioners/{practitioner_id}": lambda ids: NAMED,
    "POST /api/organizations": lambda ids: {"name": "Clínica da Sé"},
    "PUT /api/organizations/{organization_id}": lambda ids: {"name": "Clínica da Sé"},
    "POST /api/organizations/{organization_id}/invitations": lambda ids: {"email": someone(), "roles": ["patient"]},
    "POST /api/organizations/{organization_id}/members": lambda ids: {"email": someone(), "roles": ["patient"]},
    "PUT /api/organizations/{organization_id}/members/{user_id}": lambda ids: {"roles": ["patient"]},
    "POST /api/organizations/{organization_id}/members/{user_id}/roles": lambda ids: {"role": "patient"},
    "POST /api/practitioners/{practitioner_id}/blocked-dates": lambda ids: {"date": ids["day"]},
    "PUT /api/practitioners/{practitioner_id}/working-hours": lambda ids: WEEK,
    "POST /api/privacy/erasures": lambda ids: {"personId": ids["erasable"]},
    "POST /api/privacy/legal-holds": lambda ids: HOLD,
    "PUT /api/privacy/retention/{retention}": lambda ids: {"years": 10, "source": "By-laws"},
    "PUT /api/users/me": lambda ids: {"name": "Ana Sousa"},
    "POST /api/users/me/delegates": lambda ids: {"delegateId": str(uuid4()), "canViewSchedule": True},
    **{f"POST /api/ehr/{path}": partial(_entry, body) for path, body in BODIES.items()},
    **{f"PUT /api/ehr/{path}/{{record_id}}": partial(_amendment, body) for path, body in BODIES.items()},
    **newcomers.BODIES_SENT,
}  # fmt: skip
#: What changes a thing for good and minds no version: it is asked of a thing made for that question alone.
FRESH: dict[str, Fresh] = {
    "DELETE /api/privacy/legal-holds/{hold_id}": newcomers.hold,
    "POST /api/privacy/erasures": newcomers.erasable,
    "DELETE /api/users/me/delegates/{delegate_id}": newcomers.delegation,
}
#: What may be done again and again.
HARMLESS = frozenset({"PUT /api/privacy/retention/{retention}", "PUT /api/billing/settings"})
#: Routes that are asked about somebody by their body.
ABOUT = frozenset({
    "POST /api/access/break-glass", "POST /api/appointments", "POST /api/billing/invoices",
    "POST /api/billing/subscriptions", "POST /api/privacy/erasures", "POST /api/auth/switch-organization",
    *(f"POST /api/ehr/{path}" for path in BODIES),
})  # fmt: skip
NAMES = re.compile(r"{(\w+)}")
PLAIN = {
    "retention": "clinical", "service": "database", "role": "doctor", "version": "1", "name": "nobody",
    "file": "swagger-ui.css",
}  # fmt: skip


def by_version(name: str) -> bool:
    """Whether a change can be asked for without happening: of a version that the thing does not have."""
    method, path = name.split()
    changes = method != "GET" and ("{" in path or path == "/api/users/me") and "search" not in path
    things = not path.endswith(("/invitations", "/members", "/leave"))
    return changes and things and name not in FRESH and name not in HARMLESS and name not in newcomers.ROUTES


def about_nothing(name: str) -> bool:
    """Whether a route is asked the same whoever's thing is meant: it speaks of none."""
    return not set(NAMES.findall(name)) - PLAIN.keys() and name not in QUERIES and name not in ABOUT


def asked(name: str, ids: Ids) -> Asked:
    """Return the request that a route is asked by about the things of ``ids``."""
    method, path = name.split()
    url = NAMES.sub(lambda found: _value(path, found[1], ids), path)
    query = QUERIES[name](ids) if name in QUERIES else {}
    body = BODIES_SENT[name](ids) if name in BODIES_SENT else None
    return Asked(method, url, query, body)


def _value(path: str, name: str, ids: Ids) -> str:
    if name == "record_id":
        return ids[f"{path.split('/')[3]}:record_id"]
    if name == "user_id" and path.startswith("/api/organizations/"):
        return ids["member"]
    if name == "organization_id" and path.startswith("/api/ehr/"):
        return ids["ehr:organization_id"]
    if name == "organization_id" and path != "/api/organizations/{organization_id}":
        return ids["home"]
    return ids.get(name) or PLAIN[name]
