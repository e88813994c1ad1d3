"""Invoices stand as their events tell, with their lines in order, and texts as the ciphertexts they are."""

from pathlib import Path
from uuid import UUID

from projections.invoices.projector import READ_MODEL
from tests.projections.billed import IMPORTED, LATE, SOURCE, TAKEN_BACK, billed
from tests.projections.ground import ReadModelGround


class TestInvoices:
    def test_show_state_number_and_amounts(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        rows = ground.rows(
            "SELECT invoice_id, status, number, net, tax, paid_by, pdf_file FROM read.invoices ORDER BY 1"
        )
        assert [tuple(row.values()) for row in rows] == [
            (LATE, "PAID", "INV-2026-000001", 11_665, 1610, "UPI", "invoices/late.pdf"),
            (TAKEN_BACK, "VOID", "INV-2026-000002", 11_665, 1610, None, None),
            (IMPORTED, "OPEN", None, 12_345, 0, None, None),
        ]

    def test_keep_the_lines_with_their_sources(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed()[:4])
        rows = ground.rows("SELECT line_no, line_id, net, tax, sources FROM read.invoice_lines ORDER BY line_no")
        assert [tuple(row.values()) for row in rows] == [
            (2, UUID(int=LATE.int + 1000), 7900, 1422, [SOURCE]),
            (3, UUID(int=LATE.int + 2000), 3765, 188, []),
        ]

    def test_hold_no_text_in_the_clear(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        clear = str(
            ground.rows("SELECT t::text FROM read.invoices t UNION ALL SELECT t::text FROM read.invoice_lines t")
        )
        assert "Menon" not in clear
        assert "Home visit" not in clear
        assert b"Menon".hex() not in clear

    def test_come_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*billed())
        assert ground.rebuild()
        assert ground.drain() == 0
