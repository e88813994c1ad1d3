"""Erasing and exporting from the command line, with nothing else running."""

import asyncio
import json
import os
import subprocess
import sys
from uuid import uuid4

from adapters.settings import ROOT
from domain.access.events import DisclosureMade, RecordRead
from tests.api.house import House
from tests.api.looks import last
from tests.privacy.people import admitted, words


async def caretrail(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"DATABASE_URL": house.database_url, "CARETRAIL_STATE": str(house.services.settings.state)}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scripts.cli", *arguments, "--tenant", str(house.tenant)],
            cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return await asyncio.to_thread(run)


class TestErase:
    async def test_asks_first_carries_out_what_it_can_and_says_what_is_kept_and_why(self, house: House) -> None:
        known = await admitted(house)
        person = str(known.id)
        operator = str(uuid4())
        exported = await caretrail(house, "export", person, "--format", "fhir", "--as", operator)
        assert json.loads(exported.stdout)["resourceType"] == "Bundle"
        assert words(known.id, "allergen") in exported.stdout
        looks = (await house.client("auditor").get(f"/api/audit/patients/{person}/accesses")).json()["data"]
        assert [look["action"] for look in looks if look["actor"] == operator] == ["privacy:export"]
        unsure = await caretrail(house, "erase", person)
        assert unsure.returncode != 0
        erased = await caretrail(house, "erase", person, "--yes", "--json")
        facts = json.loads(erased.stdout)
        assert (erased.returncode, facts["status"]) == (0, "under-way")
        (kept,) = facts["classes"]
        assert (kept["retention"], kept["status"], kept["source"]) == ("clinical", "restricted", "42 CFR 424.516(f)")
        again = await caretrail(house, "erase", person, "--yes")
        assert again.returncode == 2
        assert "already" in again.stderr
        gone = await house.client("doctor").get(f"/api/ehr/patients/{person}")
        assert gone.status_code in {404, 410}
        house.project()
        gone = await house.client("doctor").get(f"/api/ehr/patients/{person}")
        assert gone.status_code == 410

    async def test_knows_when_nothing_is_recorded(self, house: House) -> None:
        nobody = await caretrail(house, "erase", str(uuid4()), "--yes")
        assert nobody.returncode == 2
        assert "Nothing is recorded" in nobody.stderr


class TestExport:
    async def test_is_written_down_first_and_for_others_as_a_disclosure(self, house: House) -> None:
        person = (await admitted(house)).id
        for purpose, entry in (("PATRQT", RecordRead), ("HLEGAL", DisclosureMade)):
            done = await caretrail(house, "export", str(person), "--purpose", purpose)
            assert done.returncode == 0, done.stderr
            assert type(last(house)) is entry
            assert (last(house).subjects, last(house).resource) == ([person], "caretrail export")
