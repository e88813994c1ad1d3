"""An import takes each bundle whole or not at all, twice adds nothing, the books balance, and the charts show it."""

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import carebundle
import psycopg
import pytest

from adapters.fhir import files
from adapters.fhir.importer import Importer
from adapters.fhir.refusal import Unusable
from adapters.rebuilding import rebuild_read_model
from domain.kernel.ids import derived_id
from domain.scheduling.events import AppointmentImported
from tests.api.house import House
from tests.imports.sample import REAL, bundle, entry, needs_real_bundles, packed

Import = Callable[..., Importer]


def events_in(house: House, tenant: UUID | None = None) -> int:
    with psycopg.connect(house.database_url) as connection:
        query = "SELECT count(*) FROM event_store.events WHERE tenant_id = %s"
        row = connection.execute(query, (tenant or house.tenant,)).fetchone()
        return int(row[0]) if row else 0


async def run(importer: Importer, paths: list[Path]) -> dict[str, object]:
    async for _ in importer.run(files.bundles_in(paths)):
        pass
    return importer.report.facts()


class TestImport:
    async def test_shows_in_chart_directory_and_summary(self, house: House, importer: Import) -> None:
        made = importer()
        await made.take("one.json", packed(bundle()))
        assert made.report.refusals == []
        house.project()
        patient = derived_id("fhir", house.tenant, "Patient", "00000000-0000-4000-8000-000000000001")
        answer = await house.client("doctor").get(f"/api/ehr/patients/{patient}/chart")
        entries = answer.json()["data"]["entries"]
        assert len(entries) == 10
        assert {e["recordType"] for e in entries} == {
            "vital", "lab_report", "lifestyle_assessment", "medical_history", "medication", "immunization", "allergy",
            "surgical_record", "radiology_report",
        }  # fmt: skip
        summary = (await house.client("doctor").get(f"/api/ehr/patients/{patient}/summary")).json()["data"]
        assert [a["allergen"] for a in summary["allergies"]] == ["Penicillin"]
        assert (summary["medications"], summary["conditions"]) == ([], [])

    async def test_twice_adds_nothing_and_says_what_was_here(self, house: House, importer: Import) -> None:
        first, second = importer(), importer()
        await first.take("one.json", packed(bundle()))
        before = events_in(house)
        await second.take("one.json", packed(bundle()))
        assert events_in(house) == before == 15
        assert first.report.already.total() == 0
        assert second.report.already == second.report.imported == first.report.imported
        assert second.report.balanced

    async def test_adds_only_what_is_new_of_a_bundle_that_has_grown(self, house: House, importer: Import) -> None:
        await importer().take("one.json", packed(bundle()))
        grown = bundle()
        subject = {"reference": grown["entry"][0]["fullUrl"]}
        condition = {"resourceType": "Condition", "subject": subject, "code": {"text": "Gout"}, "onsetDateTime": "2021"}
        grown["entry"].append(entry(17, condition))
        again = importer()
        await again.take("one.json", packed(grown))
        assert events_in(house) == 16
        assert again.report.imported["Condition"] - again.report.already["Condition"] == 1

    async def test_refuses_a_bad_bundle_whole_and_takes_the_others(
        self, house: House, importer: Import, tmp_path: Path
    ) -> None:
        bad = bundle()
        bad["entry"][14]["resource"]["total"] = {"value": 1}
        (tmp_path / "a.json").write_bytes(packed(bad))
        (tmp_path / "b.json").write_bytes(b"{")
        (tmp_path / "c.json.gz").write_bytes(gzip.compress(packed(bundle()))[:-9])
        (tmp_path / "d.json.gz").write_bytes(gzip.compress(packed(bundle())))
        (tmp_path / "notes.txt").write_text("not a bundle")
        made = importer()
        facts = await run(made, [tmp_path])
        refusals = [(r.file, r.entry, r.resource, r.code) for r in made.report.refusals]
        assert refusals == [
            ("a.json", 14, "Claim", "missing-currency"),
            ("b.json", None, None, "not-json"),
            ("c.json.gz", None, None, "unreadable"),
        ]
        assert (facts["files"], facts["taken"], facts["balanced"]) == (4, 1, True)
        assert made.report.refused["CarePlan"] == made.report.not_mapped["CarePlan"] == 1
        assert events_in(house) == 15

    async def test_waits_for_what_another_file_brings_and_refuses_what_never_comes(
        self, house: House, importer: Import, tmp_path: Path
    ) -> None:
        waiting = bundle()
        waiting["entry"][3]["resource"]["serviceProvider"]["reference"] = "Organization/later"
        hospital = {"resourceType": "Organization", "id": "later", "name": "Later Hospital"}
        collection = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": hospital}]}
        lost = {"resourceType": "Bundle", "type": "collection", "entry": [bundle()["entry"][0], bundle()["entry"][8]]}
        lost["entry"][1]["resource"]["encounter"] = {"reference": "Encounter/never"}
        for name, document in {"1.json": waiting, "2.json": collection, "3.json": lost}.items():
            (tmp_path / name).write_bytes(packed(document))
        made = importer()
        await run(made, [tmp_path])
        assert [(r.file, r.entry, r.code) for r in made.report.refusals] == [("3.json", 1, "unknown-reference")]
        assert made.report.taken == 2
        assert made.report.balanced

    @pytest.mark.parametrize("name", ["patient_timeline", "patient_summary", "directory", "critical_alerts"])
    async def test_leaves_read_models_that_a_rebuild_makes_the_same(
        self, house: House, importer: Import, name: str
    ) -> None:
        await importer().take("one.json", packed(bundle()))
        await house.drain()
        tables = await asyncio.to_thread(
            rebuild_read_model, house.services.settings, name, False, lambda done, of: None
        )
        assert all(table.same for table in tables)
        assert sum(table.new_rows for table in tables) > 0

    async def test_keeps_tenants_apart(self, house: House, importer: Import) -> None:
        other = UUID("01900000-0000-7000-8000-0000000000ff")
        await importer().take("one.json", packed(bundle()))
        await importer(other).take("one.json", packed(bundle()))
        assert (events_in(house), events_in(house, other)) == (15, 15)

    async def test_finds_a_practitioner_of_another_file_by_identifier(
        self, house: House, importer: Import, tmp_path: Path
    ) -> None:
        document = bundle()
        reference = "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999"
        document["entry"][3]["resource"]["participant"] = [{"individual": {"reference": reference}}]
        doctor = {
            "resourceType": "Practitioner", "id": "npi", "name": [{"text": "Dr. Mocklin"}],
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "9999"}],
        }  # fmt: skip
        collection = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": doctor}]}
        made = importer()
        await made.take("visit.json", packed(document))
        assert made.report.taken == 0
        await made.take("practitioners.json", packed(collection))
        await made.settle()
        assert (made.report.taken, made.report.refusals) == (2, [])
        visit = derived_id("fhir", house.tenant, "Encounter", "00000000-0000-4000-8000-000000000004")
        (event,) = await house.services.streams.read(house.tenant, visit, opened=False)
        assert isinstance(event.event, AppointmentImported)
        assert event.event.practitioner_id == derived_id("fhir", house.tenant, "Practitioner", "npi")
        alone = importer(uuid4())
        await alone.take("visit.json", packed(document))
        await alone.settle()
        assert [(r.code, r.entry) for r in alone.report.refusals] == [("unknown-reference", 3)]

    async def test_takes_the_bundles_that_carebundle_makes(self, house: House, importer: Import) -> None:
        made = importer()
        for n, profile in enumerate(carebundle.PROFILES):
            content = carebundle.to_json(carebundle.generate_bundle(profile=profile, seed=n)).encode()
            await made.take(profile, content)
        assert made.report.refusals == []
        assert made.report.balanced
        assert made.report.imported["Observation"] >= 100


