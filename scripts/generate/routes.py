"""The route table: what can be asked over HTTP, which permission it needs, and which roles hold it."""

import secrets
from collections.abc import Iterator
from typing import NamedTuple

from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr

from adapters.settings import Settings
from api.app import create_app
from domain.identity.policy import EVERYONE, POLICY, permits
from scripts.generate.markdown import document, table

OPEN = "—"


class Answered(NamedTuple):
    """One method of one path; ``permission`` is None when the route does not name one."""

    path: str
    method: str
    summary: str
    permission: str | None
    anonymous: bool


def answered() -> Iterator[Answered]:
    """Yield everything the application answers, from the routers as they are really included."""
    app = create_app(Settings(token_secret=SecretStr(secrets.token_hex())))
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        if isinstance(original, APIRoute):
            permission = getattr(original.endpoint, "permission", None)
            for method in route.methods or ():
                anonymous = hasattr(original.endpoint, "anonymous")
                yield Answered(route.path or "", method, original.summary or original.name, permission, anonymous)


def page() -> str:
    """Return the table, in the order of paths."""
    rows = []
    for path, method, summary, permission, anonymous in sorted(answered(), key=lambda each: each[:2]):
        roles = sorted(role for role in POLICY if permission and permits(frozenset({role}), permission))
        who = "everybody signed in" if permission in EVERYONE else ", ".join(roles) if permission else "everybody"
        rows.append((f"`{method} {path}`", summary, permission or ("anonymous" if anonymous else OPEN), who))
    introduction = (
        f"{len(rows)} routes. Every route under `/api` names a permission, or says that it is anonymous; "
        "the roles are those whose policy holds the permission."
    )
    head = ["route", "what it does", "permission", "roles"]
    return document("Routes and permissions", introduction, table(head, rows))
