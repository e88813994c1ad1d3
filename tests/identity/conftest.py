"""The house of the HTTP tests, for what is asked of identity without HTTP."""

from tests.api.conftest import house

__all__ = ["house"]
