"""Sums: what is given out cannot be more than there is. Taken over read models, for whose completeness the gap speaks;
each question is one statement, and so sees one moment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from adapters.watch.rule import Connection, Reading, counted
from domain.billing.states import InvoiceStatus
from domain.scheduling.slots import cell_of

MOST = 20
OWED = [InvoiceStatus.OPEN.value, InvoiceStatus.OVERDUE.value]
MONEY = ["outstanding_balance", "invoices", "fact_revenue"]

_SLOTS = b"""WITH taken AS (
        SELECT f.tenant_id, f.appointment_id, count(*) OVER (
            PARTITION BY f.tenant_id, f.practitioner_id, f.first_cell + s.n, s.seat) AS holders
        FROM read.free_times f, unnest(f.seats) WITH ORDINALITY AS s(seat, n)
        WHERE f.last_cell >= %(from)s
    ), doubled AS (SELECT DISTINCT tenant_id, appointment_id FROM taken WHERE holders > 1)
    SELECT count(*) OVER (), tenant_id, 'appointment/' || appointment_id FROM doubled ORDER BY 2, 3 LIMIT %(most)s"""
_QUOTA = b"""WITH used AS (
        SELECT tenant_id, subscription_id, period, sum(booked - released) AS booked, min(booked - released) AS least
        FROM read.subscription_usage GROUP BY tenant_id, subscription_id, period
    ), wrong AS (
        SELECT q.tenant_id, q.subscription_id FROM read.subscription_quota q
        LEFT JOIN used u USING (tenant_id, subscription_id, period)
        WHERE q.used < 0 OR q.remaining < 0 OR (q.included IS NULL) <> (q.remaining IS NULL)
            OR q.used + q.remaining <> q.included OR q.used <> coalesce(u.booked, 0)
        UNION SELECT tenant_id, subscription_id FROM used WHERE least < 0)
    SELECT count(*) OVER (), tenant_id, 'subscription/' || subscription_id FROM wrong ORDER BY 2, 3 LIMIT %(most)s"""
_LEVEL = b"""SELECT count(DISTINCT b.position) = 1 FROM consumers.bookmarks b
    JOIN consumers.generations g USING (consumer, generation) WHERE g.state = 'live' AND b.consumer = ANY(%(models)s)"""
_BALANCES = (
    b"""WITH balances AS (
        SELECT tenant_id, currency, sum(outstanding) AS owed,
            bool_or(outstanding <> issued - paid - taken_back - written_off) AS uneven
        FROM read.outstanding_balance GROUP BY tenant_id, currency
    ), open AS (
        SELECT tenant_id, currency, sum(net + tax) AS owed FROM read.invoices
        WHERE status = ANY(%(owed)s) GROUP BY tenant_id, currency
    ), facts AS (
        SELECT tenant_id, currency, sum(CASE kind WHEN 'PAID' THEN -amount ELSE amount END) AS owed
        FROM read.fact_revenue GROUP BY tenant_id, currency
    ), wrong AS (
        SELECT tenant_id, currency
        FROM balances b FULL JOIN open o USING (tenant_id, currency) FULL JOIN facts f USING (tenant_id, currency)
        WHERE b.uneven OR coalesce(b.owed, 0) <> coalesce(o.owed, 0) OR coalesce(b.owed, 0) <> coalesce(f.owed, 0)
    ) SELECT ("""
    + _LEVEL
    + b"""), (SELECT count(*) FROM wrong), w.tenant_id, 'money/' || w.currency
    FROM (VALUES (1)) AS one LEFT JOIN wrong w ON true ORDER BY 3, 4 LIMIT %(most)s"""
)
_INVOICES = b"""WITH lines AS (
        SELECT tenant_id, invoice_id, sum(net) AS net, sum(tax) AS tax FROM read.invoice_lines
        GROUP BY tenant_id, invoice_id
    ), wrong AS (
        SELECT i.tenant_id, i.invoice_id FROM read.invoices i LEFT JOIN lines l USING (tenant_id, invoice_id)
        WHERE i.number IS NOT NULL AND (i.net, i.tax) IS DISTINCT FROM (l.net::bigint, l.tax::bigint))
    SELECT count(*) OVER (), tenant_id, 'invoice/' || invoice_id FROM wrong ORDER BY 2, 3 LIMIT %(most)s"""


class Slots:
    """The reading: appointments that hold a seat, from yesterday on, that another one holds too."""

    name = "slots"
    says = "no seat is held by two appointments"
    every = 60.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Count holders of seats."""
        since = cell_of(datetime.now(UTC) - timedelta(days=1))
        return [counted(await (await connection.execute(_SLOTS, {"from": since, "most": MOST})).fetchall())]


class Quota:
    """The reading: subscriptions whose used and remaining are below zero, do not make up what is included, or are not
    what their appointments add up to."""

    name = "quota"
    says = "no quota is overdrawn, and none is lost or gained"
    every = 60.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Add up what was booked and released."""
        return [counted(await (await connection.execute(_QUOTA, {"most": MOST})).fetchall())]


class Money:
    """Two readings: currencies of clinics in which balances, open invoices and the facts of revenue do not agree on
    what is owed, and issued invoices that are not the sum of their lines."""

    name = "money"
    says = "what was billed was paid, taken back, written off or is owed"
    every = 60.0

    async def look(self, connection: Connection) -> Sequence[Reading]:
        """Hold three accounts against each other, when they stand at the same position."""
        given = {"models": MONEY, "owed": OWED, "most": MOST}
        rows = await (await connection.execute(_BALANCES, given)).fetchall()
        level, wrong = rows[0][0], [row[1:] for row in rows if row[2] is not None]
        balances = counted(wrong, "balances") if level else Reading("balances", None)
        lines = await (await connection.execute(_INVOICES, {"most": MOST})).fetchall()
        return [balances, counted(lines, "invoices")]
