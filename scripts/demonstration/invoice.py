"""Chapter: the subscription's invoice, which nobody asked for, explains itself to the cent and has its document."""

import hashlib
from typing import Any

from domain.kernel.ids import derived_id
from scripts.demonstration.cast import Cast
from scripts.demonstration.house import House
from scripts.demonstration.people import Person, eventually, only
from scripts.demonstration.story import Step

INVOICES = "/api/billing/invoices"
NET, TAX = 7900, 1422


def tell(step: Step, house: House, cast: Cast, subscription: str) -> None:
    """Read the invoice, explain it, fetch its document."""
    ada, auditor = cast.ada, cast.auditor
    step.say("When the subscription began, an effect issued its first invoice; another typeset its document.")
    invoice = eventually(lambda: _of(ada), lambda found: bool(found and found["pdfSha256"]), "the invoice's PDF")
    assert invoice is not None
    step.say(f"{invoice['number']}: {invoice['net']} + {invoice['tax']} tax = {invoice['total']} {invoice['currency']},"
             f" due {invoice['dueDate']}.")  # fmt: skip
    step.check("it is owed, under the year's first number",
               (invoice["status"], invoice["number"][-6:]), ("OPEN", "000001"))  # fmt: skip
    step.check("79.00 and 18 % of it, in whole cents",
               (invoice["net_cents"], invoice["tax_cents"], invoice["total_cents"]), (NET, TAX, NET + TAX))  # fmt: skip
    _explained(step, ada, auditor, invoice, subscription)
    _document(step, house, ada, auditor, invoice)


def _of(ada: Person) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = ada.get(f"{INVOICES}/user/{ada.id}").data
    issued = [invoice for invoice in found if invoice["subscriptionId"]]
    return only(issued, "invoices of the subscription") if issued else None


def _explained(step: Step, ada: Person, auditor: Person, invoice: dict[str, Any], subscription: str) -> None:
    told = ada.get(f"{INVOICES}/{invoice['id']}/explain").data
    line = only(told["lines"], "lines of the invoice")
    step.look(f"its one line, “{line['description']}”, and the events it names",
              f"GET {INVOICES}/{invoice['id']}/explain")  # fmt: skip
    events = auditor.get(f"/api/streams/{subscription}/events").data
    topics = {str(derived_id("event", subscription, e["version"])): e["type"] for e in events}
    step.check("the line comes from the subscription's beginning",
               [topics.get(source) for source in line["sources"]], ["billing.subscription.started"])  # fmt: skip
    step.check("worked out again from the events it is the same to the cent",
               (told["agrees"], told["recomputed"]["total_cents"]), (True, invoice["total_cents"]))  # fmt: skip


def _document(step: Step, house: House, ada: Person, auditor: Person, invoice: dict[str, Any]) -> None:
    content = ada.get(invoice["pdfUrl"]).content
    kept = house.settings.state / f"{invoice['number']}.pdf"
    kept.write_bytes(content)
    step.look(f"its document, {len(content):,} bytes", f"GET {invoice['pdfUrl']}", str(kept))
    events = auditor.get(f"/api/streams/{invoice['id']}/events").data
    stored = only([e for e in events if e["type"] == "billing.invoice.pdf_stored"], "events of the document")
    step.check("it is a PDF", content[:5], b"%PDF-")
    step.check("its SHA-256 is the one in the event", hashlib.sha256(content).hexdigest(), stored["data"]["sha256"])
