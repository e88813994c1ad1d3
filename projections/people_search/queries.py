"""People found by what is known of them: candidates by token, each looked at opened before it is believed."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from domain.directory.content import Person
from domain.kernel.errors import Invalid
from projections.kernel.reader import Reader, Row
from projections.people_search.terms import EMAIL, PATIENT, PHONE, PRACTITIONER, Clues

#: So many are opened for one search at most; who would get more has to say more.
CANDIDATES = 1_000
# Candidates are not named as persons are: who is not meant comes into nobody's view, and so not into the access log.
_CANDIDATES = """SELECT person_id AS id, role, stream_id, version, active,
        sealed, key_id, sealed_version, sealed_type, sealed_schema
    FROM read.people_search
    WHERE tenant_id = %(tenant)s AND role = ANY(%(roles)s)
        AND person_id IN (SELECT read.people_with(%(tokens)s::int[]))
    ORDER BY person_id, role LIMIT %(limit)s"""


class SearchTooBroad(Invalid):
    """Too many people may be meant."""

    code = "search-too-broad"


async def people(
    reader: Reader,
    tenant_id: UUID,
    roles: Collection[str],
    clues: Clues,
    *,
    limit: int,
    offset: int,
    at_most: int = CANDIDATES,
) -> tuple[list[Row], int]:
    """Return one page of those found, by name, each with ``id`` and the opened ``person``; and their total.

    Whoever is erased or closed is not found. Raises SearchTooBroad when more than ``at_most`` would have to be opened.
    """
    wanted = clues.wanted()
    tokens = await reader.tokens(tenant_id, wanted.terms)
    asked = {"tenant": tenant_id, "roles": list(roles), "tokens": tokens, "limit": at_most + 1}
    candidates = await reader.rows(_CANDIDATES, asked)
    if len(candidates) > at_most:
        raise SearchTooBroad("Too many people may be meant: say more of whom you look for.", candidates=at_most)
    found = []
    for row in await reader.opened(tenant_id, candidates, "stream_id"):
        if row.get("person") is not None:
            person = msgspec.convert(row["person"], Person)
            if wanted.found_in(person):
                found.append(row | {"person": person})
    found.sort(key=lambda row: (row["person"].names[0].text.casefold(), row["id"]))
    return found[offset : offset + limit], len(found)


__all__ = ["CANDIDATES", "EMAIL", "PATIENT", "PHONE", "PRACTITIONER", "Clues", "SearchTooBroad", "people"]
