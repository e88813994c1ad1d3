"""The top log held against itself: its leaves are the bodies of the tenants' checkpoints, in the order of signing."""

from typing import Any

import psycopg

from adapters.merkle.findings import Act, Finding, LogReport
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.note import NotANote, Note
from adapters.merkle.notes import Notes
from adapters.merkle.tree import Edge, leaf_hash

_BODIES = b"SELECT leaf, note FROM merkle.checkpoints WHERE leaf IS NOT NULL ORDER BY leaf"


def examine_top(connection: psycopg.Connection[Any], notes: Notes) -> list[LogReport]:
    """Return the report on the top log, if there is one; the first wrong leaf is told by its index as position."""
    findings = list(notes.findings)
    edge, sound = Edge(), 0
    bodies = _bodies(connection)
    for checkpoint in notes.checkpoints:
        edge.extend(bodies[edge.size : checkpoint.size])
        if edge.size < checkpoint.size or edge.root() != checkpoint.root:
            act = Act.TRUNCATED if edge.size < checkpoint.size else Act.REWRITTEN
            detail = "checkpoints kept in the database are not those that were signed"
            findings.append(Finding(act, TOP_KIND, TOP_TENANT, between=(sound, checkpoint.size), detail=detail))
            break
        sound = checkpoint.size
    if not notes.checkpoints and not bodies:
        return []
    anchored = notes.checkpoints[-1].size if notes.checkpoints else 0
    return [LogReport(TOP_KIND, TOP_TENANT, len(bodies), len(notes.checkpoints), anchored, 0, findings)]


def _bodies(connection: psycopg.Connection[Any]) -> list[bytes]:
    found = []
    for _, note in connection.execute(_BODIES).fetchall():
        try:
            found.append(leaf_hash(Note.parse(note).text.encode()))
        except NotANote:
            found.append(leaf_hash(note.encode()))
    return found
