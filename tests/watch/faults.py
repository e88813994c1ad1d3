"""Rows put into the database as our program never would; most are sound as given, and broken by one figure changed."""

from uuid import uuid4

ONE, OTHER, DOCTOR = uuid4(), uuid4(), uuid4()

SEATS = """
    INSERT INTO read.free_times VALUES
        (%(tenant)s, %(one)s, %(doctor)s, {first}, {last}, '{seats}'),
        (%(tenant)s, %(other)s, %(doctor)s, 6000001, 6000002, '{{0,0}}')"""

QUOTA = """
    INSERT INTO read.subscription_quota (
        tenant_id, subscription_id, person_id, plan_id, plan_name, status, amount, currency, interval_unit,
        interval_count, zone, covers, excludes, period, period_start, period_end, included, used, remaining,
        started_at, version)
    VALUES (%(tenant)s, %(one)s, %(one)s, %(one)s, '', '', 0, 'EUR', '', 1, 'UTC', '{{}}', '{{}}', 2, now(), now(),
        {included}, {used}, {remaining}, now(), 1);
    INSERT INTO read.subscription_usage VALUES
        (%(tenant)s, %(one)s, 1, 'A', 5, 2),
        (%(tenant)s, %(one)s, 2, 'A', {booked}, 1),
        (%(tenant)s, %(one)s, 2, 'B', 1, 0)"""

# Two invoices, over 300 and 200; the second one is paid.
MONEY = """
    INSERT INTO read.outstanding_balance (tenant_id, person_id, currency, outstanding, issued, paid)
    VALUES (%(tenant)s, %(one)s, 'EUR', {owed}, 500, {paid});
    INSERT INTO read.invoices (
        tenant_id, invoice_id, person_id, status, number, currency, net, tax, drafted_at, version)
    VALUES (%(tenant)s, %(one)s, %(one)s, 'OPEN', 'A1', 'EUR', {net}, 60, now(), 1),
        (%(tenant)s, %(other)s, %(one)s, 'PAID', 'A2', 'EUR', 200, 0, now(), 1);
    INSERT INTO read.invoice_lines (
        tenant_id, invoice_id, line_no, line_id, quantity, unit, tax_basis_points, net, tax, currency, sources)
    SELECT %(tenant)s, i, n, i, 1, net, 0, net, tax, 'EUR', '{{}}'
    FROM (VALUES (%(one)s, 1, 140, 60), (%(one)s, 2, 100, 0), (%(other)s, 1, 200, 0)) AS l(i, n, net, tax);
    INSERT INTO read.fact_revenue (
        tenant_id, invoice_id, version, kind, occurred_on, currency, net, tax, amount, is_subscription, position)
    SELECT %(tenant)s, i, n, kind, now(), 'EUR', a, 0, a, false, 1
    FROM (VALUES (%(one)s, 1, 'ISSUED', 300), (%(other)s, 1, 'ISSUED', 200), (%(other)s, 2, 'PAID', {fact}))
        AS f(i, n, kind, a)"""

EFFECT = """
    INSERT INTO effects.effects (
        key, tenant_id, name, queue, priority, ids, event_id, correlation_id, position, due_at, state)
    VALUES (gen_random_uuid(), %(tenant)s, 'remind', 'reminders', 1, '{{}}', %(one)s, %(one)s, 1,
        now() - interval '{late}', '{state}')"""

EVENT = """
    INSERT INTO {log} (
        position, tenant_id, stream_id, version, type, schema_version, data, key_id, subject_id, meta, recorded_at)
    VALUES (nextval('{sequence}'), %(tenant)s, gen_random_uuid(), 1, 'x', 1, '{{}}', {key}, {subject}, '{{}}',
        now() - interval '{ago}')"""

LEAF = """
    INSERT INTO merkle.logs (kind, tenant_id, size, root, edge, position)
    VALUES ('events', %(tenant)s, 1, '', '', 1);
    INSERT INTO merkle.tiles (kind, tenant_id, level, index, hashes, positions)
    SELECT 'events', %(tenant)s, 0, 0, '', ARRAY[max(position)] FROM event_store.events"""

KEYS = """
    INSERT INTO vault.tenant_keys VALUES (%(tenant)s, 1, 'x');
    INSERT INTO vault.data_keys (key_id, tenant_id, subject_id, retention, epoch, wrapped, created_at)
    SELECT gen_random_uuid(), %(tenant)s, gen_random_uuid(), 'clinical', 1, 'x', now() - interval '{ago}'
    FROM generate_series(1, {count})"""

EVENTS_OF_KEYS = """
    INSERT INTO event_store.events (
        position, tenant_id, stream_id, version, type, schema_version, data, key_id, subject_id, meta, recorded_at)
    SELECT nextval('event_store.position_seq'), tenant_id, key_id, 1, 'x', 1, '{}', key_id, subject_id, '{}', now()
    FROM vault.data_keys"""

PARKED = """
    INSERT INTO consumers.parked_streams (consumer, generation, stream_id, tenant_id, position, error)
    VALUES ('directory', 1, %(one)s, %(tenant)s, 1, 'KeyError')"""

# The first event of a type, a second time: in a stream where it takes effect.
AGAIN = """
    INSERT INTO event_store.events (
        position, tenant_id, stream_id, version, type, schema_version, data, sealed, key_id, subject_id, meta,
        recorded_at)
    SELECT nextval('event_store.position_seq'), e.tenant_id, {stream}, {version}, e.type, e.schema_version, e.data,
        e.sealed, e.key_id, e.subject_id, e.meta, e.recorded_at
    FROM event_store.events e WHERE e.tenant_id = %(tenant)s AND e.type = '{type}' ORDER BY e.position LIMIT 1"""
_NEXT = "(SELECT max(m.version) + 1 FROM event_store.events m WHERE m.stream_id = e.stream_id)"
DOUBLED = (
    AGAIN.format(stream="gen_random_uuid()", version=1, type="scheduling.appointment.booked"),
    AGAIN.format(stream="e.stream_id", version=_NEXT, type="billing.quota.consumed"),
    AGAIN.format(stream="e.stream_id", version=_NEXT, type="billing.invoice.paid"),
)


def event(key: str = "NULL", subject: str = "NULL", ago: str = "0 s", log: str = "event_store.events") -> str:
    """Return a statement that adds a row of no known type to a log."""
    sequence = f"{log.partition('.')[0]}.position_seq"
    return EVENT.format(log=log, sequence=sequence, key=key, subject=subject, ago=ago)
