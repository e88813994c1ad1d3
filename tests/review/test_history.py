"""An auditor reads over HTTP who did what to whom, what changed from what to what, when, why and on which request."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.directory.people import Practitioner
from tests.api.house import House
from tests.review.story import Told, data, happen

HISTORY, LINES = "/api/audit/history", "/api/audit/history.ndjson"


async def account(house: House, *roles: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await house.client(*(roles or ("auditor",))).get(HISTORY, params=asked))
    return found


def fields(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["from"], change["to"]) for change in entry["changes"]}


def of(entries: list[dict[str, Any]], stream: UUID) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["stream_id"] == str(stream)]


@pytest.mark.requirement("R007")
class TestAccount:
    @pytest.mark.requirement("R434")
    @pytest.mark.requirement("R538")
    async def test_says_who_what_when_why_and_on_which_request(self, house: House) -> None:
        told = await happen(house)
        amended = of(await account(house, person=told.patient), told.allergy)[1]
        assert amended["who"] == {"id": str(told.doctor), "role": "practitioner", "name": "Dr. Rita Leal",
                                  "on_behalf_of": None}  # fmt: skip
        assert amended["what"] == "An allergy or intolerance was amended."
        assert amended["effective_at"] == "2026-01-05T09:00:00Z"
        assert told.moments[1].isoformat() < amended["recorded_at"] < told.moments[2].isoformat()
        assert amended["why"] == {"purpose": None, "reason_code": "corrected", "reason": "Read it again"}
        assert amended["request"]["correlation_id"] == str(told.request)
        assert UUID(amended["request"]["command_id"]) != told.request

    @pytest.mark.requirement("R476")
    async def test_shows_each_field_from_what_to_what(self, house: House) -> None:
        told = await happen(house)
        entries = await account(house, person=told.patient)
        recorded, amended, retracted = of(entries, told.allergy)
        assert fields(recorded)["content.allergen"] == (None, "Penicillin")
        assert fields(amended) == {"content.severity": ("Mild", "Severe"), "content.reaction": (None, "Hives")}
        assert fields(retracted) == {"retracted": (False, True)}
        held, confirmed, cancelled = of(entries, told.appointment)
        assert fields(held)["notes"] == (None, "By the window")
        assert fields(confirmed)["status"] == ("PENDING", "CONFIRMED")
        assert fields(cancelled)["status"] == ("CONFIRMED", "CANCELLED")
        assert cancelled["why"]["code"] == "PATIENT_REQUEST"

    async def test_is_of_a_person_a_stream_an_actor_a_window_or_all_of_these(self, house: House) -> None:
        told = await happen(house)
        mine = await account(house, person=told.patient)
        assert {entry["person_id"] for entry in mine} == {str(told.patient)}
        assert await account(house, stream=told.allergy) == of(mine, told.allergy)
        done = await account(house, actor=told.doctor)
        assert {entry["who"]["id"] for entry in done} == {str(told.doctor)}
        assert [entry["version"] for entry in of(done, told.allergy)] == [1, 2, 3]
        begin, end = told.moments[1].isoformat(), told.moments[2].isoformat()
        window = await account(house, since=begin, until=end)
        assert [(entry["stream_id"], entry["version"]) for entry in window] == [(str(told.allergy), 2)]
        assert window == await account(house, person=told.patient, actor=told.doctor, since=begin, until=end)
        assert await account(house, person=told.patient, actor=uuid4()) == []

    async def test_of_a_part_still_shows_what_was_before_it(self, house: House) -> None:
        told = await happen(house)
        whole = of(await account(house, person=told.patient), told.allergy)
        after = await account(house, since=told.moments[1].isoformat(), stream=told.allergy)
        assert after == whole[1:]

    async def test_is_paged_by_position_without_loss(self, house: House) -> None:
        told = await happen(house)
        auditor, whole = house.client("auditor"), await account(house, person=told.patient)
        paged: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            answer = await auditor.get(HISTORY, params={"person": str(told.patient), "after": after, "limit": 2})
            page = data(answer)
            assert len(page) <= 2
            paged += page
            after = answer.json()["meta"]["next"]
        assert paged == whole

    async def test_keeps_therapy_notes_from_auditors_and_erased_data_from_everyone(self, house: House) -> None:
        told = await happen(house)
        note = {"kind": "unopened"}
        assert fields(of(await account(house, person=told.patient), told.note)[0])["content"] == (None, note)
        events = data(await house.client("auditor").get(f"/api/streams/{told.note}/events"))
        assert [event["data"]["content"] for event in events] == [note]
        opened = of(await account(house, "auditor", "counselor", person=told.patient), told.note)[0]
        assert fields(opened)["content.session_note"] == (None, "Sleeps well")
        await house.services.keys.destroy(house.services.key_pool, house.tenant, told.patient)
        _, amended, _ = of(await account(house, person=told.patient), told.allergy)
        assert fields(amended) == {"content": ({"kind": "erased"}, {"kind": "erased"})}
        assert amended["why"]["reason"] == {"kind": "erased"}

    async def test_is_for_auditors_of_the_same_clinic_alone(self, house: House) -> None:
        told = await happen(house)
        asked = {"person": str(told.patient)}
        for role in ("doctor", "patient", "receptionist", "analyst"):
            assert (await house.client(role).get(HISTORY, params=asked)).status_code == 403
        assert data(await house.client("auditor", tenant=uuid4()).get(HISTORY, params=asked)) == []

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({}, "unbounded"),
            ({"since": "2026-03-01", "until": "2026-01-01"}, "ends-before-it-begins"),
            ({"since": "yesterday"}, "invalid-request"),
            ({"person": "x"}, "invalid-request"),
            ({"person": str(uuid4()), "after": -1}, "invalid-request"),
        ],
    )
    async def test_says_what_is_wrong_with_the_question(self, house: House, asked: dict[str, Any], code: str) -> None:
        for path in (HISTORY, LINES):
            refused = await house.client("auditor").get(path, params=asked)
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)


class TestLines:
    async def test_are_the_events_as_recorded(self, house: House) -> None:
        told = await happen(house)
        auditor = house.client("auditor")
        streamed = await auditor.get(LINES, params={"person": str(told.patient)})
        assert streamed.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in streamed.text.splitlines()]
        read = data(await auditor.get(f"/api/streams/{told.allergy}/events"))
        assert [without_stream(line) for line in lines if line["stream_id"] == str(told.allergy)] == read
        assert [line["position"] for line in lines] == [
            entry["position"] for entry in await account(house, person=told.patient)
        ]

    async def test_leave_out_what_was_read_before(self, house: House) -> None:
        told = await happen(house)
        auditor, asked = house.client("auditor"), {"person": str(told.patient)}
        whole = (await auditor.get(LINES, params=asked)).text.splitlines()
        half = json.loads(whole[3])["position"]
        assert (await auditor.get(LINES, params={**asked, "after": half})).text.splitlines() == whole[4:]


def without_stream(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "stream_id"}


class TestState:
    async def state(self, house: House, stream: UUID, **asked: Any) -> httpx.Response:
        return await house.client("auditor").get(f"/api/audit/streams/{stream}/state", params=asked)

    async def test_is_that_after_a_version_or_at_a_moment(self, house: House) -> None:
        told = await happen(house)
        severities = [data(await self.state(house, told.allergy, version=n))["said"]["content"] for n in (1, 2)]
        assert [s.get("severity") for s in severities] == ["Mild", "Severe"]
        known = [data(await self.state(house, told.allergy, at=m.isoformat())) for m in told.moments[1:]]
        assert [(then["version"], then["versions"], then["state"]["retracted"]) for then in known] == [
            (1, 3, False), (2, 3, False), (3, 3, True),
        ]  # fmt: skip
        assert data(await self.state(house, told.appointment))["state"]["status"] == "CANCELLED"
        doctor = Practitioner.stream_of(house.tenant, told.doctor)
        assert data(await self.state(house, doctor))["said"]["person"]["names"][0]["text"] == "Dr. Rita Leal"

    async def test_that_never_was_is_not_there(self, house: House) -> None:
        told = await happen(house)
        for answer in [
            await self.state(house, uuid4()),
            await self.state(house, told.allergy, version=4),
            await self.state(house, told.allergy, at=told.moments[0].isoformat()),
        ]:
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not-found")
        both = await self.state(house, told.allergy, version=1, at="2026-01-01")
        assert (both.status_code, both.json()["error"]["code"]) == (422, "version-or-moment")


class TestChartDifference:
    async def between(self, house: House, told: Told, begin: int, end: int, **more: Any) -> list[dict[str, Any]]:
        asked = {"from": told.moments[begin].isoformat(), "to": told.moments[end].isoformat(), **more}
        path = f"/api/audit/patients/{told.patient}/chart/difference"
        found: list[dict[str, Any]] = data(await house.client("auditor").get(path, params=asked))["differences"]
        return found

    async def test_names_each_change_with_its_author(self, house: House) -> None:
        told = await happen(house)
        [amended] = await self.between(house, told, 1, 2)
        assert (amended["difference"], amended["version_before"], amended["version_after"]) == ("amended", 1, 2)
        assert fields(amended) == {"content.severity": ("Mild", "Severe"), "content.reaction": (None, "Hives")}
        [step] = amended["steps"]
        assert (step["who"]["name"], step["author_id"]) == ("Dr. Rita Leal", str(told.doctor))
        assert (step["why"]["reason"], step["request"]["correlation_id"]) == ("Read it again", str(told.request))

    async def test_tells_added_from_amended_from_retracted_from_passing(self, house: House) -> None:
        told = await happen(house)
        kinds = {(b, e): [d["difference"] for d in await self.between(house, told, b, e)]
                 for b, e in [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (2, 2)]}  # fmt: skip
        assert kinds == {(0, 1): ["added"], (0, 2): ["added"], (1, 3): ["retracted"], (2, 3): ["retracted"],
                         (0, 3): ["passing"], (2, 2): []}  # fmt: skip

    async def test_is_about_what_held_true_then(self, house: House) -> None:
        told = await happen(house)
        assert await self.between(house, told, 0, 2, valid_at="2026-01-01") == []
        assert [d["difference"] for d in await self.between(house, told, 0, 2, valid_at="2026-01-06")] == ["added"]

    async def test_of_nobody_known_or_backwards_is_refused(self, house: House) -> None:
        told = await happen(house)
        auditor = house.client("auditor")
        nobody = await auditor.get(
            f"/api/audit/patients/{uuid4()}/chart/difference", params={"from": "2026-01-01", "to": "2026-02-01"}
        )
        assert (nobody.status_code, nobody.json()["error"]["code"]) == (404, "not-found")
        backwards = await auditor.get(
            f"/api/audit/patients/{told.patient}/chart/difference", params={"from": "2026-02-01", "to": "2026-01-01"}
        )
        assert (backwards.status_code, backwards.json()["error"]["code"]) == (422, "ends-before-it-begins")
