"""Turning an invoice into a document."""

from collections.abc import Mapping
from typing import Protocol


class InvoiceRenderer(Protocol):
    """Port to the typesetter."""

    async def render(self, invoice: Mapping[str, object]) -> bytes:
        """Return a PDF/A of the invoice (number, dates, parties, lines, tax, totals as plain values).

        The same invoice gives the same bytes.
        """
        ...
