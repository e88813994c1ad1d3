-- The event store: one door in (append), nothing ever changed afterwards.
CREATE SCHEMA event_store;

-- Starts at 0, drawn once here, so that last_value is always the last position drawn.
CREATE SEQUENCE event_store.position_seq AS bigint MINVALUE 0 START 0 CACHE 1;
SELECT nextval('event_store.position_seq');

CREATE TABLE event_store.events (
    position       bigint      NOT NULL,
    tenant_id      uuid        NOT NULL,
    stream_id      uuid        NOT NULL,
    version        integer     NOT NULL CHECK (version >= 0),
    type           text        NOT NULL,
    schema_version smallint    NOT NULL,
    data           json        NOT NULL,
    sealed         bytea,
    key_id         uuid,
    subject_id     uuid,
    meta           json        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (stream_id, version)
);
CREATE UNIQUE INDEX events_position ON event_store.events (position);
CREATE INDEX events_subject ON event_store.events (tenant_id, subject_id, position) WHERE subject_id IS NOT NULL;

CREATE TABLE event_store.unique_keys (
    tenant_id uuid NOT NULL,
    scope     text NOT NULL,
    key       text NOT NULL,
    stream_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, scope, key)
);

CREATE TABLE event_store.commands (
    command_id     uuid        PRIMARY KEY,
    tenant_id      uuid        NOT NULL,
    principal      uuid        NOT NULL,
    request_hash   bytea       NOT NULL,
    outcome        json        NOT NULL,
    first_position bigint      NOT NULL,
    last_position  bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL
);

-- Advisory keys of writers are WATERMARK + (last position drawn before theirs). The upper half is a name of ours.
CREATE FUNCTION event_store.watermark_base() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 4856287773188947968::bigint $$;

-- What append takes: rows of its batch, in arrays (parsed several times faster than JSON). Commands are numbered from 1
-- (n), events too (i); "follows" is the version that must be there already, 0 for none.
CREATE TYPE event_store.new_command AS (
    n integer, first integer, last integer, tenant_id uuid, id uuid, principal uuid, request_hash bytea, outcome json
);
CREATE TYPE event_store.key_change AS (
    n integer, tenant_id uuid, stream_id uuid, scope text, key text
);
CREATE TYPE event_store.new_event AS (
    n integer, i integer, tenant_id uuid, stream_id uuid, version integer, follows integer, schema_version smallint,
    type text, data json, meta json, sealed bytea, key_id uuid, subject_id uuid
);

-- Why a command is refused. "winner" is the command of the same batch that has what this one wanted.
CREATE TYPE event_store.refusal AS (n integer, reason text, detail text, winner integer);

