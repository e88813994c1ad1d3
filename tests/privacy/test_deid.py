"""Analysts see counts that lead back to nobody, counted from people whose details lie sealed, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.deid.keeping import count
from adapters.logins import Role, url_for
from tests.api.billing import INVOICES, VISIT
from tests.api.house import House
from tests.privacy.people import done

TABLES = ("patients", "appointments", "records", "revenue", "counted")
YEAR = datetime.now(UTC).year


async def lived(house: House, born: str, gender: str, zip_code: str, many: int) -> list[UUID]:
    """Patients who are alike, each with an appointment in 2031, an allergy and an invoice."""
    doctor, finance = house.client("clinic_admin"), house.client("finance_billing")
    people = [uuid7() for _ in range(many)]
    for n, person in enumerate(people):
        home = {"lines": ["1 Example Street"], "postalCode": zip_code, "country": "US"}
        body = {"patientId": str(person), "names": [{"text": "Canary Testperson"}], "birthDate": born,
                "gender": gender, "addresses": [home]}  # fmt: skip
        done(await doctor.post("/api/ehr/patients", json=body), 201)
        booking = {"patientId": str(person), "doctorId": str(uuid7()), "type": "IN_PERSON", "outright": True,
                   "date": f"2031-03-{n % 28 + 1:02}T09:00:00Z"}  # fmt: skip
        done(await doctor.post("/api/appointments", json=booking), 201)
        allergy = {"patientId": str(person), "allergen": "Pollen", "severity": "Mild"}
        done(await house.client("doctor").post("/api/ehr/allergies", json=allergy), 201)
        drafted = done(await finance.post(INVOICES, json={"userId": str(person), "lines": [VISIT]}), 201)
        done(await finance.post(f"{INVOICES}/{drafted['id']}/issue"))
    return people


def counted(house: House) -> None:
    with psycopg.connect(url_for(house.services.settings, Role.PROJECTOR), autocommit=True) as connection:
        assert count(house.services.settings, connection) is not None


def seen(house: House, table: str) -> list[Any]:
    """What an analyst reads of a table."""
    with psycopg.connect(url_for(house.services.settings, Role.ANALYST)) as connection:
        return connection.execute(f"SELECT * FROM deid.{table} t ORDER BY t".encode()).fetchall()


def everything(house: House) -> str:
    return "\n".join(str(row) for table in TABLES for row in seen(house, table))


class TestFigures:
    async def test_tell_bands_years_and_areas_of_eleven_or_more(self, house: House) -> None:
        forty = await lived(house, f"{YEAR - 45}-02-28", "female", "10013", 12)
        old = await lived(house, f"{YEAR - 97}-02-28", "male", "03601", 11)
        few = await lived(house, f"{YEAR - 45}-07-01", "female", "94110", 3)
        await house.drain()
        counted(house)
        band = (2031 - (YEAR - 45)) // 10 * 10
        assert seen(house, "patients") == [(YEAR, 40, "female", "100", 12), (YEAR, 90, "male", "000", 11)]
        assert seen(house, "appointments") == [
            (2031, "IN_PERSON", "SCHEDULED", band, "female", "100", 12, 12),
            (2031, "IN_PERSON", "SCHEDULED", 90, "male", "000", 11, 11),
        ]
        assert [row[1:] for row in seen(house, "records")] == [
            ("allergy", 40, "female", "100", 12, 12), ("allergy", 90, "male", "000", 11, 11)
        ]  # fmt: skip
        (revenue,) = seen(house, "revenue")
        assert (revenue[1:3], revenue[3], revenue[6:]) == (("ISSUED", "INR"), 26 * 3765, (26, 26))
        shown = everything(house)
        for person in (*forty, *old, *few):
            assert str(person) not in shown
        for secret in (str(house.tenant), "Canary", "Example Street", "10013", "941", str(YEAR - 97), "-02-28"):
            assert secret not in shown

    async def test_forget_whoever_is_erased_at_the_next_count(self, house: House) -> None:
        people = await lived(house, "1990-01-01", "other", "60601", 11)
        await house.drain()
        counted(house)
        assert [row for row in seen(house, "patients") if row[2] == "other"] != []
        keys = house.services.keys
        await keys.destroy(house.services.key_pool, house.tenant, people[0])
        await keys.close_subject(house.services.key_pool, house.tenant, people[1])
        counted(house)
        assert [row for table in TABLES for row in seen(house, table) if "other" in row] == []


class TestConstraints:
    @pytest.mark.parametrize(
        "row",
        [(2026, 40, "female", "100", 10), (2026, 93, "male", "100", 20), (2026, 41, "male", "100", 20),
         (2026, 40, "male", "036", 20), (2026, 40, "male", "10013", 20), (2026, 40, "Ada", "100", 20)],
    )  # fmt: skip
    def test_refuse_a_row_that_tells_too_much(self, database_url: str, row: Sequence[object]) -> None:
        with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO deid.patients VALUES (%s, %s, %s, %s, %s)", row)


class TestColumns:
    def test_are_an_allow_list(self, database_url: str) -> None:
        with psycopg.connect(database_url) as connection:
            found = connection.execute("""
                SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'deid'
                ORDER BY table_name, ordinal_position""").fetchall()
        assert [row[0] for row in found] == [
            *(f"appointments.{c}" for c in ("year", "type", "status", "age_from", "sex", "zip3", "appointments")),
            "appointments.people",
            "counted.one", "counted.counted_at",
            *(f"patients.{c}" for c in ("year", "age_from", "sex", "zip3", "people")),
            *(f"records.{c}" for c in ("year", "record_type", "age_from", "sex", "zip3", "records", "people")),
            *(f"revenue.{c}" for c in ("month", "kind", "currency", "net", "tax", "amount", "facts", "people")),
        ]  # fmt: skip
