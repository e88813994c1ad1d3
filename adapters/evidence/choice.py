"""Which events a bundle is of."""

from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.merkle.kinds import SOURCES


class Choice(NamedTuple):
    """Which events: all of a tenant, those about a patient, or those in a range of positions (both ends included)."""

    kind: str = "events"
    tenant_id: UUID | None = None
    patient_id: UUID | None = None
    span: tuple[int, int] | None = None

    @property
    def whole(self) -> bool:
        """Whether logs are wanted whole, so that nothing can be left out unseen."""
        return self.patient_id is None and self.span is None

    def where(self) -> tuple[sql.Composed, list[Any]]:
        """Return the condition on rows, and its parameters."""
        wanted = {"tenant_id = %s": self.tenant_id, "subject_id = %s": self.patient_id}
        tests: dict[str, list[Any]] = {test: [value] for test, value in wanted.items() if value is not None}
        if self.span is not None:
            tests["position BETWEEN %s AND %s"] = list(self.span)
        return sql.SQL(" AND ").join(map(sql.SQL, tests)), [value for values in tests.values() for value in values]

    def said(self) -> dict[str, Any]:
        """Return it as the manifest says it."""
        ids = {"tenant": self.tenant_id, "patient": self.patient_id}
        return (
            {"kind": self.kind} | {n: str(v) for n, v in ids.items() if v} | ({"range": self.span} if self.span else {})
        )

    @property
    def relation(self) -> sql.SQL:
        """The table they stand in."""
        return sql.SQL(SOURCES[self.kind].relation.decode())


def people(connection: psycopg.Connection[Any], choice: Choice) -> tuple[list[UUID], int]:
    """Return whom the chosen events are about, and how many events there are."""
    where, values = choice.where()
    query = sql.SQL("SELECT subject_id, count(*) FROM {} WHERE {} GROUP BY 1").format(choice.relation, where)
    found = connection.execute(query, values).fetchall()
    return [row[0] for row in found if row[0] is not None], sum(int(row[1]) for row in found)
