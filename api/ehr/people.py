"""Patients, practitioners and organisations over HTTP."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from adapters.bootstrap import families
from api.asking import Ask, Asking, paged
from api.ehr import people_schemas as schemas
from api.ehr import views
from api.envelope import Envelope
from api.keeping import kept_page
from api.paging import CLINICAL, Page
from api.security import permit
from application.directory.correct_organization import CorrectOrganization
from application.directory.correct_patient import CorrectPatient
from application.directory.correct_practitioner import CorrectPractitioner
from application.directory.register_organization import RegisterOrganization
from application.directory.register_patient import RegisterPatient
from application.directory.register_practitioner import RegisterPractitioner
from domain.directory.people import Facts
from domain.kernel.errors import NotFound
from projections.directory import queries

router = APIRouter(prefix="/api/ehr", tags=["directory"])
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.Registered]}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[schemas.Registered]}}
ONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[schemas.PersonView]}}
MANY: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.PersonView]]}}
PeoplePage = Annotated[Page, paged(CLINICAL, queries.PEOPLE)]
PlacesPage = Annotated[Page, paged(CLINICAL, queries.ORGANIZATIONS)]
PLACES: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[list[schemas.OrganizationView]]}}


@router.post("/patients", status_code=201, response_model=None, summary="Register a patient", responses=MADE)
@permit("directory:create")
async def register_patient(body: schemas.PatientBody, ask: Asking) -> Response:
    return await ask.command(RegisterPatient(person=body.content(), patient_id=body.patient_id), status=201)


@router.get("/patients", response_model=None, summary="List the clinic's patients", responses=MANY)
@permit("directory:read")
async def list_patients(ask: Asking, page: PeoplePage) -> Response:
    return await _people(ask, "patient", page)


@router.get("/patients/{patient_id}", response_model=None, summary="Read who a patient is", responses=ONE)
@permit("ehr:read")
async def get_patient(patient_id: UUID, ask: Asking) -> Response:
    return await _person(ask, "patient", patient_id)


@router.put("/patients/{patient_id}", response_model=None, summary="Correct a patient's details", responses=DONE)
@permit("directory:change")
async def correct_patient(patient_id: UUID, body: schemas.Details, ask: Asking) -> Response:
    return await ask.command(CorrectPatient(patient_id=patient_id, person=body.content()))


@router.post("/practitioners", status_code=201, response_model=None, summary="Register a practitioner", responses=MADE)
@permit("directory:create")
async def register_practitioner(body: schemas.PractitionerBody, ask: Asking) -> Response:
    command = RegisterPractitioner(person=body.content(), practitioner_id=body.practitioner_id)
    return await ask.command(command, status=201)


@router.get("/practitioners", response_model=None, summary="List the clinic's practitioners", responses=MANY)
@permit("directory:read")
async def list_practitioners(ask: Asking, page: PeoplePage) -> Response:
    return await _people(ask, "practitioner", page)


@router.get(
    "/practitioners/{practitioner_id}", response_model=None, summary="Read who a practitioner is", responses=ONE
)
@permit("directory:read")
async def get_practitioner(practitioner_id: UUID, ask: Asking) -> Response:
    return await _person(ask, "practitioner", practitioner_id)


@router.put(
    "/practitioners/{practitioner_id}",
    response_model=None,
    summary="Correct a practitioner's details",
    responses=DONE,
)
@permit("directory:change")
async def correct_practitioner(practitioner_id: UUID, body: schemas.PractitionerCorrection, ask: Asking) -> Response:
    command = CorrectPractitioner(practitioner_id=practitioner_id, person=body.content(), active=body.active)
    return await ask.command(command)


@router.post("/organizations", status_code=201, response_model=None, summary="Register an organisation", responses=MADE)
@permit("directory:create")
async def register_organization(body: schemas.OrganizationBody, ask: Asking) -> Response:
    return await ask.command(RegisterOrganization(facts=Facts(**body.model_dump())), status=201)


@router.get("/organizations", response_model=None, summary="List the organisations a clinic knows", responses=PLACES)
@permit("directory:read")
async def list_organizations(ask: Asking, page: PlacesPage) -> Response:
    await ask.fresh("directory")
    find = partial(queries.organizations, tenant_id=ask.tenant)
    return await kept_page(ask, families.CLINICS, None, page=page, find=find, view=views.organization)


@router.put(
    "/organizations/{organization_id}",
    response_model=None,
    summary="Correct an organisation's details",
    responses=DONE,
)
@permit("directory:change")
async def correct_organization(organization_id: UUID, body: schemas.OrganizationBody, ask: Asking) -> Response:
    return await ask.command(CorrectOrganization(organization_id=organization_id, facts=Facts(**body.model_dump())))


async def _people(ask: Ask, role: str, page: Page) -> Response:
    await ask.fresh("directory")
    found = await queries.people(ask.reader, ask.tenant, role, page.window)
    return ask.page([views.person(row) for row in found.rows], found, page)


async def _person(ask: Ask, role: str, person_id: UUID) -> Response:
    await ask.fresh("directory")
    row = await queries.person(ask.reader, ask.tenant, role, person_id)
    if row is None:
        raise NotFound(f"There is no such {role} here.", id=str(person_id))
    return ask.answer(views.readable_person(row), version=row["version"])
