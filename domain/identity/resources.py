"""Every resource there is: what can be done to it, and as what FHIR resources SMART scopes speak of it."""

from typing import NamedTuple

NO_SCOPE = "-"


class Resource(NamedTuple):
    """``actions`` are people's; ``technical`` ones happen by themselves (effects, imports, the front door).

    ``scopes``: FHIR types a narrowed token must all name; without one no scope opens it. ``strict``: ``*`` in a role
    does not mean it; only a role that names it has it.
    """

    scopes: tuple[str, ...]
    actions: frozenset[str]
    technical: frozenset[str]
    strict: bool


#: resource (! is strict) | what people do | what happens by itself | FHIR types in SMART scopes (-: none; *: only all)
_TABLE = """
    access          | read origin                                         |               | AuditEvent
    account!        | own                                                 |               | -
    accounts        | | register change-profile change-password sign-out enrol recover link unlink | -
    alerts          | read acknowledge                                    | raise         | Flag
    analytics       | read                                                |               | MeasureReport
    api-keys        | create read rotate revoke                           | remind        | -
    appointments    | create read remarks change attend schedule overbook | expire remind | Appointment
    audit           | read prove open                                     |               | AuditEvent
    billing         | create read change remove                           |               | Account
    break-glass     | use read close review                               | expire notify | -
    calendar        | read change                                         |               | Schedule
    challenges      |                                                     | request       | -
    clinics         | create read change remove                           |               | Organization
    counseling      | create read change remove                           |               | Encounter
    delegations     | create read end                                     |               | Consent
    directory       | create read change                                  |               | Patient Practitioner
    doctors         | create read change remove                           |               | Practitioner
    ehr             | read                                                |               | Patient
    imports         |                                                     | create        | -
    inventory       | create read change remove                           |               | SupplyDelivery
    invitations     | create read revoke                                  | answer expire | -
    invoices        | create read issue settle void configure             | import        | Invoice
    lab-reports     | create read change retract                          |               | DiagnosticReport
    locations       | create read change remove                           |               | Location
    medical-records | create read change retract                          |               | *
    medications     | create read change retract                          |               | MedicationRequest
    members         | read change remove                                  | leave align | PractitionerRole
    mental-health!  | create read change retract                          |               | DocumentReference
    notifications   | read change                                         |               | Communication
    operations!     | read                                                |               | -
    organizations   | create read change close                            | found         | Organization
    patients        | create read change remove                           |               | Patient
    payments        | create read refund                                  |               | PaymentReconciliation
    plans           | create read change archive                          |               | InsurancePlan
    prescriptions   | create read change remove                           |               | MedicationRequest
    privacy         | read erase hold export restricted                   | carry-out     | Consent
    profile         | read change                                         |               | Person
    queue           | create read change remove                           |               | Task
    reports         | read                                                |               | MeasureReport
    revenue         | read                                                |               | MeasureReport
    roles           | read assign revoke                                  | expire        | -
    schedule        | read                                                |               | Appointment
    scheduling      | create read change remove                           |               | Slot
    sessions        | | open end step-up move | -
    settings        | read change                                         |               | -
    staff           | create read change remove                           |               | Practitioner
    streams         | read                                                |               | AuditEvent
    subscriptions   | create read use pause renew                         | mark          | Contract
    therapy         | create read change remove                           |               | CarePlan
    users           | create read change remove                           |               | Person
    video           | create read change                                  |               | Encounter
    vitals          | create read change retract                          |               | Observation
"""


def _read(table: str) -> dict[str, Resource]:
    found = {}
    for line in table.strip().splitlines():
        name, actions, technical, scopes = (part.strip() for part in line.split("|"))
        types = () if scopes == NO_SCOPE else tuple(scopes.split())
        found[name.removesuffix("!")] = Resource(
            types, frozenset(actions.split()), frozenset(technical.split()), name.endswith("!")
        )
    return found


RESOURCES: dict[str, Resource] = _read(_TABLE)


def known(permission: str) -> bool:
    """Whether there is such a permission."""
    resource, _, action = permission.partition(":")
    found = RESOURCES.get(resource)
    return found is not None and action in found.actions | found.technical
