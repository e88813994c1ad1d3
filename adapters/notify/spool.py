"""The simplest true notifier: one file per notice in a spool folder, for a mailer to pick up.

A file holds ids, and sealed under the tenant's own key whatever only the recipient may read.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from adapters.files.sealing import FileCipher


class Spool:
    """Notifier over a folder. The notice's key is its file's name, so the same notice is written once."""

    def __init__(self, folder: Path, cipher: FileCipher) -> None:
        self._folder = folder
        self._cipher = cipher

    async def notify(
        self,
        tenant_id: UUID,
        key: UUID,
        template: str,
        recipient: UUID,
        ids: Mapping[str, str],
        secret: Mapping[str, str] | None = None,
    ) -> None:
        """Write the notice, unless it is there."""
        notice: dict[str, object] = {
            "tenant": tenant_id, "template": template, "recipient": recipient, "ids": dict(ids),
        }  # fmt: skip
        if secret:
            sealed = await self._cipher.seal(tenant_id, tenant_id, _name(key), orjson.dumps(dict(secret)))
            notice["sealed"] = b64encode(sealed).decode()
        await asyncio.to_thread(self._write, key, orjson.dumps(notice))

    async def secret(self, key: UUID) -> dict[str, str]:
        """Return what only the recipient may read of a notice: for whoever hands it over."""
        notice = orjson.loads(await asyncio.to_thread((self._folder / f"{key}.json").read_bytes))
        if "sealed" not in notice:
            return {}
        tenant_id = UUID(notice["tenant"])
        opened = await self._cipher.open(tenant_id, tenant_id, _name(key), b64decode(notice["sealed"]))
        found: dict[str, str] = orjson.loads(opened)
        return found

    async def waiting(self, last: int) -> list[dict[str, Any]]:
        """Return the ``last`` notices, the latest at the end: id, at, template, recipient, ids."""
        return await asyncio.to_thread(self._waiting, last)

    def _waiting(self, last: int) -> list[dict[str, Any]]:
        written = sorted((path.stat().st_mtime_ns, path) for path in self._folder.glob("*.json"))
        return [_shown(path, nanoseconds) for nanoseconds, path in written[-last:]]

    def _write(self, key: UUID, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        made = self._folder / f".{key}.new"
        made.write_bytes(content)
        made.replace(self._folder / f"{key}.json")


def _shown(path: Path, nanoseconds: int) -> dict[str, Any]:
    notice = orjson.loads(path.read_bytes())
    at = datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="milliseconds")
    return {"id": path.stem, "at": at, **{name: notice[name] for name in ("template", "recipient", "ids")}}


def _name(key: UUID) -> str:
    return f"notices/{key}"
