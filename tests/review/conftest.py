"""The house of the HTTP tests, for reviews of what happened in it."""

from tests.api.conftest import house

__all__ = ["house"]
