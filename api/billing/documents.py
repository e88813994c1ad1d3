"""An invoice's document as a download: found by number or id, shown to its owner, kept nowhere on the way."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from api.asking import Ask
from api.billing.access import there
from domain.kernel.errors import NotFound
from projections.invoices import queries
from projections.kernel.reader import Row

SUFFIX = ".pdf"
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The document, PDF/A-2b.",
    }
}


class DocumentNotReady(NotFound):
    """The invoice is there, its document is not (yet)."""

    code = "document-not-ready"


async def document(ask: Ask, file_name: str) -> Response:
    """Return the PDF. Raises NotFound, DocumentNotReady."""
    row = there(await _named(ask, file_name.removesuffix(SUFFIX)), "document")
    if row["pdf_file"] is None:
        raise DocumentNotReady("The document is not made yet: ask again in a moment.")
    content = await ask.services.files.read(ask.tenant, row["pdf_file"], subject_id=row["person_id"])
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="{row["number"]}.pdf"',
        "ETag": f'"{row["pdf_sha256"]}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="application/pdf", headers=headers)


async def _named(ask: Ask, name: str) -> Row | None:
    try:
        return await queries.invoice(ask.reader, ask.tenant, UUID(name))
    except ValueError:
        return await queries.by_number(ask.reader, ask.tenant, name)
