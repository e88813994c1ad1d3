"""Chapter: everyone signs up and signs in for themselves; the clinic gives them their roles."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from scripts.demonstration.house import House
from scripts.demonstration.people import Person
from scripts.demonstration.story import Step

PASSWORD = "a long walk by the river"  # noqa: S105 - nobody's but the demonstration's
CLINIC, ZONE = "Caretrail Demonstration Clinic", "Asia/Kolkata"
CONFIRM, INVITE = "confirm-registration", "invitation"
ROLES = {
    "Maria Lopes": "clinic_admin",
    "Rui Prata": "doctor",
    "Sara Neves": "receptionist",
    "Tomas Reis": "finance_billing",
    "Uma Rao": "auditor",
    "Vera Pires": "analyst",
    "Ada Pinto": "patient",
    "Ben Costa": "patient",
    "Cleo Dias": "patient",
}


class Cast(NamedTuple):
    """Who the story is about, each signed in to act in the clinic."""

    admin: Person
    doctor: Person
    receptionist: Person
    finance: Person
    auditor: Person
    analyst: Person
    ada: Person
    ben: Person
    cleo: Person

    @property
    def patients(self) -> tuple[Person, Person, Person]:
        """Those who book."""
        return self.ada, self.ben, self.cleo


def tell(step: Step, house: House) -> Cast:
    """Begin the clinic, sign everybody up, invite them, and see who may come in."""
    cast = Cast(*(house.someone(name) for name in ROLES))
    _begin(step, house, cast)
    _register(step, house, cast)
    _invite(step, house, cast)
    _second_factor(step, cast.auditor)
    step.table(("signed in", "role in the clinic"), [[person.name, ", ".join(person.roles)] for person in cast])
    given = {name: (role,) for name, role in ROLES.items()}
    held = {person.name: person.roles for person in cast}
    step.check("everyone holds the role the clinic gave them, and no other", held, given)
    _turned_away(step, house, cast)
    return cast


def _begin(step: Step, house: House, cast: Cast) -> None:
    step.say(f"The operator begins the clinic and invites {cast.admin.name} to keep it.")
    details = ("--name", CLINIC, "--admin-email", cast.admin.email, "--zone", ZONE, "--currency", "INR")
    step.command("organization", "create", "--name", f"'{CLINIC}'", *details[2:])
    house.clinic = UUID(house.facts_of("organization", "create", *details)["organization"])
    house.login = {"email": cast.admin.email, "password": PASSWORD, "organizationId": str(house.clinic)}


def _register(step: Step, house: House, cast: Cast) -> None:
    """Everyone asks for an account, and confirms their address with the code that was sent to it."""
    for person in cast:
        body = {"email": person.email, "password": PASSWORD, "name": person.name}
        person.post("/api/auth/register", body, expect=202)
    step.say(f"{len(cast)} people ask for an account. A code goes to each address; the operator reads the spool.")
    step.command("notices", "--open")
    codes = house.mail(CONFIRM, cast)
    for person in cast:
        confirmed = {"email": person.email, "code": codes[person.email]}
        person.admit(person.post("/api/auth/otp/verify", confirmed, expect=200))
    elsewhere = cast.ada.get(f"/api/organizations/{house.clinic}", expect=404)
    step.check("an account alone leads nowhere: the clinic is not there for it", elsewhere.code, "not-found")


def _invite(step: Step, house: House, cast: Cast) -> None:
    """The first administrator accepts and invites the others; each joins, and goes on in the clinic."""
    _join(house, [cast.admin])
    step.say(f"{cast.admin.name} follows the link, and invites the others with the roles they shall hold.")
    others = [person for person in cast if person is not cast.admin]
    for person in others:
        body = {"email": person.email, "roles": [ROLES[person.name]]}
        cast.admin.post(f"/api/organizations/{house.clinic}/invitations", body)
    _join(house, others)


def _join(house: House, invited: list[Person]) -> None:
    links = house.mail(INVITE, invited)
    for person in invited:
        person.post("/api/invitations/accept", {"token": links[person.email]}, expect=200)
        switch = {"organizationId": str(house.clinic)}
        person.admit(person.post("/api/auth/switch-organization", switch, expect=200))


def _second_factor(step: Step, auditor: Person) -> None:
    """An auditor's role is held by those only who showed a second factor."""
    from pyotp import TOTP

    step.check("the auditor's role waits for a second factor", auditor.roles, ())
    secret = auditor.post("/api/auth/totp/enrol", expect=200).data["secret"]
    shown = {"code": TOTP(secret).at(datetime.now(UTC) - timedelta(seconds=30))}
    auditor.admit(auditor.post("/api/auth/totp/confirm", shown, expect=200))


def _turned_away(step: Step, house: House, cast: Cast) -> None:
    """Nobody learns at the door which addresses have an account."""
    stranger = house.someone("Some Body")
    guesses = [{"email": email, "password": "guessed"} for email in (cast.ada.email, "no.one@example.org")]
    said = [stranger.post("/api/auth/login", body, expect=401).error for body in guesses]
    alike = {(error["code"], error["message"]) for error in said}
    step.check("a wrong password and an unknown address are answered alike", len(alike), 1)
    body = {"email": cast.doctor.email, "password": PASSWORD, "organizationId": str(house.clinic)}
    again = stranger.post("/api/auth/login", body, expect=200).data
    step.check("the right password leads to the account, and to its role", again["roles"], list(cast.doctor.roles))
    events, chart = f"/api/streams/{cast.doctor.id}/events", f"/api/ehr/patients/{cast.ada.id}/chart"
    refused = [cast.doctor.get(events, expect=403), cast.analyst.get(chart, expect=403)]
    step.check("a doctor may not read the log, nor an analyst a chart",
               [answer.code for answer in refused], ["not-permitted"] * 2)  # fmt: skip
