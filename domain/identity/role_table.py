"""The policy table: per role and ownership, a resource and its actions on a line. What does not stand here is denied.

``*``: all that people do with a resource; ``* *``: with every one but the strict; ``everything``: what is no person.
"""

from domain.kernel.ownership import Ownership

EVERYTHING, ALL = "everything", "*"
Grants = dict[Ownership, str]


def _to(*, own: str = "", assigned: str = "", organisation: str = "", any: str = "") -> Grants:
    return {
        Ownership.OWN: own,
        Ownership.ASSIGNED: assigned,
        Ownership.ORGANISATION: organisation,
        Ownership.ANY: any,
    }


#: What everyone who is signed in may do, whatever their roles, and without any: look after their own account, begin an
#: organisation, and see what the one they act in is called and which roles there are.
EVERYONE = _to(
    own="account          own",
    organisation="""
        organizations    create read
        roles            read
    """,
)

#: Those at the bedside or the desk may open one person's chart to themselves in an emergency, and answer for it.
_GLASS = """
    break-glass      use read close
"""

ROLES: dict[str, Grants] = {
    # What is not a person.
    "system": _to(any=EVERYTHING),
    "front_door": _to(any="""
        accounts         register change-profile change-password sign-out enrol recover link unlink
        sessions         open end step-up move
        challenges       request
        organizations    found
        members          leave align
        invitations      answer
    """),
    # Of the platform: whoever runs it. Clinical data is the clinics'.
    "super_admin": _to(any="""
        * *
        operations       read
    """),
    "platform_admin": _to(any="""
        users            *
        clinics          *
        organizations    *
        members          *
        invitations      *
        roles            *
        settings         *
        plans            *
        analytics        read
        revenue          read
        reports          read
        operations       read
    """),
    # Of a clinic: the twelve roles of its staff and patients (super_admin stands above, patient below).
    "clinic_admin": _to(organisation="* *"),
    "doctor": _to(
        organisation="""
        appointments     create read remarks change attend schedule overbook
        calendar         read
        schedule         read
        directory        create read change
        ehr              read
        medical-records  *
        lab-reports      *
        vitals           *
        medications      *
        prescriptions    *
        alerts           *
        video            *
        queue            read change
        subscriptions    read
        plans            read
    """,
        assigned="mental-health    *",
        own="calendar         change" + _GLASS,
    ),
    "nurse": _to(
        organisation="""
        appointments     read remarks attend
        calendar         read
        schedule         read
        directory        read
        ehr              read
        medical-records  create read
        lab-reports      read
        vitals           *
        medications      read
        prescriptions    read
        alerts           *
        queue            read change
    """,
        own=_GLASS,
    ),
    "therapist": _to(
        organisation="""
        appointments     read remarks attend
        calendar         read
        schedule         read
        directory        read
        ehr              read
        medical-records  read
        lab-reports      read
        vitals           read
        medications      read
        therapy          *
        queue            read change
    """,
        assigned="mental-health    *",
        own="calendar         change" + _GLASS,
    ),
    "counselor": _to(
        organisation="""
        appointments     read remarks attend
        calendar         read
        schedule         read
        directory        read
        ehr              read
        medical-records  read
        lab-reports      read
        vitals           read
        medications      read
        counseling       *
        mental-health    *
    """,
        own="calendar         change" + _GLASS,
    ),
    "pharmacist": _to(organisation="""
        directory        read
        medications      *
        prescriptions    *
        inventory        *
    """),
    "lab_technician": _to(organisation="""
        directory        read
        lab-reports      *
        queue            read
    """),
    "receptionist": _to(
        organisation="""
        appointments     create read remarks change attend schedule overbook
        calendar         *
        schedule         read
        scheduling       *
        directory        create read change
        queue            *
        plans            read
        subscriptions    create read use pause renew
        invoices         create read
    """,
        own=_GLASS,
    ),
    "finance_billing": _to(organisation="""
        billing          *
        plans            *
        subscriptions    *
        invoices         *
        payments         *
        revenue          read
        appointments     read
    """),
    "support_staff": _to(organisation="""
        appointments     read
        calendar         read
        schedule         read
        directory        read
        queue            read
        plans            read
    """),
    "patient": _to(
        own="""
        appointments     create read remarks change
        schedule         read
        ehr              read
        medical-records  read
        lab-reports      read
        vitals           read
        medications      read
        prescriptions    read
        subscriptions    create read use
        invoices         read
        payments         read
        notifications    read
        privacy          export
        access           read
        delegations      *
    """,
        organisation="""
        calendar         read
        plans            read
    """,
    ),
    # Of a practice, an agency, a family.
    "practitioner": _to(
        assigned="""
        appointments     create read remarks change attend schedule
        schedule         read
        ehr              read
        medical-records  *
        lab-reports      read
        vitals           *
        medications      *
        mental-health    *
    """,
        own="calendar         change",
        organisation="""
        calendar         read
        plans            read
    """,
    ),
    "caregiver": _to(
        assigned="""
        appointments     read remarks attend
        schedule         read
        ehr              read
        medical-records  read
        medications      read
        vitals           create read
    """,
        organisation="calendar         read",
    ),
    "coordinator": _to(organisation="""
        appointments     create read remarks change schedule
        calendar         *
        schedule         read
        directory        create read change
        alerts           read
    """),
    #: Only for whom a person delegated it to, and as far as the flags of the delegation say (see DELEGATED).
    "family_delegate": _to(own="""
        appointments     read
        schedule         read
        subscriptions    read
        invoices         read
        notifications    read
    """),
    # Those who look over everybody's shoulder.
    "auditor": _to(organisation="""
        streams          read
        audit            read prove open
        access           read origin
        break-glass      read
        privacy          read
        members          read
        invitations      read
        api-keys         read
        appointments     read remarks
        ehr              read
        medical-records  read
        lab-reports      read
        vitals           read
        medications      read
        invoices         read
        subscriptions    read
    """),
    "analyst": _to(organisation="""
        revenue          read
        analytics        read
        reports          read
    """),
    "privacy_officer": _to(organisation="""
        privacy          read erase hold export restricted
        access           read origin
        directory        read
        break-glass      read close review
    """),
}  # fmt: skip

#: Other names of roles, as the systems that Caretrail unites have them.
ALIASES = {
    "client": "patient",
    "user": "patient",
    "family": "family_delegate",
    "healer": "practitioner",
    "expert": "practitioner",
    "clinic": "clinic_admin",
    "admin": "platform_admin",
}

#: What a delegation lets a family delegate see, and by which of its flags.
DELEGATED = {
    "appointments:read": "schedule",
    "schedule:read": "schedule",
    "subscriptions:read": "billing",
    "invoices:read": "billing",
    "notifications:read": "updates",
}
