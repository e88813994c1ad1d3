"""The route table: what can be asked over HTTP, which permission it needs, and which roles hold it."""

import secrets
from collections.abc import Iterator
from typing import NamedTuple

from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr

from adapters.limits.table import DEFAULT, LIMITS, NONE
from adapters.settings import Settings
from api.app import create_app
from api.marks import limits_of
from domain.identity.policy import EVERYBODYS, POLICY, reach
from domain.kernel.ownership import Ownership
from scripts.generate.markdown import document, table

OPEN = "—"


class Answered(NamedTuple):
    """One method of one path; ``permission`` is None when the route does not name one."""

    path: str
    method: str
    summary: str
    permission: str | None
    anonymous: bool
    limits: tuple[str, ...]


def answered() -> Iterator[Answered]:
    """Yield everything the application answers, from the routers as they are really included."""
    app = create_app(Settings(token_secret=SecretStr(secrets.token_hex())))
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        if isinstance(original, APIRoute):
            permission = getattr(original.endpoint, "permission", None)
            for method in route.methods or ():
                anonymous = hasattr(original.endpoint, "anonymous")
                limits = limits_of(original)
                yield Answered(
                    route.path or "", method, original.summary or original.name, permission, anonymous, limits
                )


def holders(permission: str) -> str:
    """Return which roles hold a permission, and for whose things."""
    if permission in EVERYBODYS:
        return "own: everybody signed in"
    found = []
    for ownership in Ownership:
        roles = sorted(role for role in POLICY if ownership in reach(frozenset({role}), permission))
        if roles:
            found.append(f"{str(ownership.name).lower()}: {', '.join(roles)}")
    return "; ".join(found)


def page() -> str:
    """Return the table, in the order of paths."""
    rows = []
    for path, method, summary, permission, anonymous, limits in sorted(answered(), key=lambda each: each[:2]):
        who = holders(permission) if permission else "everybody"
        needs = permission or ("anonymous" if anonymous else OPEN)
        rows.append((f"`{method} {path}`", summary, needs, who, ", ".join(limits)))
    introduction = (
        f"{len(rows)} routes. Every route under `/api` names a permission, or says that it is anonymous; "
        "the roles are those whose policy holds the permission: for their own things, for those assigned to them, for "
        f"all of their organisation, or of any. Every request counts under the limit `{DEFAULT}`, and where a route "
        "names others under those too; they stand at the end."
    )
    head = ["route", "what it does", "permission", "roles", "limits"]
    limits_head = ["limit", "per user", "per address", "for everybody", "while Valkey is away"]
    return document("Routes and permissions", introduction, table(head, rows), table(limits_head, list(_limits())))


def _limits() -> Iterator[tuple[str, ...]]:
    for name, limit in LIMITS.items():
        away = "closed" if limit.closes else "counted by each process"
        yield (name, *("" if amounts == NONE else amounts for amounts in limit[:3]), away)
