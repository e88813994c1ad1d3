"""Telling someone something."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID


class Notifier(Protocol):
    """Port to the outgoing channels."""

    async def notify(self, tenant_id: UUID, key: UUID, template: str, recipient: UUID, ids: Mapping[str, str]) -> None:
        """Send ``template`` about ``ids`` to the person ``recipient``; the same ``key`` is sent once."""
        ...
