"""After a restore the database may hold keys again that were destroyed: before anything is served they go once more.

Whoever opens data does this at its start; the projector has no keys and shows nothing to anyone.
"""

from collections import defaultdict
from uuid import UUID

import psycopg
import structlog

from adapters.postgres.revocations import destruction
from adapters.postgres.steps import drive_now
from adapters.postgres.tenancy import every_tenant
from adapters.privacy.journal import CannotServe, JournalFile
from domain.kernel.event import Retention

log = structlog.get_logger("privacy")
_ALIVE = b"""SELECT w.tenant, w.subject, w.retention
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS w(tenant, subject, retention)
    WHERE NOT EXISTS (
        SELECT FROM vault.data_keys k
        WHERE (k.tenant_id, k.subject_id, k.retention) = (w.tenant, w.subject, w.retention) AND k.wrapped IS NULL
    )"""


class CannotReplay(CannotServe):
    """Keys that the erasure journal names as destroyed are here, and cannot be destroyed."""


def destroy_again(url: str, journal: JournalFile) -> int:
    """Destroy every key of the journal that is not destroyed in this database; return how many.

    A class without a key gets its tombstone too: what was restored from before it was made must not make a new one.
    Raises CannotReplay, JournalDamaged.
    """
    entries = journal.entries()
    if not entries:
        return 0
    wanted = ([e.tenant_id for e in entries], [e.subject_id for e in entries], [str(e.retention) for e in entries])
    owners: defaultdict[tuple[UUID, UUID], set[Retention]] = defaultdict(set)
    try:
        with psycopg.connect(every_tenant(url)) as connection:
            for tenant_id, subject_id, retention in connection.execute(_ALIVE, wanted).fetchall():
                owners[(tenant_id, subject_id)].add(Retention(retention))
            for (tenant_id, subject_id), retentions in sorted(owners.items()):
                drive_now(connection, destruction(tenant_id, subject_id, retentions))
    except psycopg.Error as error:
        raise CannotReplay(
            f"The keys that the erasure journal names cannot be destroyed again ({type(error).__name__})."
        ) from error
    count = sum(len(retentions) for retentions in owners.values())
    if count:
        log.warning("privacy.erasures.replayed", keys=count, persons=len(owners))
    return count
