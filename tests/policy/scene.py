"""What happens in a clinic to somebody, until there is one of everything."""

from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
from uuid_utils.compat import uuid7

from domain.records.critical_alert import alert_id
from tests.api import clinics
from tests.api.billing import BASIC
from tests.api.clinics import Clinic
from tests.api.house import House
from tests.api.people import Person, someone, told
from tests.api.scheduling import body as booking
from tests.api.scheduling import soon
from tests.api.test_ehr import BODIES, PULSE

Ids = dict[str, str]
RECORDS = tuple(BODIES)
NAMED = {"names": [{"text": "Fen Mocklin"}]}
WEEK = {"zone": "Europe/Lisbon", "hours": [{"weekday": n, "opens": "00:00", "closes": "24:00"} for n in range(7)]}
HOLD = {"basis": "gdpr-17-3-e", "personId": str(UUID(int=7))}
FLAGS = {"canViewSchedule": True, "canViewBilling": True, "canReceiveUpdates": True}


class Cast(NamedTuple):
    """Who things are about, who attends to them, and who opens charts in an emergency; and a member's account."""

    patient: UUID
    attendant: UUID
    opener: UUID
    member: Person


async def cast(house: House, place: Clinic) -> Cast:
    """Return people of the clinic."""
    return Cast(uuid7(), uuid7(), uuid7(), await clinics.member(house, place, "doctor"))


def nowhere() -> Ids:
    """Return ids of what there is no way to delete: nothing has them, and nothing had."""
    names = ("clinic_id", "organization_id", "delegate_id", "practitioner_id", "session_id")
    return {name: str(uuid7()) for name in names}


