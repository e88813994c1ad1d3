"""What one request looks at: who asks, for what purpose, and everyone whose data was asked for or read on the way."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec
from starlette.requests import Request

from api.bounds import ASKED, COLUMNS, Bounds
from application.kernel.context import Caller
from application.kernel.reach import not_permitted
from domain.access.events import Entry
from domain.access.looks import Look
from domain.access.purpose import PurposeOfUse, usual_purpose
from domain.identity.sensitivity import Sensitivity, looked_at
from domain.kernel.errors import Kind, Refused
from projections.kernel.reader import Answer

#: How routes name a person in their path or query.
NAMED = ("patient_id", "person_id", "user_id", "patientId", "personId", "userId", "subjectId", "person", "subject")
AGENT_LENGTH = 300


class BadHeader(Refused):
    """A header has a value that cannot be understood."""

    code = "bad-header"
    kind = Kind.MALFORMED


class Looking:
    """Gathers, while a request is answered, what its entry in the access log will say.

    Nothing comes into view that is out of reach (``bounds``), and under an emergency access (``glasses``: patient to
    its id) nobody else does: that is refused here, whatever the route.
    """

    def __init__(self, request: Request, caller: Caller, permission: str) -> None:
        self.shows = looked_at(permission, request.method)
        self.caller = caller
        self.permission = permission
        self.subjects = named(request)
        self.count: int | None = None
        self.refusal: str | None = None
        self.grant: UUID | None = None
        self.bounds: Bounds | None = None
        self._glasses: Mapping[UUID, UUID] | None = None
        self._request = request
        self._told: set[UUID] = set()

    def confine(self, glasses: Mapping[UUID, UUID]) -> None:
        """From here on nothing but the charts of ``glasses`` may be seen. Raises NotPermitted."""
        self._glasses = glasses
        self.saw(self.subjects)

    def saw(self, people: Iterable[UUID]) -> None:
        """Remember people who came into view. Raises NotFound for one out of reach, NotPermitted for one whom an
        emergency access does not cover."""
        found = list(people)
        if self._glasses is None:
            self.subjects.update(found)
            if self.bounds is not None:
                self.bounds.admit(found)
            return
        for person in found:
            self.subjects.add(person)
            if person not in self._glasses:
                raise not_permitted(self.permission)
            self.grant = self._glasses[person]

    async def asked(self, parameters: Mapping[str, object], answer: Answer) -> None:
        """Remember whom a query was about, and whom it found; raise for what is out of reach."""
        people = people_in(parameters, answer)
        if self.bounds is not None:
            self.subjects.update(people)
            await self.bounds.check(parameters, answer)
        elif people:
            self.saw(people)

    @property
    def has_news(self) -> bool:
        """Whether people came into view since the last entry."""
        return len(self.subjects) > len(self._told)

    def entry(self, status: int) -> Entry:
        """Return what the access log keeps of it, answered with ``status``: whom no entry before has told of."""
        subjects = self.subjects - self._told
        self._told |= subjects
        scope, headers = self._request.scope, self._request.headers
        refused = status >= 400
        purpose = PurposeOfUse(self.caller.purpose) if self.caller.purpose else usual_purpose(self.caller.roles)
        if self.grant is not None and self.caller.purpose is None:
            purpose = PurposeOfUse.BTG
        return Look(
            actor=self.caller.actor_id,
            purpose=purpose,
            action=self.permission,
            resource=f"{scope['method']} {getattr(scope.get('route'), 'path', '')}",
            request_id=scope["request_id"],
            subjects=subjects,
            count=1 if self.count is None else self.count,
            refusal=(self.refusal or str(status)) if refused else None,
            release=self.shows is Sensitivity.RELEASE,
            on_behalf_of=self.caller.on_behalf_of,
            grant=self.grant,
            address=scope["client"][0] if scope.get("client") else None,
            agent=headers.get("user-agent", "")[:AGENT_LENGTH] or None,
        ).entry()


def people_in(parameters: Mapping[str, object], answer: Answer) -> set[UUID]:
    """Return whom a query was about, and whom it found."""
    people = {value for name in ASKED if isinstance(value := parameters.get(name), UUID)}
    for number, column in enumerate(answer.columns):
        if column in COLUMNS:
            people.update(row[number] for row in answer.rows if row[number] is not None)
    return people


def named(request: Request) -> set[UUID]:
    """Return the people a request names in its path and query."""
    given = [request.path_params.get(name) for name in NAMED]
    if request.scope["query_string"]:
        given += [request.query_params.get(name) for name in NAMED]
    return {found for text in given if text and (found := _uuid(text)) is not None}


def stated(caller: Caller, request: Request) -> Caller:
    """Return the caller with the purpose and the person behind them as the request states them. Raises BadHeader."""
    purpose, behind = request.headers.get("x-purpose-of-use"), request.headers.get("x-on-behalf-of")
    if purpose is None and behind is None:
        return caller
    if purpose is not None and purpose not in PurposeOfUse.__members__:
        raise BadHeader("X-Purpose-Of-Use takes a code of HL7 v3 PurposeOfUse, as TREAT.", header="X-Purpose-Of-Use")
    principal = caller.on_behalf_of if behind is None else _uuid(behind)
    if behind is not None and principal is None:
        raise BadHeader("X-On-Behalf-Of takes a person's id.", header="X-On-Behalf-Of")
    return msgspec.structs.replace(caller, purpose=purpose or caller.purpose, on_behalf_of=principal)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
