"""An event is a fact that happened: an immutable, typed record with a permanent topic.

The class says which of its fields are personal and about whom; how they are sealed is the codec's business.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")

#: The field by which a withheld value, or a tagged content structure, says what it is.
KIND = "kind"


class Erased(msgspec.Struct, frozen=True, tag_field=KIND, tag="erased"):
    """Stands where a personal value was whose key has been destroyed: it can never be read again."""


class Unopened(msgspec.Struct, frozen=True, tag_field=KIND, tag="unopened"):
    """Stands where a personal value is sealed and nobody asked to open it (aggregates and most projectors)."""


class SealedMark:
    """Annotation that marks a field as personal."""


Sealed = Annotated[T | Erased | Unopened, SealedMark()]
"""A personal field: stored only under the key of the event's subject. ``Sealed[str]`` reads as str, or as withheld.

``T`` is a scalar, a list, or a structure tagged by :data:`KIND` (see :class:`Content`)."""


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field=KIND):
    """Base of structures that stand in a sealed field; each subclass gives its own ``tag``."""


class Retention(StrEnum):
    """Retention class: which of a person's data keys seals an event, and so how long it may live."""

    PROFILE = "profile"
    MESSAGING = "messaging"
    CLINICAL = "clinical"
    BILLING = "billing"
    AUDIT = "audit"


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events.

    ``TOPIC`` and ``VERSION`` name the shape for ever; ``SUBJECT`` names the field with the id of the person the
    event is about (None: about nobody); an older shape is brought up to date by ``upcast``.
    """

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1
    SUBJECT: ClassVar[str | None] = None
    RETENTION: ClassVar[Retention] = Retention.CLINICAL

    @property
    def subject_id(self) -> UUID | None:
        """Opaque id of the person the event is about, or None."""
        return getattr(self, self.SUBJECT) if self.SUBJECT else None

    @classmethod
    def upcast(cls, version: int, fields: dict[str, object]) -> dict[str, object]:
        """Return ``fields`` of schema ``version`` as they stand in ``version + 1``. Classes past version 1 override."""
        raise NotImplementedError(f"{cls.TOPIC} has no upcast from version {version}")


def withheld(value: object) -> bool:
    """Whether a sealed field's value cannot be read here (erased, or never opened)."""
    return isinstance(value, Erased | Unopened)
