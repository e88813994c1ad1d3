"""The simplest true notifier: one file per notice in a spool folder, ids only, for a mailer to pick up."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import orjson


class Spool:
    """Notifier over a folder. The notice's key is its file's name, so the same notice is written once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def notify(self, tenant_id: UUID, key: UUID, template: str, recipient: UUID, ids: Mapping[str, str]) -> None:
        """Write the notice, unless it is there."""
        notice = {"tenant": tenant_id, "template": template, "recipient": recipient, "ids": dict(ids)}
        await asyncio.to_thread(self._write, key, orjson.dumps(notice))

    def _write(self, key: UUID, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        made = self._folder / f".{key}.new"
        made.write_bytes(content)
        made.replace(self._folder / f"{key}.json")
