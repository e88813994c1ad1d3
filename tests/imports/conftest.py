"""The house of the API tests, and an importer into it."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.fhir.importer import Circumstances, Importer
from tests.api.conftest import house
from tests.api.house import House

__all__ = ["house"]


@pytest.fixture
def importer(house: House) -> Callable[..., Importer]:
    """``importer(tenant)``: a run into the house."""

    def make(tenant: UUID | None = None) -> Importer:
        services = house.services
        given = Circumstances(tenant or house.tenant, services.new_id, lambda: datetime.now(UTC))
        return Importer(services.dispatcher, services.store, given)

    return make
