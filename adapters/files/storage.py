"""File storage in a local folder: one sub-folder per tenant, content replaced whole or not at all."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any
from uuid import UUID

from obstore.store import LocalStore
from psycopg_pool import AsyncConnectionPool

from adapters.files.sealing import FileCipher
from adapters.postgres.key_store import KeyStore
from domain.kernel.errors import Invalid, NotFound

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,5}")


class UnsafeName(Invalid):
    """A file name that could lead out of its folder, or is no name at all."""

    code = "unsafe-file-name"


class LocalFiles:
    """FileStorage over a directory; files with a ``subject_id`` lie sealed, others as they are."""

    def __init__(self, directory: Path, pool: AsyncConnectionPool[Any], keys: KeyStore) -> None:
        self._directory = directory
        self._cipher = FileCipher(pool, keys)

    async def write(self, tenant_id: UUID, name: str, content: bytes, *, subject_id: UUID | None) -> None:
        """Keep ``content``; it is on the disk when this returns. Raises UnsafeName, FileErased."""
        _check(name)
        if subject_id is not None:
            content = await self._cipher.seal(tenant_id, subject_id, name, content)
        await asyncio.to_thread(self._put, f"{tenant_id}/{name}", content)

    async def read(self, tenant_id: UUID, name: str, *, subject_id: UUID | None) -> bytes:
        """Return the content. Raises UnsafeName, NotFound, FileErased, Forged."""
        _check(name)
        content = await asyncio.to_thread(self._get, f"{tenant_id}/{name}")
        if subject_id is None:
            return content
        return await self._cipher.open(tenant_id, subject_id, name, content)

    def _store(self) -> LocalStore:
        return LocalStore(self._directory, mkdir=True)

    def _put(self, key: str, content: bytes) -> None:
        self._store().put(key, content, use_multipart=False)
        path = self._directory / key
        for made in (path, path.parent):
            _sync(made)

    def _get(self, key: str) -> bytes:
        try:
            return self._store().get(key).bytes().to_bytes()
        except FileNotFoundError:
            raise NotFound("There is no such file here.") from None


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UnsafeName("A file name has letters, digits, dots, dashes and underscores, in at most six parts.")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
