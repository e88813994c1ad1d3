"""For people who are not signed in: accounts, log-ins, refreshed tokens, forgotten passwords."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api import metrics
from api.auth import schemas
from api.entering import COOKIE, Entering, admitted, belonging
from api.envelope import Envelope, answer
from api.marks import limited
from api.once import once
from api.security import anonymous
from application.identity import passwords, signing_in, signing_up, staying
from application.identity.signing_in import Typed
from application.ports.tokens import RefreshRefused

router = APIRouter(prefix="/api/auth", tags=["auth"])
SENT: dict[int | str, dict[str, Any]] = {202: {"model": Envelope[schemas.SentView]}}
ADMITTED: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.AdmissionView]}}
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.DoneView]}}


def sent() -> Response:
    """Answer the same to everyone, whoever has the address."""
    return answer({"status": "check-your-mail"}, 202)


@router.post("/register", status_code=202, response_model=None, summary="Ask for an account", responses=SENT)
@limited("register")
@anonymous
@once
async def register(body: schemas.RegisterBody, entry: Entering) -> Response:
    await signing_up.register(
        entry.doors, entry.visit, email=body.email, password=body.password.get_secret_value(), name=body.name.strip(),
        phone=body.phone, locale=body.locale,
    )  # fmt: skip
    return sent()


@router.post("/login", response_model=None, summary="Sign in with a password", responses=ADMITTED)
@limited("login")
@anonymous
@once
async def login(body: schemas.LoginBody, entry: Entering) -> Response:
    code = body.code.get_secret_value() if body.code else None
    typed = Typed(body.email, body.password.get_secret_value(), code, body.organization_id)
    with metrics.signing_in("password"):
        admission = await signing_in.by_password(entry.doors, entry.visit, typed)
    return admitted(entry.services, admission, cookie=body.cookie, organizations=await belonging(entry, admission))


@router.post("/refresh", response_model=None, summary="Renew the tokens", responses=ADMITTED)
@anonymous
async def refresh(body: schemas.RefreshBody, entry: Entering) -> Response:
    cookie = entry.request.cookies.get(COOKIE)
    token = body.refresh_token.get_secret_value() if body.refresh_token else cookie
    if not token:
        raise RefreshRefused("Send the refresh token in the body, or as the cookie.")
    admission = await staying.renew(entry.doors, entry.visit, token, body.organization_id)
    return admitted(entry.services, admission, cookie=body.refresh_token is None)


@router.post(
    "/forgot-password", status_code=202, response_model=None, summary="Ask for another password", responses=SENT
)
@limited("forgot-password")
@anonymous
@once
async def forgot_password(body: schemas.EmailBody, entry: Entering) -> Response:
    await signing_up.ask_to_reset(entry.doors, entry.visit, body.email)
    return sent()


@router.post("/reset-password", response_model=None, summary="Choose another password by a link", responses=DONE)
@limited("login")
@anonymous
@once
async def reset_password(body: schemas.ResetBody, entry: Entering) -> Response:
    secret, password = body.token.get_secret_value(), body.password.get_secret_value()
    await passwords.reset(entry.doors, entry.visit, secret, password)
    return answer({"status": "done"})


@router.post("/otp/request", status_code=202, response_model=None, summary="Ask for a one-time code", responses=SENT)
@limited("otp")
@anonymous
@once
async def request_code(body: schemas.EmailBody, entry: Entering) -> Response:
    await signing_up.ask_to_sign_in(entry.doors, entry.visit, body.email)
    return sent()


@router.post("/otp/verify", response_model=None, summary="Sign in, or begin, with a code", responses=ADMITTED)
@limited("login")
@anonymous
@once
async def verify_code(body: schemas.VerifyBody, entry: Entering) -> Response:
    second = body.second_factor.get_secret_value() if body.second_factor else None
    typed = Typed(body.email, body.code.get_secret_value(), second, body.organization_id)
    with metrics.signing_in("code"):
        admission = await signing_in.by_code(entry.doors, entry.visit, typed)
    return admitted(entry.services, admission, cookie=body.cookie, organizations=await belonging(entry, admission))
