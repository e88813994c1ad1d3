"""Questions whose answers are kept as they came: ciphertexts stay what they are, and are opened at every use."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec.msgpack import Ext

from adapters.cache.cache import Cache, Made
from adapters.cache.entry import Kept, Place
from adapters.cache.families import Family
from projections.kernel.reader import Answer, Asker

_UUID, _DATE = 1, 2


class KeptQuestions:
    """An Asker for the questions of one tenant; their answers are kept in ``family``."""

    def __init__(self, cache: Cache, family: Family, tenant_id: UUID, asker: Asker, beyond: int) -> None:
        self._cache = cache
        self._family = family
        self._tenant_id = tenant_id
        self._asker = asker
        self._beyond = beyond

    async def ask(
        self, statement: bytes | str, parameters: Mapping[str, object], tenant_id: UUID | None = None
    ) -> Answer:
        """Return what the statement answers."""
        assert tenant_id == self._tenant_id

        async def make() -> Made:
            return Made(Kept(packed(await self._asker.ask(statement, parameters, tenant_id))))

        place = Place(self._family, self._tenant_id, None, which(statement, parameters))
        return unpacked((await self._cache.get(place, make, self._beyond)).body)


def which(*parts: object) -> str:
    """Return a name that tells values apart by all they depend on, and tells nothing of it."""
    return sha256(msgspec.json.encode(parts, enc_hook=str)).hexdigest()[:40]


def packed(answer: Answer) -> bytes:
    """Return an answer as bytes: cells of every kind that rows of ours have."""
    rows = [[_cell(value) for value in row] for row in answer.rows]
    return msgspec.msgpack.encode((answer.columns, rows))


def unpacked(body: bytes) -> Answer:
    """Return the answer that :func:`packed` was given."""
    columns, rows = msgspec.msgpack.decode(body, ext_hook=_value)
    return Answer(tuple(columns), [tuple(row) for row in rows])


def _cell(value: object) -> object:
    if isinstance(value, UUID):
        return Ext(_UUID, value.bytes)
    if type(value) is date:
        return Ext(_DATE, value.isoformat().encode())
    return [_cell(each) for each in value] if isinstance(value, list) else value


def _value(code: int, data: memoryview) -> object:
    return UUID(bytes=bytes(data)) if code == _UUID else date.fromisoformat(bytes(data).decode())
