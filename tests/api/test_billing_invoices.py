"""Invoices over HTTP: made by themselves or by hand, typeset, settled, explained, added up."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from application.billing.mark_invoice_overdue import MarkInvoiceOverdue
from application.billing.renew_subscription import CatchUpSubscription
from application.kernel.process import event_id
from domain.billing.register import PAGE, InvoiceRegister, register_id
from domain.directory.content import Address, Person, PersonName
from domain.directory.people import Patient
from tests.api.billing import (
    INVOICES,
    PATIENT,
    SUBSCRIPTIONS,
    VISIT,
    act,
    appointment,
    data,
    error,
    hold,
    invoices_of,
    issued,
    subscribed,
    system_session,
)
from tests.api.house import House


class TestInvoiceOfASubscription:
    @pytest.mark.requirement("R141")
    @pytest.mark.requirement("R120")
    @pytest.mark.requirement("R126")
    async def test_is_made_issued_and_typeset_by_itself(self, house: House) -> None:
        await subscribed(house)
        (invoice,) = await invoices_of(house)
        year = datetime.now(UTC).year
        assert (invoice["number"], invoice["status"]) == (f"INV-{year}-000001", "OPEN")
        assert (invoice["net"], invoice["tax"], invoice["total"]) == ("79.00", "14.22", "93.22")
        assert invoice["pdfUrl"] == f"{INVOICES}/download/{invoice['number']}.pdf"
        assert invoice["pdfFilePath"] == f"invoices/{invoice['id']}.pdf"

    async def test_is_addressed_as_the_directory_knows_the_person(self, house: House) -> None:
        session = system_session(house)
        person = Patient(PATIENT)
        home = Address(lines=["Rose Cottage"], city="Kochi", postal_code="682001", country="IN")
        person.register(Person(names=[PersonName(text="Asha Menon")], addresses=[home]))
        await session.commit(person)
        await subscribed(house)
        (invoice,) = await invoices_of(house)
        assert invoice["billTo"] == {"name": "Asha Menon", "lines": ["Rose Cottage", "682001 Kochi", "IN"]}

    @pytest.mark.requirement("R138")
    async def test_can_be_downloaded_by_its_owner_and_lies_sealed_on_the_disk(self, house: House) -> None:
        await subscribed(house)
        (invoice,) = await invoices_of(house)
        answer = await house.client("patient", actor=PATIENT).get(invoice["pdfUrl"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"%PDF-")
        assert hashlib.sha256(answer.content).hexdigest() == invoice["pdfSha256"]
        stored = house.services.settings.files_directory / str(house.tenant) / invoice["pdfFilePath"]
        assert b"%PDF" not in stored.read_bytes()

    async def test_is_shown_to_nobody_else(self, house: House) -> None:
        await subscribed(house)
        (invoice,) = await invoices_of(house)
        for client in (house.client("patient"), house.client("finance_billing", tenant=uuid4())):
            error(await client.get(invoice["pdfUrl"]), 404)
            error(await client.get(f"{INVOICES}/{invoice['id']}"), 404)
            error(await client.get(f"{INVOICES}/{invoice['id']}/explain"), 404)

    @pytest.mark.requirement("R136")
    async def test_is_typeset_again_to_the_same_bytes(self, house: House) -> None:
        await subscribed(house)
        (invoice,) = await invoices_of(house)
        asked = await house.client("finance_billing").post(f"{INVOICES}/{invoice['id']}/generate-pdf")
        assert data(asked, 202)["fileName"] == f"{invoice['number']}.pdf"
        await house.drain()
        (again,) = await invoices_of(house)
        assert again["pdfSha256"] == invoice["pdfSha256"]

    @pytest.mark.requirement("R117")
    async def test_follows_each_renewal_once(self, house: House) -> None:
        subscription = UUID(await subscribed(house))
        for _ in range(2):
            await act(house, CatchUpSubscription(subscription_id=subscription), datetime.now(UTC) + timedelta(days=32))
            await house.drain()
        assert sorted(i["period"] for i in await invoices_of(house)) == [1, 2]

    async def test_overdue_stops_the_subscription_until_it_is_paid(self, house: House) -> None:
        subscription = await subscribed(house)
        (invoice,) = await invoices_of(house)
        await act(house, MarkInvoiceOverdue(invoice_id=UUID(invoice["id"])), datetime.now(UTC) + timedelta(days=32))
        await house.drain()
        finance = house.client("finance_billing")
        assert data(await finance.get(f"{SUBSCRIPTIONS}/{subscription}"))["status"] == "PAST_DUE"
        (balance,) = data(await finance.get(f"/api/billing/balances/{PATIENT}"))
        assert (balance["outstanding"], balance["overdue"]) == ("93.22", "93.22")
        data(await finance.post(f"{INVOICES}/{invoice['id']}/mark-paid", json={"method": "UPI"}))
        await house.drain()
        assert data(await finance.get(f"{SUBSCRIPTIONS}/{subscription}"))["status"] == "ACTIVE"
        (balance,) = data(await finance.get(f"/api/billing/balances/{PATIENT}"))
        assert (balance["outstanding_cents"], balance["overdue_cents"], balance["openInvoices"]) == (0, 0, 0)


class TestInvoiceOfAnAppointment:
    FEES = {
        "issuer": {"name": "Lakeside Clinic", "address": ["12 Lake Road"], "taxNumber": "32AAAAA0000A1Z5"},
        "timeZone": "Asia/Kolkata",
        "fees": [{"appointmentType": "IN_PERSON", "amount": "500.00", "taxBasisPoints": 1800}],
    }

    @pytest.mark.requirement("R119")
    async def test_is_made_when_it_completes_without_a_subscription(self, house: House) -> None:
        finance = house.client("clinic_admin")
        assert data(await finance.put("/api/billing/settings", json=self.FEES))["timeZone"] == "Asia/Kolkata"
        seen = await appointment(house)
        await hold(house, seen)
        await house.drain()
        (invoice,) = await invoices_of(house)
        assert (invoice["appointmentId"], invoice["status"], invoice["total"]) == (str(seen), "OPEN", "590.00")

    async def test_is_not_made_when_a_subscription_pays(self, house: House) -> None:
        subscription = await subscribed(house)
        seen = await appointment(house)
        data(await house.client("receptionist").post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{seen}"))
        await hold(house, seen)
        await house.drain()
        assert [i["appointmentId"] for i in await invoices_of(house)] == [None]

    async def test_without_a_fee_waits_as_a_draft_for_a_price(self, house: House) -> None:
        await hold(house, await appointment(house))
        await house.drain()
        (invoice,) = await invoices_of(house)
        assert (invoice["status"], invoice["total_cents"], invoice["number"]) == ("DRAFT", 0, None)
        finance = house.client("finance_billing")
        assert error(await finance.post(f"{INVOICES}/{invoice['id']}/issue"), 409)["code"] == "empty-invoice"
        data(await finance.post(f"{INVOICES}/{invoice['id']}/lines", json=VISIT), 201)
        assert data(await finance.post(f"{INVOICES}/{invoice['id']}/issue"))["total"] == "39.53"

    async def test_is_made_once_whoever_makes_it_until_it_is_voided(self, house: House) -> None:
        seen, finance = await appointment(house), house.client("finance_billing")
        body = {"userId": str(PATIENT), "appointmentId": str(seen), "lines": [VISIT]}
        first = data(await finance.post(INVOICES, json=body), 201)
        assert error(await finance.post(INVOICES, json=body), 409)["code"] == "already-billed"
        data(await finance.post(f"{INVOICES}/{first['id']}/void", json={"reason": "wrong visit"}))
        data(await finance.post(INVOICES, json=body), 201)


class TestInvoice:
    async def test_shows_its_lines_and_whom_it_is_for(self, house: House) -> None:
        finance = house.client("finance_billing")
        body = {"userId": str(PATIENT), "billTo": {"name": "Asha Menon", "lines": ["Fort Kochi"]}, "lines": [VISIT]}
        made = data(await finance.post(INVOICES, json=body), 201)
        house.project()
        answer = await finance.get(f"{INVOICES}/{made['id']}")
        view = data(answer)
        assert answer.headers["etag"].startswith('"2-')
        assert view["billTo"] == {"name": "Asha Menon", "lines": ["Fort Kochi"]}
        assert [(line["description"], line["net"], line["tax"]) for line in view["lines"]] == [
            ("Home visit", "37.65", "1.88")
        ]

    async def test_numbers_have_no_gap_when_many_are_issued_at_once(self, house: House) -> None:
        finance = house.client("finance_billing")
        drafts = [
            data(await finance.post(INVOICES, json={"userId": str(PATIENT), "lines": [VISIT]}), 201) for _ in range(6)
        ]
        empty = data(await finance.post(INVOICES, json={"userId": str(PATIENT)}), 201)
        answers = await asyncio.gather(
            *(finance.post(f"{INVOICES}/{d['id']}/issue") for d in (*drafts[:3], empty, *drafts[3:]))
        )
        numbers = sorted(data(a)["number"] for a in answers if a.status_code == 200)
        year = datetime.now(UTC).year
        assert numbers == [f"INV-{year}-{n:06d}" for n in range(1, 7)]

    async def test_numbers_go_on_over_the_pages_of_the_register(self, house: House) -> None:
        year, person = datetime.now(UTC).year, house.services.new_id()
        for page in range(2):
            register = InvoiceRegister(register_id(house.tenant, year, page))
            register.last = page * PAGE
            for _ in range(PAGE):
                register.assign(person, year)
            session = system_session(house)
            await session.commit(register)
        numbers = [(await issued(house))["number"] for _ in range(2)]
        assert numbers == [f"INV-{year}-{2 * PAGE + n:06d}" for n in (1, 2)]

    async def test_voided_keeps_its_number_and_the_next_one_goes_on(self, house: House) -> None:
        first, finance = await issued(house), house.client("finance_billing")
        voided = data(await finance.post(f"{INVOICES}/{first['id']}/void"))
        assert (voided["status"], voided["number"]) == ("VOID", first["number"])
        assert (await issued(house))["number"] == f"INV-{datetime.now(UTC).year}-000002"

    async def test_is_paid_in_full_or_not_at_all(self, house: House) -> None:
        invoice, finance = await issued(house), house.client("finance_billing")
        paying = f"{INVOICES}/{invoice['id']}/mark-paid"
        part = await finance.post(paying, json={"method": "CASH", "amount": "39.52", "currency": "INR"})
        assert error(part, 422)["code"] == "wrong-amount"
        whole = await finance.post(paying, json={"method": "CASH", "amount": "39.53", "currency": "INR"})
        assert data(whole)["status"] == "PAID"
        error(await finance.post(paying, json={"method": "CASH"}), 409)

    async def test_repeated_under_one_idempotency_key_is_drafted_once(self, house: House) -> None:
        finance, key = house.client("finance_billing"), {"Idempotency-Key": "draft-1"}
        body = {"userId": str(PATIENT), "lines": [VISIT]}
        first, second = [data(await finance.post(INVOICES, json=body, headers=key), 201) for _ in range(2)]
        assert first == second
        error(await finance.post(INVOICES, json=body | {"currency": "EUR"}, headers=key), 422)

    async def test_explains_itself_to_the_cent_and_names_the_events(self, house: House) -> None:
        subscription = await subscribed(house)
        (invoice,) = await invoices_of(house)
        found = data(await house.client("patient", actor=PATIENT).get(f"{INVOICES}/{invoice['id']}/explain"))
        assert found["agrees"] is True
        assert found["recorded"] == found["recomputed"]
        assert found["recomputed"]["total_cents"] == invoice["total_cents"]
        (line,) = found["lines"]
        assert (line["rounding"], line["tax_cents"]) == ("half-away-from-zero", 1422)
        own, source = line["events"]
        assert own in [event["id"] for event in found["events"]]
        streams = await house.services.streams.read(house.tenant, UUID(subscription), opened=False)
        assert source == str(event_id(streams[0]))

    async def test_tells_nothing_personal_in_the_clear(self, house: House) -> None:
        finance = house.client("finance_billing")
        body = {"userId": str(PATIENT), "billTo": {"name": "Asha Menon"}, "lines": [VISIT]}
        made = data(await finance.post(INVOICES, json=body), 201)
        async with house.services.pool.connection() as connection:
            rows = await (await connection.execute("SELECT data::text FROM event_store.events")).fetchall()
        clear = " ".join(row[0] for row in rows)
        assert made["id"]
        assert "Menon" not in clear
        assert "Home visit" not in clear


class TestRevenue:
    @pytest.mark.requirement("R139")
    @pytest.mark.requirement("R123")
    async def test_adds_up_what_was_invoiced_and_paid(self, house: House) -> None:
        first, finance = await issued(house), house.client("finance_billing")
        second = await issued(house)
        data(await finance.post(f"{INVOICES}/{first['id']}/mark-paid", json={"method": "CARD"}))
        data(await finance.post(f"{INVOICES}/{second['id']}/void"))
        house.project()
        today = datetime.now(UTC).date().isoformat()
        asked = await house.client("analyst").get(
            "/api/billing/analytics/revenue", params={"from": today, "to": today, "group": "month"}
        )
        found = data(asked)
        (row,) = found["rows"]
        assert (row["invoices"], row["invoiced_net"], row["invoiced_tax"], row["paid"]) == (2, "37.65", "1.88", "39.53")
        assert found["as_of_position"] > 0

    async def test_is_not_for_patients(self, house: House) -> None:
        error(await house.client("patient").get("/api/billing/analytics/revenue?from=2026-01-01&to=2026-01-02"), 403)

    async def test_of_days_in_the_wrong_order_is_refused(self, house: House) -> None:
        error(await house.client("analyst").get("/api/billing/analytics/revenue?from=2026-01-02&to=2026-01-01"), 422)
