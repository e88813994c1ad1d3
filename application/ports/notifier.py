"""Telling someone something."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID


class Notifier(Protocol):
    """Port to the outgoing channels."""

    async def notify(
        self,
        tenant_id: UUID,
        key: UUID,
        template: str,
        recipient: UUID,
        ids: Mapping[str, str],
        secret: Mapping[str, str] | None = None,
    ) -> None:
        """Send ``template`` about ``ids`` to the person ``recipient``; the same ``key`` is sent once.

        ``secret``: what only the recipient may read (a code, where it goes); it is sealed for as long as it waits.
        """
        ...
