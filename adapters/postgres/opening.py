"""A row of the feed as a recorded event, its personal fields opened or not."""

from adapters.codec.codec import Codec
from adapters.vault.vault import Header, Vault
from domain.kernel.recorded import Recorded, SealedCopy
from projections.kernel.feed import FeedRow


def recorded(row: FeedRow, codec: Codec, vault: Vault, *, opened: bool) -> Recorded:
    """Return the event; the vault must hold its key when it is to be ``opened``. Raises UnknownKey, Forged,
    StoreUnavailable, UnknownTopic, UndecodableData."""
    fields = codec.sealed(row.type)
    header = Header(row.tenant_id, row.stream_id, row.version, row.type, row.schema_version)
    personal = vault.open_row(header, row.key_id, row.sealed, row.data.encode(), fields) if opened else None
    event = codec.decode(row.type, row.schema_version, row.data, personal)
    sealed = row.sealed if fields else None
    copy = SealedCopy(sealed, row.key_id, row.stream_id, row.version, row.type, row.schema_version)
    return Recorded(event, row.position, row.tenant_id, row.stream_id, row.version, row.recorded_at, row.subject_id,
                    copy, row.meta)  # fmt: skip
