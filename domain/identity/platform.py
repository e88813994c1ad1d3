"""The tenant that owns what belongs to no organisation: users, their sessions, and the owners of API keys."""

from uuid import UUID

PLATFORM = UUID("c0de0000-0000-8000-8000-0000ca7e7a11")