class TestFiles:
    def test_that_are_not_there_are_said_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            files.bundles_in([tmp_path / "nowhere"])

    def test_are_refused_when_they_unpack_to_more_than_is_bearable(self, tmp_path: Path) -> None:
        (tmp_path / "big.json.gz").write_bytes(gzip.compress(b" " * 3_000_000))
        with pytest.raises(Unusable, match="too-large"):
            files.read(tmp_path / "big.json.gz", most=2_000_000)


@needs_real_bundles
class TestRealBundles:
    async def test_are_taken_whole_with_balanced_books_and_seen_in_the_read_models(
        self, house: House, importer: Import
    ) -> None:
        made = importer()
        facts = await run(made, [REAL])
        assert made.report.refusals == []
        assert (facts["files"], made.report.balanced) == (22, True)
        assert made.report.read.total() == 6161
        assert made.report.not_mapped == {"ExplanationOfBenefit": 561, "CarePlan": 65, "Goal": 25}
        assert made.report.imported.total() - made.report.already.total() == events_in(house) == 5446
        house.project()
        with psycopg.connect(house.database_url) as connection:
            counted = connection.execute(
                """SELECT (SELECT count(*) FROM read.patient_timeline WHERE tenant_id = %(tenant)s),
                    (SELECT count(*) FROM read.directory WHERE tenant_id = %(tenant)s)""",
                {"tenant": house.tenant},
            ).fetchone()
        records = sum(
            made.report.imported[name]
            for name in ("Observation", "DiagnosticReport", "Condition", "Procedure", "MedicationRequest",
                         "Immunization", "AllergyIntolerance", "ImagingStudy")
        )  # fmt: skip
        people = {name: made.report.imported[name] - made.report.already[name] for name in ("Patient", "Practitioner")}
        assert counted == (records, sum(people.values()))
        again = importer()
        await run(again, [REAL])
        assert events_in(house) == 5446
        assert again.report.already == again.report.imported
