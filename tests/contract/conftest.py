"""The house, as for the tests of routes."""

from tests.api.conftest import client, drain, house

__all__ = ["client", "drain", "house"]