class Scene:
    """One clinic, with somebody to whom things happen."""

    def __init__(self, house: House, place: Clinic, cast: Cast) -> None:
        self.house, self.place, self.cast = house, place, cast
        self.tenant = clinics.tenant(place)
        self.person, self.attendant = str(cast.patient), str(cast.attendant)
        self.admin = self.client("clinic_admin")
        self.care = self.client("doctor", "counselor", actor=cast.attendant)

    def client(self, *roles: str, actor: UUID | None = None) -> httpx.AsyncClient:
        return self.house.client(*roles, tenant=self.tenant, actor=actor)

    async def made(self, path: str, body: dict[str, Any], by: httpx.AsyncClient | None = None, name: str = "id") -> str:
        answer = await (by or self.admin).post(path, json=body)
        assert answer.status_code in (200, 201, 202), (path, answer.text)
        return str(answer.json()["data"][name])

    async def held(self) -> str:
        """Place a legal hold."""
        return await self.made("/api/privacy/legal-holds", HOLD, name="holdId")

    async def things(self) -> Ids:
        """Return one of everything, all of it alive."""
        ids = {
            "patient_id": self.person, "user_id": self.person, "clinic_id": str(self.tenant),
            "organization_id": str(self.tenant), "practitioner_id": self.attendant, "delegate_id": str(uuid7()),
            "day": soon(90).date().isoformat(), "session_id": self.cast.member.session,
            "member": str(self.cast.member.id),
        }  # fmt: skip
        told(await self.admin.put(f"/api/practitioners/{self.attendant}/working-hours", json=WEEK))
        ids["appointment_id"] = await self.booked()
        ids |= await self.recorded()
        ids["plan_id"] = await self.made("/api/billing/plans", BASIC)
        ids["subscription_id"] = await self.subscribed(ids["plan_id"])
        ids["glass_id"] = await self.opened_glass()
        ids["hold_id"] = await self.held()
        ids["erasure_id"] = ids["case_id"] = await self.asked_to_be_erased()
        ids["ehr:organization_id"] = await self.made("/api/ehr/organizations", {"name": "Example Hospital"})
        return ids | await self.kept()

    async def deleted(self) -> Ids:
        """Return one of everything that was taken back, cancelled, closed or erased."""
        ids = nowhere() | {"day": soon(91).date().isoformat()}
        ids["appointment_id"] = await self.booked()
        told(await self.admin.delete(f"/api/appointments/{ids['appointment_id']}"))
        ids |= await self.recorded()
        await self.house.drain()
        for path in RECORDS:
            told(await self.care.delete(f"/api/ehr/{path}/{ids[f'{path}:record_id']}"))
        ids["plan_id"] = await self.made("/api/billing/plans", BASIC)
        ids["subscription_id"] = await self.subscribed(ids["plan_id"])
        await self.house.drain()
        await self.find(ids)
        told(await self.admin.delete(f"/api/billing/plans/{ids['plan_id']}"))
        url = f"/api/billing/subscriptions/{ids['subscription_id']}/cancel"
        told(await self.admin.post(url, json={"atPeriodEnd": False}))
        told(await self.admin.post(f"/api/billing/invoices/{ids['invoice_id']}/void"))
        ids["glass_id"] = await self.opened_glass()
        told(await self.admin.post(f"/api/access/break-glass/{ids['glass_id']}/close"))
        ids["hold_id"] = await self.held()
        told(await self.admin.delete(f"/api/privacy/legal-holds/{ids['hold_id']}"))
        ids["erasure_id"] = ids["case_id"] = ids["ehr:organization_id"] = str(uuid7())
        return ids | await self.taken_back() | await self.forgotten()

    async def registered(self) -> None:
        """Let the clinic know both of them."""
        await self.made("/api/ehr/patients", {**NAMED, "patientId": self.person})
        await self.made("/api/ehr/practitioners", {**NAMED, "practitionerId": self.attendant})

    async def booked(self) -> str:
        """Book an appointment between them, far from any other."""
        self.days = getattr(self, "days", 2) + 1
        body = booking(self.cast.patient, self.cast.attendant, soon(self.days), outright=True)
        return await self.made("/api/appointments", body)

    async def recorded(self) -> Ids:
        """Record one entry of each kind, one of which is alarming; return their ids, and those of what comes of it."""
        ids: Ids = {}
        for path, body in (BODIES | {"vitals": PULSE}).items():
            made = await self.made(f"/api/ehr/{path}", {"patientId": self.person, **body}, self.care)
            ids[f"{path}:record_id"] = made
        vital = ids["vitals:record_id"]
        return ids | {"stream_id": vital, "alert_id": str(alert_id(UUID(vital)))}

    async def subscribed(self, plan_id: str) -> str:
        """Subscribe the person to a plan."""
        return await self.made("/api/billing/subscriptions", {"userId": self.person, "planId": plan_id})

    async def opened_glass(self) -> str:
        """Let the opener break the glass, for somebody of whom nothing is known."""
        opener = self.client("nurse", actor=self.cast.opener)
        body = {"patientId": str(uuid4()), "reason": "Unconscious"}
        return await self.made("/api/access/break-glass", body, opener)

    async def asked_to_be_erased(self) -> str:
        """Ask for the erasure of somebody of whom something is recorded."""
        who = await self.made("/api/ehr/patients", NAMED)
        return await self.made("/api/privacy/erasures", {"personId": who, "note": "By letter"})

    async def kept(self) -> Ids:
        """Return an API key and an invitation that stand."""
        keeper = self.place.admin.client
        key = {"name": f"key-{uuid7()}", "roles": ["clinic_admin"]}
        asked = {"email": someone(), "roles": ["nurse"]}
        return {
            "key_id": await self.made("/api/api-keys", key, keeper),
            "invitation_id": await self.made(f"{self.place.path}/invitations", asked, keeper),
        }

    async def taken_back(self) -> Ids:
        """Return an API key and an invitation that were taken back, and somebody who is no member any more."""
        ids, keeper = await self.kept(), self.place.admin.client
        told(await keeper.delete(f"/api/api-keys/{ids['key_id']}"))
        told(await keeper.delete(f"{self.place.path}/invitations/{ids['invitation_id']}"))
        left = await clinics.member(self.house, self.place, "nurse")
        told(await keeper.delete(f"{self.place.path}/members/{left.id}"))
        return ids | {"member": str(left.id)}

    async def forgotten(self) -> Ids:
        """Return a person whose data is erased."""
        who = await self.made("/api/ehr/patients", NAMED)
        await self.made("/api/privacy/erasures", {"personId": who})
        return {"patient_id": who, "user_id": who}

    async def delegated(self, delegate: UUID) -> None:
        """Let the person let somebody see what flags can say."""
        own = self.client("patient", actor=self.cast.patient)
        told(await own.post("/api/users/me/delegates", json={"delegateId": str(delegate), **FLAGS}), 201)

    async def find(self, ids: Ids) -> None:
        """Add what came of the subscription: its invoice, and the document."""
        if "invoice_id" in ids:
            return
        found = told(await self.admin.get(f"/api/billing/invoices/user/{self.person}"))
        mine = next(one for one in found if one["subscriptionId"] == ids["subscription_id"])
        ids["invoice_id"], ids["file_name"] = mine["id"], f"{mine['number']}.pdf"