-- Appends a batch of commands in one transaction, each command whole or not at all.
--
-- A command that is refused leaves nothing behind and is reported with its reason: 'command' (its id is recorded
-- already), 'key' (a unique key is held by another stream), 'version' (a stream has moved on, or the version an
-- append follows is not there), or 'again' (it collided with a command still in flight, and must be sent again).
-- Rows are always written in one global order (commands, keys taken, keys released, events; sorted within each), so
-- that batches waiting for one another cannot deadlock.
CREATE FUNCTION event_store.append(
    p_commands event_store.new_command[],
    p_takes    event_store.key_change[],
    p_releases event_store.key_change[],
    p_events   event_store.new_event[]
)
RETURNS TABLE (n integer, outcome text, detail text, last_position bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    positions bigint[];
    refused   event_store.refusal[] := '{}';
    gone      integer[] := '{}';
    before    integer[];
    stamp     timestamptz := clock_timestamp();
    blamed    text;
BEGIN
    -- The order matters: read the last position, announce it by a shared lock held until after the commit is
    -- visible, and only then draw positions. A reader that meets a gap waits for the lowest announced position.
    -- The last position is asked of pg_sequence_last_value: a plain SELECT of last_value looks at the page without its
    -- lock, and can see the value up to 32 ahead that nextval writes there for a moment for the log.
    PERFORM pg_advisory_xact_lock_shared(
        event_store.watermark_base() + pg_sequence_last_value('event_store.position_seq'::regclass));
    SELECT array_agg(nextval('event_store.position_seq')) INTO positions
    FROM generate_series(1, cardinality(p_events));

    FOR attempt IN 1..3 LOOP
        BEGIN
            INSERT INTO event_store.commands
            SELECT c.id, c.tenant_id, c.principal, c.request_hash, c.outcome, positions[c.first], positions[c.last],
                stamp
            FROM unnest(p_commands) c
            WHERE c.id IS NOT NULL AND c.n <> ALL (gone)
            ORDER BY c.id;

            IF p_takes IS NOT NULL THEN
                INSERT INTO event_store.unique_keys
                SELECT k.tenant_id, k.scope, k.key, k.stream_id
                FROM unnest(p_takes) k
                WHERE k.n <> ALL (gone)
                ORDER BY k.tenant_id, k.scope, k.key;
            END IF;

            IF p_releases IS NOT NULL THEN
                PERFORM 1 FROM event_store.unique_keys u
                JOIN unnest(p_releases) k
                    ON (u.tenant_id, u.scope, u.key, u.stream_id) = (k.tenant_id, k.scope, k.key, k.stream_id)
                WHERE k.n <> ALL (gone)
                ORDER BY u.tenant_id, u.scope, u.key
                FOR UPDATE OF u;
                DELETE FROM event_store.unique_keys u
                USING unnest(p_releases) k
                WHERE (u.tenant_id, u.scope, u.key, u.stream_id) = (k.tenant_id, k.scope, k.key, k.stream_id)
                    AND k.n <> ALL (gone);
            END IF;

            INSERT INTO event_store.events
            SELECT
                -- A scalar look-up, not EXISTS: that may be planned as a hash over the whole table.
                CASE WHEN e.follows = 0 OR (SELECT p.position FROM event_store.events p
                                            WHERE p.stream_id = e.stream_id AND p.version = e.follows) IS NOT NULL
                     THEN positions[e.i] END,
                e.tenant_id, e.stream_id, e.version, e.type, e.schema_version, e.data, e.sealed, e.key_id,
                e.subject_id, e.meta, stamp
            FROM unnest(p_events) e
            WHERE e.n <> ALL (gone)
            ORDER BY e.stream_id, e.version;

            RETURN QUERY
            SELECT c.n, 'appended', NULL::text, positions[c.last] FROM unnest(p_commands) c WHERE c.n <> ALL (gone);
            IF gone <> '{}' THEN
                -- Who lost to a winner that is itself refused may try again.
                RETURN QUERY
                SELECT r.n, CASE WHEN r.winner = ANY (gone) THEN 'again' ELSE r.reason END, r.detail, NULL::bigint
                FROM unnest(refused) r;
            END IF;
            RETURN;
        EXCEPTION WHEN unique_violation OR not_null_violation THEN
            GET STACKED DIAGNOSTICS blamed = COLUMN_NAME;
            IF SQLSTATE = '23502' AND blamed <> 'position' THEN
                RAISE;
            END IF;
            before := gone;
            SELECT array_agg(r.n ORDER BY r.n) INTO gone FROM unnest(refused) r WHERE r.winner IS NULL;
            SELECT coalesce(array_agg(r::event_store.refusal), '{}') INTO refused FROM (
                SELECT r.* FROM unnest(refused) r WHERE r.winner IS NULL
                UNION ALL
                SELECT r.* FROM event_store.refusals(p_commands, p_takes, p_events, coalesce(gone, '{}')) r
            ) r;
            SELECT coalesce(array_agg(r.n ORDER BY r.n), '{}') INTO gone FROM unnest(refused) r;
            -- Nothing committed explains it: what collided is in flight elsewhere, so nobody here can be judged yet.
            EXIT WHEN gone = before;
        END;
    END LOOP;

    RETURN QUERY
    SELECT c.n, CASE WHEN r.winner IS NULL THEN coalesce(r.reason, 'again') ELSE 'again' END, r.detail, NULL::bigint
    FROM unnest(p_commands) c LEFT JOIN unnest(refused) r ON r.n = c.n;
END
$$;

-- Why commands of a batch (but those in p_judged) cannot stand, one reason each: what is committed speaks against it,
-- or else a command before it in the batch wants the same.
CREATE FUNCTION event_store.refusals(
    p_commands event_store.new_command[],
    p_takes    event_store.key_change[],
    p_events   event_store.new_event[],
    p_judged   integer[]
) RETURNS SETOF event_store.refusal
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
    WITH c AS MATERIALIZED (
        SELECT * FROM unnest(p_commands) c WHERE c.n <> ALL (p_judged)
    ), k AS MATERIALIZED (
        SELECT * FROM unnest(p_takes) k WHERE k.n <> ALL (p_judged)
    ), e AS MATERIALIZED (
        SELECT * FROM unnest(p_events) e WHERE e.n <> ALL (p_judged)
    ), facts(n, rank, reason, detail) AS MATERIALIZED (
        SELECT c.n, 1, 'command', NULL FROM c JOIN event_store.commands o ON o.command_id = c.id
        UNION ALL
        SELECT k.n, 2, 'key', k.scope || ' ' || k.key FROM k
        JOIN event_store.unique_keys o ON (o.tenant_id, o.scope, o.key) = (k.tenant_id, k.scope, k.key)
        UNION ALL
        SELECT e.n, 3, 'version', e.stream_id::text FROM e
        JOIN event_store.events o ON (o.stream_id, o.version) = (e.stream_id, e.version)
        UNION ALL
        SELECT e.n, 3, 'version', e.stream_id::text FROM e
        WHERE e.follows <> 0
            AND NOT EXISTS (SELECT FROM event_store.events p WHERE (p.stream_id, p.version) = (e.stream_id, e.follows))
        UNION ALL
        SELECT e.n, 3, 'version', e.stream_id::text FROM e GROUP BY e.n, e.stream_id, e.version HAVING count(*) > 1
        UNION ALL
        SELECT k.n, 2, 'key', k.scope || ' ' || k.key FROM k
        GROUP BY k.n, k.tenant_id, k.scope, k.key HAVING count(*) > 1
    ), wishes(n, rank, reason, detail, winner) AS (
        SELECT c.n, 1, 'command', NULL, min(c.n) OVER (PARTITION BY c.id)
        FROM c WHERE c.id IS NOT NULL AND c.n NOT IN (SELECT f.n FROM facts f)
        UNION ALL
        SELECT k.n, 2, 'key', k.scope || ' ' || k.key, min(k.n) OVER (PARTITION BY k.tenant_id, k.scope, k.key)
        FROM k WHERE k.n NOT IN (SELECT f.n FROM facts f)
        UNION ALL
        SELECT e.n, 3, 'version', e.stream_id::text, min(e.n) OVER (PARTITION BY e.stream_id, e.version)
        FROM e WHERE e.n NOT IN (SELECT f.n FROM facts f)
    )
    SELECT DISTINCT ON (r.n) r.n, r.reason, r.detail, r.winner
    FROM (
        SELECT f.n, f.rank, f.reason, f.detail, NULL::integer AS winner FROM facts f
        UNION ALL
        SELECT w.n, w.rank, w.reason, w.detail, w.winner FROM wishes w WHERE w.winner < w.n
    ) r
    ORDER BY r.n, r.rank, r.detail
$$;

-- The last position that is final: whatever will ever stand at or below it can be seen by the next statement.
-- Three separate reads in this order; call it outside a repeatable-read transaction, and read rows afterwards.
CREATE FUNCTION event_store.settled_position() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    drawn     bigint;
    announced bigint;
BEGIN
    drawn := pg_sequence_last_value('event_store.position_seq'::regclass);
    SELECT min(((l.classid::bigint << 32) | l.objid::bigint) - event_store.watermark_base()) INTO announced
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid::bigint >> 16 = event_store.watermark_base() >> 48;
    RETURN least(drawn, announced);
END
$$;
