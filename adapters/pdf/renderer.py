"""Sets an invoice as PDF/A-2b. Data travels as JSON beside the template, never inside its source."""

import asyncio
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import orjson
import typst

from domain.kernel.errors import Invalid

TEMPLATE = Path(__file__).with_name("invoice.typ")
STANDARD: Literal["a-2b"] = "a-2b"
EPOCH = 0


class CannotTypeset(Invalid):
    """The invoice holds text no font at hand can show, or lacks what the document needs."""

    code = "cannot-typeset"


@cache
def _fonts() -> typst.Fonts:
    """Fonts inside the wheel come first, so Latin, Greek, Cyrillic and Devanagari look alike on every machine."""
    return typst.Fonts(include_system_fonts=True)


class TypstInvoices:
    """InvoiceRenderer."""

    async def render(self, invoice: Mapping[str, object]) -> bytes:
        """Return the document; equal invoices give equal bytes. Raises CannotTypeset."""
        return await asyncio.to_thread(typeset, orjson.dumps(invoice).decode())


def typeset(invoice: str) -> bytes:
    """Return the PDF of an invoice given as JSON text."""
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=_fonts(), sys_inputs={"invoice": invoice})
    try:
        document = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=EPOCH)
    except typst.TypstError as error:
        missing = "could not be displayed" in error.message
        why = "no font here has all its letters" if missing else "the template refused its data"
        # The compiler's own message may quote the text, and with it a person's name.
        raise CannotTypeset(f"The invoice cannot be typeset: {why}.") from None
    assert isinstance(document, bytes)
    return document
