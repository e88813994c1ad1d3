"""A database restored from before the newest note outside would tell a second history in place of the first: nothing is
served from it, and nothing signed, until somebody says so."""

from pathlib import Path

import psycopg

from adapters.merkle.anchors import Anchors
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.note import TOP, Checkpoint, NotANote, Note, is_signed
from adapters.merkle.signing import SignerFile
from adapters.postgres.tenancy import enter
from adapters.privacy.journal import CannotServe
from adapters.settings import Settings

_KNOWN = b"SELECT note FROM merkle.checkpoints WHERE (tenant_id, kind) = (%s, %s) AND size = %s"


class RestoredBehind(CannotServe):
    """A note outside tells of what this database does not know."""


def refuse_behind(url: str, settings: Settings) -> None:
    """Raise RestoredBehind unless the database knows the newest note that lies outside.

    Notes go outside after they are committed: a database that has lost nothing knows them all. Whoever wants to go on
    from an older state gives up what came after, by giving new notes another folder; the old one stays the evidence.
    """
    newest = _newest(Anchors(settings.anchors_directory), settings.signer_key_path)
    if newest is None:
        return
    size, note = newest
    with psycopg.connect(url) as connection:
        enter(connection, TOP_TENANT)
        row = connection.execute(_KNOWN, (TOP_TENANT, TOP_KIND, size)).fetchone()
    if row is None or row[0] != note:
        raise RestoredBehind(
            f"This database does not know note {size} that lies outside: it was restored from before, or is another."
            " Restore a newer one; or, to go on without what came after, give CARETRAIL_ANCHORS another folder and keep"
            " this one as evidence."
        )


def _newest(anchors: Anchors, signer: Path) -> tuple[int, str] | None:
    """Return size and text of the top log's newest note. One that was forged counts nothing, if there is a key to tell
    by."""
    public_key = SignerFile(signer).public_key if signer.exists() else None
    for _, text in anchors.notes(TOP_KIND, TOP_TENANT, newest_first=True):
        try:
            note = Note.parse(text)
            if public_key is None or is_signed(note, TOP, public_key):
                return Checkpoint.parse(note.text).size, text
        except NotANote:
            continue
    return None
