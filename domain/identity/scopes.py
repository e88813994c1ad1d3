"""SMART App Launch scopes (v2): what a token's scopes leave of what its roles allow; unknown ones leave nothing."""

import re
from functools import lru_cache
from typing import NamedTuple

from domain.identity.resources import RESOURCES
from domain.kernel.ownership import NOTHING, Ownership

PATIENT = "patient"
ALL = "*"
_SCOPE = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.(c?r?u?d?s?)")
_LETTERS = dict.fromkeys(("retract", "remove", "archive", "erase", "end", "void"), "d") | {"create": "c", "read": "r"}
_NOT_OTHERS = Ownership.OWN | Ownership.ORGANISATION | Ownership.ANY


class Scope(NamedTuple):
    """``context``/``kind``.``letters``: of c(reate), r(ead), u(pdate), d(elete), s(earch)."""

    context: str
    kind: str
    letters: str


@lru_cache(maxsize=1024)
def read(text: str) -> Scope | None:
    """Return a scope, or None for one that is none of these."""
    found = _SCOPE.fullmatch(text)
    return Scope(*found.groups()) if found and found[3] else None


def letter(permission: str, searching: bool) -> str:
    """Return the letter a permission needs: reading many is searching, whatever is no other letter is an update."""
    action = permission.partition(":")[2]
    return "s" if searching and action == "read" else _LETTERS.get(action, "u")


def narrowed(reach: Ownership, scopes: frozenset[str], permission: str, searching: bool) -> Ownership:
    """Return what ``scopes`` leave of ``reach``; every kind of thing the permission speaks of has to be in them.

    ``patient/…`` leaves what is the caller's own (or of whom they act for), ``user/…`` and ``system/…`` all there is.
    """
    kinds = RESOURCES[permission.partition(":")[0]].scopes
    if not kinds:
        return NOTHING
    wanted = letter(permission, searching)
    granted = [scope for scope in map(read, scopes) if scope and wanted in scope.letters]
    for kind in kinds:
        contexts = {scope.context for scope in granted if scope.kind in (kind, ALL)}
        if not contexts:
            return NOTHING
        if contexts == {PATIENT}:
            reach = Ownership.OWN if reach & _NOT_OTHERS else NOTHING
    return reach
