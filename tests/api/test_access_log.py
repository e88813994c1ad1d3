"""Who looked: every look leaves an entry before anything is shown, and people can ask who looked at them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from adapters.logins import Role, url_for
from adapters.postgres.tenancy import every_tenant
from domain.access.events import DisclosureMade, ReadRefused, RecordRead
from domain.access.looks import Look
from domain.access.purpose import PurposeOfUse
from tests.api.house import House
from tests.api.looks import kept, last
from tests.api.test_ehr import BODIES, PATIENT, data, record

CHART = f"/api/ehr/patients/{PATIENT}/chart"
READERS = 64


@contextmanager
def cut_off(house: House) -> Iterator[None]:
    """The access log's own connection is cut and no new one can be made; everything else goes on."""
    with psycopg.connect(house.database_url, autocommit=True) as inside:
        name = inside.info.dbname
        elsewhere = psycopg.conninfo.make_conninfo(house.database_url, dbname="postgres")
        with psycopg.connect(elsewhere, autocommit=True) as outside:
            quoted = psycopg.sql.Identifier(name)
            outside.execute(psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(quoted))
            try:
                sever(inside)
                yield
            finally:
                outside.execute(psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(quoted))


def sever(connection: psycopg.Connection[Any]) -> None:
    """Kill the connections over which entries are written."""
    connection.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE '%access_log.append%' AND pid <> pg_backend_pid()"""
    )


class TestLooking:
    @pytest.mark.requirement("R007")
    @pytest.mark.requirement("R108")
    @pytest.mark.requirement("R270")
    @pytest.mark.requirement("R437")
    async def test_leaves_who_looked_why_at_what_and_at_whom(self, house: House) -> None:
        doctor_id = uuid4()
        doctor = house.client("doctor", actor=doctor_id)
        await record(doctor, "allergies", BODIES["allergies"])
        house.project()
        assert kept(house) == []
        answer = await doctor.get(CHART)
        [(entry, topic, _)] = kept(house)
        assert topic == RecordRead.TOPIC
        assert (entry.actor, entry.purpose, entry.action) == (doctor_id, PurposeOfUse.TREAT, "ehr:read")
        assert entry.resource == "GET /api/ehr/patients/{patient_id}/chart"
        assert (entry.subjects, entry.count, entry.outcome, entry.grant) == ([PATIENT], 1, "shown", None)
        assert str(entry.request_id) == answer.headers["x-request-id"]

    async def test_at_a_list_names_everyone_in_it(self, house: House) -> None:
        desk = house.client("receptionist")
        body = {"names": [{"text": "Fen Mocklin"}]}
        people = {UUID(data(await desk.post("/api/ehr/patients", json=body), 201)["id"]) for _ in range(3)}
        house.project()
        data(await desk.get("/api/ehr/patients"))
        assert (set(last(house).subjects), last(house).count) == (people, 3)
        data(await desk.get("/api/ehr/patients", params={"limit": 2, "page": 2}))
        assert (len(last(house).subjects), last(house).count) == (1, 1)

    async def test_that_finds_nothing_still_names_who_was_looked_for(self, house: House) -> None:
        doctor = house.client("doctor")
        assert data(await doctor.get("/api/ehr/allergies", params={"patientId": str(PATIENT)})) == []
        assert (last(house).subjects, last(house).count, last(house).outcome) == ([PATIENT], 0, "empty")

    async def test_that_is_refused_by_role_is_kept_with_whom_it_aimed_at(self, house: House) -> None:
        answer = await house.client("analyst").get(CHART)
        assert answer.status_code == 403
        entry = last(house)
        assert isinstance(entry, ReadRefused)
        assert (entry.subjects, entry.outcome) == ([PATIENT], "not-permitted")

    async def test_at_another_patients_record_is_kept_with_whose_it_was(self, house: House) -> None:
        made = await record(house.client("doctor"), "allergies", BODIES["allergies"])
        house.project()
        assert (await house.client("patient").get(f"/api/ehr/allergies/{made['id']}")).status_code == 404
        assert (last(house).subjects, last(house).outcome) == ([PATIENT], "not-found")

    async def test_without_a_name_leaves_nothing_for_nothing_is_shown(self, house: House) -> None:
        assert (await house.anonymous().get(CHART)).status_code == 401
        assert kept(house) == []

    async def test_for_a_stated_purpose_and_on_anothers_behalf_says_so(self, house: House) -> None:
        doctor, principal = house.client("doctor"), uuid4()
        headers = {"X-Purpose-Of-Use": "CAREMGT", "X-On-Behalf-Of": str(principal)}
        data(await doctor.get(CHART, headers=headers))
        assert (last(house).purpose, last(house).on_behalf_of) == (PurposeOfUse.CAREMGT, principal)

    @pytest.mark.parametrize(("header", "value"), [("X-Purpose-Of-Use", "GOSSIP"), ("X-On-Behalf-Of", "my boss")])
    async def test_for_a_purpose_that_is_none_is_refused(self, house: House, header: str, value: str) -> None:
        answer = await house.client("doctor").get(CHART, headers={header: value})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad-header")

    async def test_keeps_from_where_someone_looked_sealed_until_their_profile_is_erased(self, house: House) -> None:
        nurse_id = uuid4()
        nurse = house.client("nurse", actor=nurse_id)
        await nurse.get(CHART, headers={"User-Agent": "Lookinglass/1.0"})
        await house.services.keys.destroy(house.services.key_pool, house.tenant, nurse_id)
        await nurse.get(CHART, headers={"User-Agent": "Lookinglass/2.0"})
        await house.client("doctor").get(CHART, headers={"User-Agent": "Lookinglass/3.0"})
        with psycopg.connect(house.database_url) as connection:
            clear = connection.execute("SELECT 1 FROM access_log.entries e WHERE e::text LIKE '%Lookinglass%'")
            assert clear.fetchone() is None
        shown = data(await house.client("auditor").get(f"/api/audit/patients/{PATIENT}/accesses"))
        assert [look["agent"] for look in shown] == ["Lookinglass/3.0", None, None]

    async def test_leaves_entries_that_replay_and_export_can_leave_too(self, house: House) -> None:
        entry = Look(
            actor=uuid4(), purpose=PurposeOfUse.HCOMPL, action="replay", resource="caretrail replay",
            request_id=uuid4(), subjects=[PATIENT], count=5, agent="operator",
        ).entry()  # fmt: skip
        settings = house.services.settings
        with (
            psycopg.connect(url_for(settings, Role.APP), autocommit=True) as connection,
            psycopg.connect(every_tenant(url_for(settings, Role.KEYS)), autocommit=True) as keys,
        ):
            await asyncio.to_thread(house.services.access_log.record_now, connection, keys, house.tenant, entry)
        assert last(house).resource == "caretrail replay"


class TestLookThatCannotBeRecorded:
    async def test_shows_nothing(self, house: House) -> None:
        doctor = house.client("doctor")
        await record(doctor, "allergies", {"allergen": "Brazilnut", "severity": "Mild"})
        house.project()
        data(await doctor.get(CHART))
        with cut_off(house):
            answer = await doctor.get(CHART)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "access-not-recorded")
        assert answer.headers["retry-after"]
        assert answer.headers["x-request-id"]
        assert "Brazilnut" not in answer.text
        assert len(data(await doctor.get(CHART))["entries"]) == 1
        assert len(kept(house)) == 2

    async def test_is_the_same_for_a_refusal_and_does_not_stop_commands(self, house: House) -> None:
        doctor, analyst = house.client("doctor"), house.client("analyst")
        await doctor.get(CHART)
        await analyst.get(CHART)
        with cut_off(house):
            assert (await analyst.get(CHART)).status_code == 503
        await record(doctor, "allergies", BODIES["allergies"])

    async def test_is_none_when_the_connection_comes_back_at_once(self, house: House) -> None:
        doctor = house.client("doctor")
        for _ in range(5):
            data(await doctor.get(CHART))
            with psycopg.connect(house.database_url, autocommit=True) as connection:
                sever(connection)
        assert len(kept(house)) == 5


class TestManyReaders:
    async def test_leave_exactly_one_entry_each(self, house: House) -> None:
        await record(house.client("doctor"), "allergies", BODIES["allergies"])
        house.project()
        clients = [house.client("doctor") for _ in range(READERS)]
        answers = await asyncio.gather(*(client.get(CHART) for client in clients))
        assert [answer.status_code for answer in answers] == [200] * READERS
        entries = kept(house)
        asked = Counter(answer.headers["x-request-id"] for answer in answers)
        assert Counter(str(found.entry.request_id) for found in entries) == asked


class TestWhoLookedAtMe:
    async def test_is_answered_to_the_patient_without_telling_from_where(self, house: House) -> None:
        doctor_id, analyst_id = uuid4(), uuid4()
        await house.client("doctor", actor=doctor_id).get(CHART)
        await house.client("analyst", actor=analyst_id).get(CHART)
        own = house.client("patient", actor=PATIENT)
        answer = await own.get(f"/api/audit/patients/{PATIENT}/accesses")
        shown = data(answer)
        assert [(UUID(look["actor"]), look["outcome"]) for look in shown] == [
            (analyst_id, "not-permitted"), (doctor_id, "empty"),
        ]  # fmt: skip
        assert {(look["address"], look["agent"]) for look in shown} == {(None, None)}
        assert answer.json()["meta"]["total"] == 2

    async def test_is_not_answered_about_others(self, house: House) -> None:
        answer = await house.client("patient").get(f"/api/audit/patients/{PATIENT}/accesses")
        assert answer.status_code == 404
        assert (await house.client("nurse").get(f"/api/audit/patients/{PATIENT}/accesses")).status_code == 403

    async def test_is_answered_to_an_auditor_by_time_actor_and_page(self, house: House) -> None:
        doctor_id, auditor = uuid4(), house.client("auditor")
        for actor in (doctor_id, uuid4(), doctor_id):
            await house.client("doctor", actor=actor).get(CHART)
        url = f"/api/audit/patients/{PATIENT}/accesses"

        async def asked(**params: str | int) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = data(await auditor.get(url, params=params))
            return found

        everything = await asked()
        assert len(everything) == 3
        assert [look["position"] for look in everything] == sorted((x["position"] for x in everything), reverse=True)
        assert len(await asked(actor=str(doctor_id))) == 2
        assert [look["id"] for look in await asked(limit=1, page=5)] == [everything[2]["id"]]
        assert await asked(until=everything[2]["at"]) == []
        assert len(await asked(since=everything[0]["at"], actor=str(doctor_id))) == 1

    async def test_stays_within_the_tenant(self, house: House) -> None:
        await house.client("doctor").get(CHART)
        stranger = house.client("auditor", tenant=uuid4())
        assert data(await stranger.get(f"/api/audit/patients/{PATIENT}/accesses")) == []


class TestAccountingOfDisclosures:
    async def test_lists_what_left_for_purposes_that_are_accounted_for(self, house: House) -> None:
        doctor, recipient = house.client("doctor"), uuid4()
        await record(doctor, "allergies", BODIES["allergies"])
        house.project()
        await doctor.get(CHART)
        headers = {"X-Purpose-Of-Use": "HRESCH", "X-On-Behalf-Of": str(recipient)}
        await doctor.get(CHART, headers=headers)
        assert isinstance(last(house), DisclosureMade)
        own = house.client("patient", actor=PATIENT)
        [shown] = data(await own.get(f"/api/audit/patients/{PATIENT}/disclosures"))
        assert (shown["recipient"], shown["purpose"]) == (str(recipient), "HRESCH")
        assert shown["resource"] == "GET /api/ehr/patients/{patient_id}/chart"

    @pytest.mark.requirement("R437")
    async def test_reaches_six_years_back(self, house: House) -> None:
        doctor = house.client("doctor")
        await record(doctor, "allergies", BODIES["allergies"])
        house.project()
        for _ in range(2):
            await doctor.get(CHART, headers={"X-Purpose-Of-Use": "PUBHLTH"})
        old = datetime.now(UTC) - timedelta(days=6 * 365 + 10)
        with psycopg.connect(house.database_url) as connection:
            connection.execute(
                """UPDATE access_log.entries SET recorded_at = %s WHERE position =
                   (SELECT min(position) FROM access_log.entries WHERE tenant_id = %s)""",
                (old, house.tenant),
            )
        auditor = house.client("auditor")
        url = f"/api/audit/patients/{PATIENT}/disclosures"
        assert len(data(await auditor.get(url))) == 1
        assert len(data(await auditor.get(url, params={"since": old.isoformat()}))) == 2


class TestAnswerOnItsWay:
    async def test_of_an_empty_tenant_is_looked_at_too(self, house: House) -> None:
        answer: httpx.Response = await house.client("nurse").get("/api/ehr/patients")
        assert data(answer) == []
        assert (last(house).subjects, last(house).outcome) == ([], "empty")
