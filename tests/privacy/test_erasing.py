"""Erasure over HTTP: what goes at once, what is kept by law or hold, what is refused, and what the certificate says."""

import base64
import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.merkle.note import parse_verifier_key
from domain.access.events import DisclosureMade
from domain.access.purpose import PurposeOfUse
from tests.api.house import House
from tests.api.looks import last
from tests.privacy.people import admitted, chart, done, in_years, practitioner, words


async def ask(house: House, person: UUID, **more: Any) -> str:
    body = {"personId": str(person), **more}
    made = done(await house.client("privacy_officer").post("/api/privacy/erasures", json=body), 201)
    assert made["status"] == "requested"
    return str(made["id"])


async def look(house: House, erasure: str) -> dict[str, Any]:
    found: dict[str, Any] = done(await house.client("privacy_officer").get(f"/api/privacy/erasures/{erasure}"))
    return found


def states(view: dict[str, Any]) -> dict[str, str]:
    return {found["retention"]: found["status"] for found in view["classes"]}


async def hold(house: House, **body: Any) -> str:
    body = {"basis": "gdpr-17-3-e", **body}
    return str(done(await house.client("privacy_officer").post("/api/privacy/legal-holds", json=body), 201)["holdId"])


class TestErasure:
    @pytest.mark.requirement("R008")
    async def test_of_a_profile_is_done_at_once_and_certified(self, house: House) -> None:
        person = await practitioner(house)
        erasure = await ask(house, person)
        await house.drain()
        view = await look(house, erasure)
        assert view["status"] == "completed"
        assert states(view) == {"profile": "erased"}
        canonical = json.dumps(view["certificate"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == view["digest"]
        _, public_key = parse_verifier_key(view["signer"])
        signed = base64.b64decode(view["signature"])
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed, canonical.encode())
        assert view["certificate"]["log"]["size"] > 0
        text = await house.client("auditor").get(f"/api/privacy/erasures/{erasure}/certificate")
        assert view["digest"] in text.text
        with psycopg.connect(house.database_url) as connection:
            row = connection.execute(
                "SELECT wrapped, key_id, destroyed_at FROM vault.data_keys WHERE subject_id = %s", (person,)
            ).fetchone()
        assert row
        assert row[0] is None
        assert view["certificate"]["destroyed"] == [
            {"class": "profile", "key": str(row[1]), "at": row[2].isoformat()}
        ]  # fmt: skip
        shown = await house.client("doctor").get(f"/api/ehr/practitioners/{person}")
        assert (shown.status_code, shown.json()["error"]["code"]) == (410, "record-erased")

    @pytest.mark.requirement("R438")
    async def test_of_a_chart_keeps_it_closed_until_the_law_lets_it_go_and_then_it_goes_by_itself(
        self, house: House
    ) -> None:
        known = await admitted(house)
        erasure = await ask(house, known.id)
        await house.drain()
        view = await look(house, erasure)
        assert (view["status"], states(view)) == ("under-way", {"clinical": "restricted"})
        assert view["classes"][0]["source"] == "42 CFR 424.516(f)"
        assert view["certificate"] is None
        none = await house.client("privacy_officer").get(f"/api/privacy/erasures/{erasure}/certificate")
        assert (none.status_code, none.json()["error"]["code"]) == (404, "not-certified")
        gone = await house.client("doctor").get(f"/api/ehr/allergies/{known.records['allergies']}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "record-erased")
        await house.drain(in_years(7))
        view = await look(house, erasure)
        assert (view["status"], states(view)) == ("completed", {"clinical": "erased"})

    async def test_refuses_to_add_anything_personal_from_its_request_on(self, house: House) -> None:
        known = await admitted(house)
        await ask(house, known.id)
        await house.drain()
        body = {"patientId": str(known.id), **chart(known.id)["allergies"]}
        for _ in range(2):
            answer = await house.client("doctor").post("/api/ehr/allergies", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "person-erased")
            await house.drain(in_years(7))

    async def test_is_asked_for_once_and_only_for_someone_of_whom_something_is_recorded(self, house: House) -> None:
        officer = house.client("privacy_officer")
        person = await practitioner(house)
        erasure = await ask(house, person)
        again = await officer.post("/api/privacy/erasures", json={"personId": str(person)})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "erasure-already-requested")
        assert again.json()["error"]["details"]["ids"] == [erasure]
        unknown = await officer.post("/api/privacy/erasures", json={"personId": str(uuid4())})
        assert unknown.status_code == 404
        assert (await officer.get(f"/api/privacy/erasures/{uuid4()}")).status_code == 404

    async def test_is_for_the_privacy_officer_alone(self, house: House) -> None:
        body = {"personId": str(uuid4())}
        for role in ("doctor", "patient", "auditor", "receptionist"):
            assert (await house.client(role).post("/api/privacy/erasures", json=body)).status_code == 403
        assert (await house.client("auditor").get("/api/privacy/erasures")).status_code == 200

    async def test_keeps_the_words_of_the_case_apart_from_the_person(self, house: House) -> None:
        person = await practitioner(house)
        erasure = await ask(house, person, note="asked by letter")
        await house.drain()
        notes = f"/api/privacy/cases/{erasure}/notes"
        officer = house.client("privacy_officer")
        assert [note["words"] for note in done(await officer.get(notes))] == ["asked by letter"]
        assert (await house.client("auditor").get(notes)).status_code == 403
        await house.drain(in_years(6))
        assert [note["words"] for note in done(await officer.get(notes))] == [None]


class TestLegalHold:
    async def test_on_everything_of_a_person_is_a_refusal_with_its_basis_and_the_data_is_open_again(
        self, house: House
    ) -> None:
        known = await admitted(house)
        held = await hold(house, personId=str(known.id), note="letter of counsel")
        erasure = await ask(house, known.id)
        await house.drain()
        view = await look(house, erasure)
        assert (view["status"], view["refusalBasis"], view["holds"]) == ("refused", "gdpr-17-3-e", [held])
        record = done(await house.client("doctor").get(f"/api/ehr/allergies/{known.records['allergies']}"))
        assert record["allergen"] == words(known.id, "allergen")
        done(await house.client("privacy_officer").delete(f"/api/privacy/legal-holds/{held}"))
        again = await ask(house, known.id)
        await house.drain()
        assert (await look(house, again))["status"] == "under-way"

    async def test_placed_while_a_period_runs_keeps_the_class_beyond_it_until_it_is_lifted(self, house: House) -> None:
        known = await admitted(house)
        erasure = await ask(house, known.id)
        await house.drain()
        held = await hold(house, classes=["clinical"])
        await house.drain(in_years(7))
        view = await look(house, erasure)
        assert [(c["status"], c["holds"]) for c in view["classes"]] == [("restricted", [held])]
        done(await house.client("privacy_officer").delete(f"/api/privacy/legal-holds/{held}"))
        await house.drain(in_years(7))
        assert (await look(house, erasure))["status"] == "completed"

    async def test_is_listed_while_it_stands_and_after(self, house: House) -> None:
        officer = house.client("privacy_officer")
        held = await hold(house, classes=["billing"])
        house.project()
        (shown,) = done(await officer.get("/api/privacy/legal-holds?standing=true"))
        assert (shown["id"], shown["personId"], shown["classes"]) == (held, None, ["billing"])
        done(await officer.delete(f"/api/privacy/legal-holds/{held}"))
        house.project()
        assert done(await officer.get("/api/privacy/legal-holds?standing=true")) == []
        (shown,) = done(await officer.get("/api/privacy/legal-holds"))
        assert shown["liftedAt"]
        twice = await officer.delete(f"/api/privacy/legal-holds/{held}")
        assert (twice.status_code, twice.json()["error"]["code"]) == (409, "hold-lifted")

    async def test_without_any_scope_is_refused(self, house: House) -> None:
        body = {"basis": "gdpr-17-3-e"}
        answer = await house.client("privacy_officer").post("/api/privacy/legal-holds", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "hold-without-scope")


class TestRetention:
    @pytest.mark.requirement("R438")
    async def test_period_of_the_organisation_decides_what_is_kept(self, house: House) -> None:
        officer = house.client("privacy_officer")
        done(await officer.put("/api/privacy/retention/clinical", json={"years": 0, "source": "house rule 4"}))
        house.project()
        periods = {p["retention"]: p for p in done(await officer.get("/api/privacy/retention"))}
        assert (periods["clinical"]["years"], periods["billing"]["years"], periods["profile"]["years"]) == (0, 10, 0)
        known = await admitted(house)
        erasure = await ask(house, known.id)
        await house.drain()
        assert (await look(house, erasure))["status"] == "completed"
        bad = await officer.put("/api/privacy/retention/profile", json={"years": 1, "source": "x"})
        assert (bad.status_code, bad.json()["error"]["code"]) == (422, "no-retention-period")


class TestRestrictedData:
    async def test_is_read_by_the_officer_for_a_named_purpose_and_by_nobody_else(self, house: House) -> None:
        known = await admitted(house)
        await ask(house, known.id)
        await house.drain()
        url = f"/api/privacy/restricted?subject={known.id}"
        officer = house.client("privacy_officer")
        assert (await officer.get(url)).status_code == 422
        read = await officer.get(f"{url}&purpose=HLEGAL")
        assert words(known.id, "allergen") in read.text
        assert done(read)["complete"] is True
        noted = last(house)
        assert isinstance(noted, DisclosureMade)
        assert (noted.purpose, noted.subjects) == (PurposeOfUse.HLEGAL, [known.id])
        for role in ("doctor", "patient", "auditor"):
            assert (await house.client(role).get(f"{url}&purpose=HLEGAL")).status_code == 403
        closed = await officer.get(f"/api/privacy/export?subject={known.id}")
        assert done(closed)["complete"] is False
        assert "canary-" not in closed.text
        await house.drain(in_years(7))
        assert "canary-" not in (await officer.get(f"{url}&purpose=HLEGAL")).text
