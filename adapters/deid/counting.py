"""Counts anew what analysts may see: facts are taken together here, and only what may be told of them is written."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.deid.people import Patients
from domain.privacy.safe_harbor import FEWEST, NOBODY, Cell, Known, Traits, told

LOCK = 4_856_000_007
_TENANTS = b"""SELECT tenant_id FROM read.directory UNION SELECT tenant_id FROM read.appointment
    UNION SELECT tenant_id FROM read.patient_timeline"""
_APPOINTMENTS = """SELECT patient_id, left(starts_local, 4)::integer, type, status, count(*) FROM read.appointment
    WHERE tenant_id = %s GROUP BY 1, 2, 3, 4"""
_RECORDS = """SELECT patient_id, extract(year FROM recorded AT TIME ZONE 'UTC')::integer, record_type, count(*)
    FROM (SELECT patient_id, record_type, min(recorded_from) AS recorded FROM read.patient_timeline
          WHERE tenant_id = %s GROUP BY record_id, patient_id, record_type) AS records GROUP BY 1, 2, 3"""
_REVENUE = b"""INSERT INTO deid.revenue (month, kind, currency, net, tax, amount, facts, people)
    SELECT date_trunc('month', r.occurred_on)::date, r.kind, r.currency, sum(r.net), sum(r.tax), sum(r.amount),
        count(*), count(DISTINCT (i.tenant_id, i.person_id))
    FROM read.fact_revenue r JOIN read.invoices i USING (tenant_id, invoice_id)
    GROUP BY 1, 2, 3 HAVING count(DISTINCT (i.tenant_id, i.person_id)) >= %s"""
_COUNTED = b"INSERT INTO deid.counted (counted_at) VALUES (clock_timestamp())"
_DUE = b"""SELECT coalesce((SELECT counted_at < clock_timestamp() - make_interval(hours => %s::integer)
    FROM deid.counted), true)"""
COLUMNS = {
    "patients": ("year", "age_from", "sex", "zip3", "people"),
    "appointments": ("year", "type", "status", "age_from", "sex", "zip3", "appointments", "people"),
    "records": ("year", "record_type", "age_from", "sex", "zip3", "records", "people"),
}

Cells = defaultdict[tuple[tuple[object, ...], Traits], tuple[int, int]]


class Figures(NamedTuple):
    """Rows written per table."""

    patients: int
    appointments: int
    records: int
    revenue: int


def due(connection: psycopg.Connection[Any], hours: int) -> bool:
    """Return whether the last count is older than that, or there is none."""
    found = connection.execute(_DUE, (hours,)).fetchone()
    return bool(found and found[0])


def count_anew(connection: psycopg.Connection[Any], patients: Patients, year: int) -> Figures | None:
    """Replace every figure, in one transaction; None when another process is at it. ``year`` is the one patients' ages
    are told for. Raises UnknownKey, Forged, psycopg.Error."""
    with connection.transaction():
        found = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,)).fetchone()
        if not (found and found[0]):
            return None
        connection.execute("SET LOCAL statement_timeout = '30min'")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = '30min'")
        counted = _counted(connection, patients, year)
        for table in (*COLUMNS, "revenue", "counted"):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("deid", table)))
        rows = {table: _write(connection, table, told(cells)) for table, cells in counted.items()}
        revenue = connection.execute(_REVENUE, (FEWEST,)).rowcount
        connection.execute(_COUNTED)
        return Figures(rows["patients"], rows["appointments"], rows["records"], revenue)


def _counted(connection: psycopg.Connection[Any], patients: Patients, year: int) -> dict[str, Cells]:
    counted: dict[str, Cells] = {table: defaultdict(lambda: (0, 0)) for table in COLUMNS}
    for (tenant_id,) in connection.execute(_TENANTS).fetchall():
        known = dict(patients.of(tenant_id))
        _add(counted["patients"], ((person, year, 1) for person in known), known)
        for table, query in (("appointments", _APPOINTMENTS), ("records", _RECORDS)):
            with connection.cursor(name=table) as rows:
                _add(counted[table], rows.execute(query, (tenant_id,)), known)
    return counted


def _add(cells: Cells, rows: Iterable[tuple[Any, ...]], known: dict[UUID, Known]) -> None:
    """Add rows of (person, year, whatever else, count), one per person and kind."""
    for person_id, year, *kind, facts in rows:
        key = ((year, *kind), known.get(person_id, NOBODY).in_year(year))
        before = cells[key]
        cells[key] = (before[0] + facts, before[1] + 1)


def _write(connection: psycopg.Connection[Any], table: str, cells: list[Cell]) -> int:
    columns = COLUMNS[table]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("deid", table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    rows = [(*cell.about, *cell.traits, cell.facts, cell.people) for cell in cells]
    if table == "patients":  # one fact each: the people
        rows = [(*cell.about, *cell.traits, cell.people) for cell in cells]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
    return len(rows)
