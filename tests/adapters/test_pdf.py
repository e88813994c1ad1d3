"""An invoice's document: archival, the same bytes each time, and never led astray by the text on it."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from adapters.pdf.renderer import CannotTypeset, TypstInvoices

INVOICE: dict[str, Any] = {
    "number": "INV-2026-000042",
    "issued_on": "2026-01-31",
    "due_on": "2026-03-02",
    "currency": "INR",
    "account": "01900000-0000-7000-8000-0000000000aa",
    "issuer": {"name": "Lakeside Clinic", "address": ["12 Lake Road", "Kochi"], "tax_number": "32AAAAA0000A1Z5"},
    "bill_to": {"name": "Asha Menon", "lines": ["Fort Kochi"]},
    "lines": [
        {"description": "Basic Health Plan", "quantity": 1, "unit": "7900.00", "tax_rate": "18 %", "net": "7900.00"}
    ],
    "net": "7900.00",
    "taxes": [{"rate": "18 %", "net": "7900.00", "tax": "1422.00"}],
    "total": "9322.00",
}
LINE = INVOICE["lines"][0]


def text(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


@pytest.mark.requirement("R120")
class TestInvoiceDocument:
    async def test_says_who_owes_whom_how_much_and_when(self) -> None:
        shown = text(await TypstInvoices().render(INVOICE))
        for expected in ("INV-2026-000042", "Lakeside Clinic", "Asha Menon", "Basic Health Plan", "INR 9,322.00",
                         "2 March 2026", "32AAAAA0000A1Z5"):  # fmt: skip
            assert expected in shown

    async def test_declares_itself_as_pdf_a_2b(self) -> None:
        reader = PdfReader(io.BytesIO(await TypstInvoices().render(INVOICE)))
        metadata = reader.trailer["/Root"]["/Metadata"].get_data()  # type: ignore[index]
        assert b"<pdfaid:part>2</pdfaid:part>" in metadata
        assert b"<pdfaid:conformance>B</pdfaid:conformance>" in metadata

    async def test_is_the_same_bytes_each_time_and_others_for_another_amount(self) -> None:
        first, second = [await TypstInvoices().render(INVOICE) for _ in range(2)]
        assert first == second
        assert await TypstInvoices().render(INVOICE | {"total": "9322.01"}) != first

    async def test_takes_markup_in_a_description_as_plain_text(self) -> None:
        hostile = '#panic("x") *bold* #read("/etc/passwd") $x^2$ \\ @label <tag>'
        shown = text(await TypstInvoices().render(INVOICE | {"lines": [LINE | {"description": hostile}]}))
        assert '#panic("x")' in shown
        assert "root:" not in shown

    async def test_writes_names_in_the_scripts_people_write_them_in(self) -> None:
        for name in ("Zoë Ångström", "आशा मेनन", "Ελένη", "Иван"):
            document = await TypstInvoices().render(INVOICE | {"bill_to": {"name": name, "lines": []}})
            assert document.startswith(b"%PDF")

    async def test_goes_on_to_as_many_pages_as_the_lines_need(self) -> None:
        document = await TypstInvoices().render(INVOICE | {"lines": [LINE] * 80})
        assert len(PdfReader(io.BytesIO(document)).pages) > 1

    async def test_that_cannot_be_made_is_refused_without_repeating_what_it_says(self) -> None:
        with pytest.raises(CannotTypeset) as caught:
            await TypstInvoices().render(INVOICE | {"bill_to": {"name": "\U0001f9ff\ue123", "lines": []}})
        assert "\ue123" not in str(caught.value)
        assert caught.value.__cause__ is None
