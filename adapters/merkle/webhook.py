"""A tenant's own copy: every note about the tenant's logs is posted to where the tenant wants it."""

from typing import Any
from uuid import UUID

import httpx
import psycopg

from adapters.authorities import authorities
from application.ports.anchor import SignedCheckpoint

SECONDS = 10.0
_URL = b"SELECT url FROM merkle.webhooks WHERE tenant_id = %s"
_SET = b"""INSERT INTO merkle.webhooks (tenant_id, url) VALUES (%s, %s)
    ON CONFLICT (tenant_id) DO UPDATE SET url = EXCLUDED.url"""
_UNSET = b"DELETE FROM merkle.webhooks WHERE tenant_id = %s"
_ALL = b"SELECT tenant_id, url FROM merkle.webhooks ORDER BY tenant_id"


class Refused(Exception):
    """The tenant's server did not take the note."""


class WebhookAnchor:
    """Anchor that posts; any answer of the two hundreds is a receipt."""

    name = "webhook"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def receive(self, checkpoint: SignedCheckpoint) -> None:
        """Post the note, unless the tenant no longer wants any. Raises Refused, httpx.HTTPError."""
        url = webhook_of(self._connection, checkpoint.tenant_id)
        if url is None:
            return
        headers = {"Content-Type": "text/plain; charset=utf-8", "X-Caretrail-Log": checkpoint.note.split("\n", 1)[0]}
        content = checkpoint.note.encode()
        answer = httpx.post(url, content=content, headers=headers, timeout=SECONDS, verify=authorities())
        if not answer.is_success:
            raise Refused(f"status {answer.status_code}")


def webhook_of(connection: psycopg.Connection[Any], tenant_id: UUID) -> str | None:
    """Return where a tenant wants its notes, or None."""
    found = connection.execute(_URL, (tenant_id,)).fetchone()
    return found[0] if found else None


def webhooks(connection: psycopg.Connection[Any]) -> list[tuple[UUID, str]]:
    """Return every tenant that wants its notes, and where."""
    return [(row[0], row[1]) for row in connection.execute(_ALL).fetchall()]


def set_webhook(connection: psycopg.Connection[Any], tenant_id: UUID, url: str | None) -> None:
    """Post a tenant's notes to ``url`` from the next checkpoint on, or nowhere. Raises ValueError for a wrong URL."""
    if url is None:
        connection.execute(_UNSET, (tenant_id,))
        return
    parsed = httpx.URL(url)
    if parsed.scheme not in {"https", "http"} or not parsed.host:
        raise ValueError("a webhook is a URL that begins with https:// or http://")
    connection.execute(_SET, (tenant_id, url))
