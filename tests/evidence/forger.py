"""An attacker who also puts the house's own proofs in order: trees, logs and checkpoints agree with the forged rows."""

from typing import Any
from uuid import UUID

import psycopg

from adapters.merkle.growing import grow
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.note import Checkpoint, Note, sign_checkpoint
from adapters.merkle.tree import root_over
from adapters.postgres.feed import COLUMNS
from application.ports.signer import Signer
from projections.kernel.feed import FeedRow

_ROWS = b"SELECT " + COLUMNS + b" FROM event_store.events WHERE tenant_id = %s ORDER BY position, version, stream_id"


def cover_up(connection: psycopg.Connection[Any], tenant_id: UUID, forger: Signer) -> None:
    """Make everything the database keeps about a tenant's log anew from the rows as they are now.

    Checkpoints that still hold keep their true signatures; those that do not get one by the forger's own key.
    """
    rows = [FeedRow._make(row) for row in connection.execute(_ROWS, (tenant_id,))]
    leaves = list(map(leaf_hash, rows))
    log = ("events", tenant_id)
    connection.execute("DELETE FROM merkle.logs WHERE (kind, tenant_id) = (%s, %s)", log)
    connection.execute("DELETE FROM merkle.tiles WHERE (kind, tenant_id) = (%s, %s)", log)
    if rows:
        grow(connection, "events", {tenant_id: (leaves, [row.position for row in rows])})
    query = "SELECT size, note FROM merkle.checkpoints WHERE (kind, tenant_id) = (%s, %s)"
    for size, note in connection.execute(query, log).fetchall():
        checkpoint = Checkpoint.parse(Note.parse(note).text)
        if size > len(leaves):
            connection.execute(
                "DELETE FROM merkle.checkpoints WHERE (kind, tenant_id, size) = (%s, %s, %s)", (*log, size)
            )
        elif (root := root_over(leaves[:size])) != checkpoint.root:
            extensions = (f"position {rows[size - 1].position}", *checkpoint.extensions[1:])
            forged = Checkpoint(checkpoint.origin, size, root, extensions)
            connection.execute(
                "UPDATE merkle.checkpoints SET root = %s, position = %s, note = %s"
                " WHERE (kind, tenant_id, size) = (%s, %s, %s)",
                (root, rows[size - 1].position, str(sign_checkpoint(forged, forger)), *log, size),
            )
