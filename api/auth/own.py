"""For people who are signed in: their sessions, their password, their second factor."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.asking import Asking, paged
from api.auth import schemas, views
from api.entering import admitted, left, visit
from api.envelope import Envelope, answer
from api.marks import limited
from api.once import once
from api.paging import PUBLIC, Page
from api.security import permit
from application.identity import leaving, passwords, second_factors, staying
from domain.identity.kinds import Method, SessionEnd
from domain.identity.platform import PLATFORM
from projections.sessions import queries

router = APIRouter(prefix="/api/auth", tags=["auth"])
ADMITTED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.AdmissionView]}}
CONFIRMED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.ConfirmationView]}}
ENROLMENT: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.EnrolmentView]}}
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.DoneView]}}
ENDED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.EndedView]}}
SESSIONS: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.SessionView]]}}


@router.post("/logout", response_model=None, summary="Sign out", responses=DONE)
@permit("account:own")
@once
async def logout(ask: Asking) -> Response:
    user_id, session_id = views.own_session(ask)
    await leaving.end(ask.doors, visit(ask.request), user_id, session_id, SessionEnd.LOGGED_OUT)
    return left({"status": "done"})


@router.post("/logout-everywhere", response_model=None, summary="Sign out of every session", responses=ENDED)
@permit("account:own")
@once
async def logout_everywhere(ask: Asking) -> Response:
    user_id, _ = views.own_session(ask)
    return left({"ended": await leaving.end_all(ask.doors, visit(ask.request), user_id)})


@router.post("/change-password", response_model=None, summary="Choose another password", responses=ADMITTED)
@limited("own-secret")
@permit("account:own")
@once
async def change_password(body: schemas.ChangePasswordBody, ask: Asking) -> Response:
    user_id, session_id = views.own_session(ask)
    old, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    email = (await views.profile(ask))["email"]
    admission = await passwords.change(
        ask.doors, visit(ask.request), user_id, session_id, email=email, old=old, new=new
    )  # fmt: skip
    return admitted(ask.services, admission)


@router.post("/totp/enrol", response_model=None, summary="Begin with an authenticator", responses=ENROLMENT)
@permit("account:own")
@once
async def enrol(ask: Asking) -> Response:
    user_id, _ = views.own_session(ask)
    enrolment = await second_factors.enrol(ask.doors, user_id, (await views.profile(ask))["email"])
    return answer({"secret": enrolment.secret, "uri": enrolment.uri})


@router.post("/totp/confirm", response_model=None, summary="Show a first code of it", responses=CONFIRMED)
@limited("own-secret")
@permit("account:own")
@once
async def confirm(body: schemas.CodeBody, ask: Asking) -> Response:
    user_id, session_id = views.own_session(ask)
    here = visit(ask.request)
    codes = await second_factors.confirm(ask.doors, here, user_id, body.code.get_secret_value())
    admission = await staying.proven(ask.doors, here, user_id, session_id, [Method.TOTP])
    return admitted(ask.services, admission, recoveryCodes=codes)


@router.post(
    "/switch-organization", response_model=None, summary="Act in another of one's organisations", responses=ADMITTED
)
@permit("account:own")
@once
async def switch_organization(body: schemas.SwitchBody, ask: Asking) -> Response:
    user_id, session_id = views.own_session(ask)
    admission = await staying.switch(ask.doors, visit(ask.request), user_id, session_id, body.organization_id)
    return admitted(ask.services, admission)


@router.post("/step-up", response_model=None, summary="Prove once more who you are", responses=ADMITTED)
@limited("own-secret")
@permit("account:own")
@once
async def step_up(body: schemas.StepUpBody, ask: Asking) -> Response:
    user_id, session_id = views.own_session(ask)
    password = body.password.get_secret_value() if body.password else None
    code = body.code.get_secret_value() if body.code else None
    admission = await staying.step_up(
        ask.doors, visit(ask.request), user_id, session_id, password=password, code=code
    )  # fmt: skip
    return admitted(ask.services, admission)


@router.get("/sessions", response_model=None, summary="List one's open sessions, latest first", responses=SESSIONS)
@permit("account:own")
async def list_sessions(ask: Asking, page: Annotated[Page, paged(PUBLIC, queries.SESSIONS)]) -> Response:
    await ask.fresh("sessions")
    alive = await ask.doors.refresh_tokens.alive(ask.caller.actor_id)
    found = await queries.open_sessions(ask.platform_reader, PLATFORM, ask.caller.actor_id, alive, page.window)
    return ask.page([views.session(row, ask.caller.session_id) for row in found.rows], found, page)


@router.delete("/sessions/{session_id}", response_model=None, summary="End one of one's sessions", responses=DONE)
@permit("account:own")
async def end_session(session_id: UUID, ask: Asking) -> Response:
    await leaving.end(ask.doors, visit(ask.request), ask.caller.actor_id, session_id, SessionEnd.REMOVED)
    return answer({"status": "done"})
