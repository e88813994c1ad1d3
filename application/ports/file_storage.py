"""Where files lie: content under a key, per tenant."""

from typing import Protocol
from uuid import UUID


class FileStorage(Protocol):
    """Port to file storage. Personal files are sealed by the adapter under the key of ``subject_id``."""

    async def write(self, tenant_id: UUID, name: str, content: bytes, *, subject_id: UUID | None) -> None:
        """Keep ``content`` under ``name``; writing the same name again replaces it."""
        ...

    async def read(self, tenant_id: UUID, name: str, *, subject_id: UUID | None) -> bytes:
        """Return the content, or raise NotFound."""
        ...
