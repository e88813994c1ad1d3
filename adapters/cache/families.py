"""The table of what is cached: for how long, from which consumers, about whom, under whose key."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from adapters.merkle.kinds import consumer_name
from domain.catalogue import EVENTS
from domain.identity.events import UserRegistered
from domain.kernel.event import Retention

#: The consumer that passes every event, whatever the topic: for what is read from the event store itself.
LOG = consumer_name("events")
#: What is kept at all is gone after this.
LONGEST_SECONDS = 3600


class About(StrEnum):
    """What changes a value."""

    PERSON = "person"
    """Events about one person, and those about nobody."""
    NOBODY = "nobody"
    """Events about nobody: public facts of a clinic."""
    CLINIC = "clinic"
    """Every event of the clinic."""


class Source(NamedTuple):
    """A consumer whose events change a value; ``topics``: only these."""

    consumer: str
    topics: frozenset[str] | None = None


class Family(NamedTuple):
    """One kind of value, always sealed: under the person's key of the class ``retention``, where it shows what lies
    sealed under that, else under the tenant's own. ``compressed``: when it is long. ``stale``: while one makes it anew,
    others are given the one before.
    """

    name: str
    seconds: int
    sources: tuple[Source, ...]
    about: About
    retention: Retention | None = None
    compressed: bool = True
    stale: bool = False

    def tags(self, tenant_id: UUID, person_id: UUID | None) -> list[str]:
        """Return the marks that a value of the family is held against."""
        return [tag for source in self.sources for tag in _tags(self.about, source.consumer, tenant_id, person_id)]


def _tags(about: About, consumer: str, tenant_id: UUID, person_id: UUID | None) -> list[str]:
    match about:
        case About.CLINIC:
            return [clinic_tag(consumer, tenant_id)]
        case About.NOBODY:
            return [person_tag(consumer, tenant_id, None)]
        case About.PERSON:
            return [person_tag(consumer, tenant_id, person_id), person_tag(consumer, tenant_id, None)]


def clinic_tag(consumer: str, tenant_id: UUID) -> str:
    """Return the name of the mark that every event of a clinic moves."""
    return f"{consumer}/{tenant_id}"


def person_tag(consumer: str, tenant_id: UUID, person_id: UUID | None) -> str:
    """Return the name of the mark that events about a person (None: about nobody) move."""
    return f"{consumer}/{tenant_id}/{person_id or '-'}"


PLANS = Family("billing_plans", 3600, (Source("plans"),), About.NOBODY, stale=True)
CLINICS = Family("clinics", 3600, (Source("directory"),), About.NOBODY, stale=True)
SUBSCRIPTIONS = Family("user_subscriptions", 1800, (Source("subscription_quota"),), About.PERSON)
COMPREHENSIVE = Family(
    "ehr:comprehensive", 1800, (Source("patient_summary"), Source("patient_timeline")), About.PERSON,
    retention=Retention.CLINICAL,
)  # fmt: skip
FREE_TIMES = Family("free_times", 60, (Source("free_times"),), About.CLINIC)
_OF_USERS = frozenset(topic for topic in EVENTS if topic.startswith("identity.user."))
USER = Family("user", 3600, (Source(LOG, _OF_USERS),), About.PERSON, retention=Retention.PROFILE)
USER_EMAIL = Family(
    "user_email", 3600, (Source(LOG, frozenset({UserRegistered.TOPIC})),), About.CLINIC, compressed=False
)
USER_SEARCH = Family("user_search", 1800, (Source("people_search"),), About.CLINIC)

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        PLANS, CLINICS, SUBSCRIPTIONS, COMPREHENSIVE, FREE_TIMES, USER, USER_EMAIL, USER_SEARCH,
    )
}  # fmt: skip

#: What families show that read the event store itself, and so are ahead of every consumer.
READ_AT_ONCE = frozenset(
    topic for family in FAMILIES.values() for source in family.sources if source.consumer == LOG
    for topic in source.topics or ()
)  # fmt: skip
