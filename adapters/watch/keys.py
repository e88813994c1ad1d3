"""Keys: whatever is sealed lies under a key there is, and hardly a key is about nobody."""

from collections.abc import Sequence

from adapters.watch.rule import Connection, Place, Reading

#: A command that is refused, or sent twice, may leave the key of somebody who was never recorded. Nothing lies under
#: it; but many such keys are no accident.
YOUNG_SECONDS = 86_400.0
FEW, SHARE = 100, 0.05
MOST = 20
_NOBODY = b"SELECT keys, about_nobody FROM watch.keys_about_nobody(%s)"
_UNKNOWN = (
    b"""SELECT count(*) OVER (), tenant_id, key_id FROM watch.unknown_keys() ORDER BY tenant_id, key_id LIMIT %s"""
)


class Keys:
    """Two readings: keys that rows lie under and nobody knows, and keys, older than ``young`` seconds, about nobody."""

    name = "keys"
    says = "what is sealed lies under a key that is known, and keys are about somebody"
    every = 600.0

    def __init__(self, young: float = YOUNG_SECONDS) -> None:
        self._young = young

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Hold the logs against the vault, and the vault against the logs."""
        unknown = await (await connection.execute(_UNKNOWN, (MOST,))).fetchall()
        places = [Place(tenant, f"key/{key}") for _, tenant, key in unknown]
        lost = Reading("unknown", float(unknown[0][0]) if unknown else 0.0, places=places)
        row = await (await connection.execute(_NOBODY, (self._young,))).fetchone()
        keys, nobody = row or (0, 0)
        return [lost, Reading("without subject", float(nobody), float(max(FEW, keys * SHARE)))]
