"""The signed notes of a log: those that hold, in order, and what is to be said of those that do not."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from adapters.merkle.anchors import Anchors
from adapters.merkle.findings import Act, Finding
from adapters.merkle.kinds import TOP_KIND
from adapters.merkle.note import TOP, Checkpoint, NotANote, Note, is_signed, origin_of

_NOTES = b"SELECT size, note FROM merkle.checkpoints WHERE (kind, tenant_id) = (%s, %s) ORDER BY size"


class Notes(NamedTuple):
    """The checkpoints that hold, the smallest first, and findings about the others."""

    checkpoints: list[Checkpoint]
    findings: list[Finding]


def notes_of(
    connection: psycopg.Connection[Any], anchors: Anchors | None, kind: str, tenant_id: UUID, public_key: bytes
) -> Notes:
    """Return the notes of a log: those outside, or without a folder those the database has kept."""
    if anchors is not None:
        return judged(((path.name, text) for path, text in anchors.notes(kind, tenant_id)), kind, tenant_id, public_key)
    rows = connection.execute(_NOTES, (kind, tenant_id)).fetchall()
    return judged(((f"{size:020d}", note) for size, note in rows), kind, tenant_id, public_key)


def judged(notes: Iterable[tuple[str, str]], kind: str, tenant_id: UUID, public_key: bytes) -> Notes:
    """Keep of (name, text) pairs what the signer signed for this log; two histories of one size are a finding."""
    origin = TOP if kind == TOP_KIND else origin_of(kind, tenant_id)
    held: dict[int, Checkpoint] = {}
    findings = []
    for name, text in notes:
        wrong = ""
        try:
            note = Note.parse(text)
            checkpoint = Checkpoint.parse(note.text)
        except NotANote as error:
            findings.append(Finding(Act.NOTE_FORGED, kind, tenant_id, detail=f"{name}: {error}"))
            continue
        if checkpoint.origin != origin:
            wrong = "it is about another log"
        elif not is_signed(note, origin, public_key):
            wrong = "its signature is not the signer's"
        elif f"{checkpoint.size:020d}" != name.partition(".")[0]:
            wrong = "it is not of the size its name says"
        elif held.get(checkpoint.size, checkpoint).root != checkpoint.root:
            wrong = "another root of this size was signed as well"
        if wrong:
            findings.append(Finding(Act.NOTE_FORGED, kind, tenant_id, detail=f"{name}: {wrong}"))
        else:
            held[checkpoint.size] = checkpoint
    return Notes([held[size] for size in sorted(held)], findings)
