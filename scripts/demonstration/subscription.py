"""Chapter: a plan with ten appointments; one is used, and comes back when it is called off."""

from typing import Any

from scripts.demonstration.cast import CLINIC, ZONE, Cast
from scripts.demonstration.day import booking, free_later
from scripts.demonstration.people import Person, eventually
from scripts.demonstration.story import Step

BILLING = "/api/billing"
SUBSCRIPTIONS = f"{BILLING}/subscriptions"
PLAN = {
    "name": "Basic Health Plan",
    "amount": "79.00",
    "currency": "INR",
    "interval": "MONTHLY",
    "appointmentsIncluded": 10,
    "appointmentTypes": {"IN_PERSON": True, "VIDEO_CALL": False},
    "taxBasisPoints": 1800,
}
ISSUER = {"name": CLINIC, "address": ["1 Example Street"], "taxNumber": "EXAMPLE-1"}


def tell(step: Step, cast: Cast) -> str:
    """Offer the plan, subscribe, book on it, call it off; return the subscription's id."""
    finance, ada = cast.finance, cast.ada
    finance.put(f"{BILLING}/settings", {"issuer": ISSUER, "currency": "INR", "timeZone": ZONE, "dueDays": 30})
    plan = finance.post(f"{BILLING}/plans", PLAN)
    step.say("The clinic offers the Basic Health Plan: INR 79.00 a month plus 18 % tax, ten visits in person.")
    body = {"userId": str(ada.id), "planId": plan.data["id"]}
    started = ada.post(SUBSCRIPTIONS, body)
    subscription = str(started.data["id"])
    step.say(f"{ada.name} subscribes.")
    active = _active(ada, started.position)
    step.check("the subscription is active with ten appointments left",
               (active["status"], active["appointmentsRemaining"]), ("ACTIVE", 10))  # fmt: skip

    visit = _booked(ada, cast, "IN_PERSON", 0)
    used = ada.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{visit}", expect=200)
    step.say("She books a visit on it: the appointment and the quota change in one transaction, over two streams.")
    step.check("nine are left", _active(ada, used.position)["appointmentsRemaining"], 9)

    _video_call(step, ada, cast, subscription)
    called_off = ada.delete(f"/api/appointments/{visit}")
    step.say("She calls the visit off. An effect, carried by the clock and the worker, gives the place back.")
    back = eventually(lambda: _active(ada, called_off.position), lambda s: s["appointmentsRemaining"] != 9, "the quota")
    step.check("ten are left again", (back["appointmentsUsed"], back["appointmentsRemaining"]), (0, 10))
    usage = ada.get(f"{SUBSCRIPTIONS}/{subscription}/usage-stats").data["usage"]
    step.look("what was booked and what was given back", f"GET {SUBSCRIPTIONS}/{subscription}/usage-stats")
    step.check("the usage tells both", [(u["booked"], u["released"]) for u in usage], [(1, 1)])
    return subscription


def _video_call(step: Step, ada: Person, cast: Cast, subscription: str) -> None:
    answer = ada.get(f"{SUBSCRIPTIONS}/{subscription}/can-book-appointment", {"type": "VIDEO_CALL"}).data
    step.check("a video call cannot be booked on it", (answer["canBook"], answer["code"]),
               (False, "appointment-type-not-covered"))  # fmt: skip
    call = _booked(ada, cast, "VIDEO_CALL", 2)
    refused = ada.post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{call}", expect=403)
    step.check("who tries is refused", refused.code, "appointment-type-not-covered")


def _booked(ada: Person, cast: Cast, kind: str, place: int) -> str:
    time = free_later(ada, cast)[place]
    held = ada.post("/api/appointments", booking(cast, ada, time, kind)).data["id"]
    return str(ada.post(f"/api/appointments/{held}/confirm", expect=200).data["id"])


def _active(ada: Person, after: int) -> dict[str, Any]:
    found: dict[str, Any] = ada.get(f"{SUBSCRIPTIONS}/user/{ada.id}/active", after=after).data
    return found
