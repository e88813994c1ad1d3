"""Routes of subscriptions and of booking on them."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from adapters.bootstrap import families
from api.asking import Asking, paged
from api.billing import answers, schemas, views
from api.billing.access import there
from api.envelope import Envelope
from api.keeping import Shown, kept, kept_page
from api.paging import CLINICAL, Page
from api.security import permit
from application.billing.cancel_subscription import CancelSubscription
from application.billing.check_booking import CheckBooking
from application.billing.pause_subscription import PauseSubscription, ResumeSubscription
from application.billing.renew_subscription import RenewSubscription
from application.billing.start_subscription import StartSubscription
from application.booking.book_on_subscription import BookOnSubscription
from application.booking.take_off_subscription import TakeOffSubscription
from domain.kernel.errors import NotFound
from domain.scheduling.kinds import AppointmentType
from projections.kernel.reader import Reader
from projections.subscription_quota import queries

router = APIRouter(prefix="/api/billing", tags=["billing subscriptions"])
READ = "subscriptions:read"
DONE = {"model": Envelope[answers.SubscriptionDone]}
BOOKED: dict[int | str, dict[str, Any]] = {
    200: {"model": Envelope[answers.Booked]},
}


@router.post(
    "/subscriptions", status_code=201, response_model=None, summary="Subscribe a person to a plan",
    responses={201: DONE},
)  # fmt: skip
@permit("subscriptions:create")
async def start(body: schemas.SubscriptionBody, ask: Asking) -> Response:
    if body.clinic_id is not None:
        ask.same_tenant(body.clinic_id)
    command = StartSubscription(person_id=body.user_id, plan_id=body.plan_id, zone=body.time_zone)
    return await ask.command(command, status=201)


@router.get(
    "/subscriptions/user/{user_id}", response_model=None, summary="List a person's subscriptions, latest first",
    responses={200: {"model": Envelope[list[answers.SubscriptionView]]}},
)  # fmt: skip
@permit(READ)
async def of_user(user_id: UUID, ask: Asking, page: Annotated[Page, paged(CLINICAL, queries.OF_PERSON)]) -> Response:
    await ask.fresh("subscription_quota")
    find = partial(queries.of_person, tenant_id=ask.tenant, person_id=user_id)
    return await kept_page(ask, families.SUBSCRIPTIONS, user_id, page=page, find=find, view=views.subscription)


@router.get(
    "/subscriptions/user/{user_id}/active", response_model=None, summary="Read a person's active subscription",
    responses={200: {"model": Envelope[answers.SubscriptionView]}},
)  # fmt: skip
@permit(READ)
async def active(user_id: UUID, ask: Asking) -> Response:
    await ask.fresh("subscription_quota")

    async def make(reader: Reader) -> Shown:
        row = await queries.active(reader, ask.tenant, user_id)
        if row is None:
            raise NotFound("This person has no active subscription here.")
        return Shown(views.subscription(row), row["version"])

    found = await kept(ask, families.SUBSCRIPTIONS, user_id, "active", make=make)
    return ask.answer(found.body, found.version)


@router.get(
    "/subscriptions/{subscription_id}", response_model=None, summary="Read a subscription",
    responses={200: {"model": Envelope[answers.SubscriptionView]}},
)  # fmt: skip
@permit(READ)
async def one(subscription_id: UUID, ask: Asking) -> Response:
    await ask.fresh("subscription_quota")
    found = await queries.subscription(ask.reader, ask.tenant, subscription_id)
    row = there(found, "subscription")
    return ask.answer(views.subscription(row), row["version"])


@router.post(
    "/subscriptions/{subscription_id}/cancel", response_model=None, responses={200: DONE},
    summary="End a subscription with its period, or at once",
)  # fmt: skip
@permit("subscriptions:use")
async def cancel(subscription_id: UUID, ask: Asking, body: schemas.CancellationBody | None = None) -> Response:
    at_period_end = body.at_period_end if body else True
    return await ask.command(CancelSubscription(subscription_id=subscription_id, at_period_end=at_period_end))


@router.post(
    "/subscriptions/{subscription_id}/pause", response_model=None, responses={200: DONE},
    summary="Let a subscription rest: nothing is renewed or booked",
)  # fmt: skip
@permit("subscriptions:pause")
async def pause(subscription_id: UUID, ask: Asking) -> Response:
    return await ask.command(PauseSubscription(subscription_id=subscription_id))


@router.post(
    "/subscriptions/{subscription_id}/resume", response_model=None, responses={200: DONE},
    summary="Let a paused subscription go on from today",
)  # fmt: skip
@permit("subscriptions:pause")
async def resume(subscription_id: UUID, ask: Asking) -> Response:
    return await ask.command(ResumeSubscription(subscription_id=subscription_id))


@router.post(
    "/subscriptions/{subscription_id}/renew", response_model=None, responses={200: DONE},
    summary="Begin the periods that are due, without waiting for the clock",
)  # fmt: skip
@permit("subscriptions:renew")
async def renew(subscription_id: UUID, ask: Asking) -> Response:
    return await ask.command(RenewSubscription(subscription_id=subscription_id))


@router.get(
    "/subscriptions/{subscription_id}/can-book-appointment", response_model=None,
    summary="Ask whether an appointment can be booked on the subscription now",
    responses={200: {"model": Envelope[answers.CanBook]}},
)  # fmt: skip
@permit(READ)
async def can_book(
    subscription_id: UUID, ask: Asking, type: Annotated[AppointmentType, Query()] = AppointmentType.IN_PERSON
) -> Response:
    outcome = await ask.run(CheckBooking(subscription_id=subscription_id, appointment_type=type.value))
    ask.saw([UUID(str(outcome.answer["userId"]))])
    return ask.answer({"id": outcome.id, "version": outcome.version, **outcome.answer}, outcome.version)


@router.get(
    "/subscriptions/{subscription_id}/usage-stats", response_model=None,
    summary="Read what was used of a subscription, by period and type of appointment",
    responses={200: {"model": Envelope[answers.Usage]}},
)  # fmt: skip
@permit(READ)
async def usage(subscription_id: UUID, ask: Asking) -> Response:
    await ask.fresh("subscription_quota")
    found = await queries.subscription(ask.reader, ask.tenant, subscription_id)
    row = there(found, "subscription")
    lines = await queries.usage(ask.reader, ask.tenant, subscription_id)
    return ask.answer(views.usage(row, lines), row["version"])


@router.post(
    "/subscriptions/{subscription_id}/book-appointment/{appointment_id}", response_model=None, responses=BOOKED,
    summary="Let the subscription pay for an appointment (once per appointment)",
)  # fmt: skip
@permit("subscriptions:use")
async def book(subscription_id: UUID, appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(BookOnSubscription(subscription_id=subscription_id, appointment_id=appointment_id))


@router.post(
    "/appointments/{appointment_id}/cancel-subscription", response_model=None,
    summary="Take an appointment off its subscription and give its place back",
    responses={200: {"model": Envelope[answers.Booked]}},
)  # fmt: skip
@permit("subscriptions:use")
async def take_off(appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(TakeOffSubscription(appointment_id=appointment_id))
