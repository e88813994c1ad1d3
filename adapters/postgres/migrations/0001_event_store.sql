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

CREATE TABLE event_store.snapshots (
    tenant_id      uuid        NOT NULL,
    stream_id      uuid        NOT NULL,
    version        integer     NOT NULL,
    type           text        NOT NULL,
    schema_version smallint    NOT NULL,
    state          json        NOT NULL,
    sealed         bytea,
    key_id         uuid,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (stream_id, version)
);

-- Advisory keys of writers are WATERMARK + (last position drawn before theirs). The upper half is a name of ours.
CREATE FUNCTION event_store.watermark_base() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 4856287773188947968::bigint $$;

-- Appends a batch of commands in one transaction, each command whole or not at all.
--
-- Commands are numbered from 1 (n). A command that is refused leaves nothing behind and is reported with its reason:
-- 'command' (its id is recorded already), 'key' (a unique key is held by another stream), 'version' (a stream has
-- moved on, or the version an append follows is not there), or 'again' (it collided with another command of this batch, or with one still in
-- flight, and must be sent again). Rows are always written in one global order (commands, keys taken, keys released,
-- events; sorted within each), so that batches waiting for one another cannot deadlock.
CREATE FUNCTION event_store.append(p_commands json, p_takes json, p_releases json, p_events json)
RETURNS TABLE (n integer, outcome text, detail text, last_position bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    positions bigint[];
    refused   jsonb := '{}';
    found     jsonb;
    stamp     timestamptz;
    drawn     bigint;
    blamed    text;
BEGIN
    -- The order matters: read the last position, announce it by a shared lock held until after the commit is
    -- visible, and only then draw positions. A reader that meets a gap waits for the lowest announced position.
    SELECT s.last_value INTO drawn FROM event_store.position_seq s;
    PERFORM pg_advisory_xact_lock_shared(event_store.watermark_base() + drawn);
    stamp := clock_timestamp();
    SELECT array_agg(nextval('event_store.position_seq')) INTO positions
    FROM generate_series(1, json_array_length(p_events));

    FOR attempt IN 1..3 LOOP
        BEGIN
            INSERT INTO event_store.commands
            SELECT c.id, c.tenant, c.principal, c.hash::bytea, c.outcome, positions[c.first], positions[c.last], stamp
            FROM json_to_recordset(p_commands)
                AS c(n integer, id uuid, tenant uuid, principal uuid, hash text, outcome json, first integer, last integer)
            WHERE c.id IS NOT NULL AND NOT refused ? c.n::text
            ORDER BY c.id;

            IF p_takes IS NOT NULL THEN
                INSERT INTO event_store.unique_keys
                SELECT k.tenant, k.scope, k.key, k.stream
                FROM json_to_recordset(p_takes) AS k(n integer, tenant uuid, scope text, key text, stream uuid)
                WHERE NOT refused ? k.n::text
                ORDER BY k.tenant, k.scope, k.key;
            END IF;

            IF p_releases IS NOT NULL THEN
                PERFORM 1 FROM event_store.unique_keys u
                JOIN json_to_recordset(p_releases) AS k(n integer, tenant uuid, scope text, key text, stream uuid)
                    ON (u.tenant_id, u.scope, u.key, u.stream_id) = (k.tenant, k.scope, k.key, k.stream)
                WHERE NOT refused ? k.n::text
                ORDER BY u.tenant_id, u.scope, u.key
                FOR UPDATE OF u;
                DELETE FROM event_store.unique_keys u
                USING json_to_recordset(p_releases) AS k(n integer, tenant uuid, scope text, key text, stream uuid)
                WHERE (u.tenant_id, u.scope, u.key, u.stream_id) = (k.tenant, k.scope, k.key, k.stream)
                    AND NOT refused ? k.n::text;
            END IF;

            INSERT INTO event_store.events
            SELECT
                CASE WHEN e.follows IS NULL OR EXISTS (SELECT FROM event_store.events p
                                                       WHERE p.stream_id = e.stream AND p.version = e.follows)
                     THEN positions[e.i] END,
                e.tenant, e.stream, e.version, e.type, e.schema, e.data, e.sealed::bytea, e.key, e.subject,
                e.meta, stamp
            FROM json_to_recordset(p_events)
                AS e(n integer, i integer, tenant uuid, stream uuid, version integer, follows integer, type text,
                     schema smallint, data json, sealed text, key uuid, subject uuid, meta json)
            WHERE NOT refused ? e.n::text
            ORDER BY e.stream, e.version;

            RETURN QUERY
            SELECT c.n, coalesce(refused -> c.n::text ->> 0, 'appended'), refused -> c.n::text ->> 1,
                CASE WHEN NOT refused ? c.n::text THEN positions[c.last] END
            FROM json_to_recordset(p_commands) AS c(n integer, last integer);
            RETURN;
        EXCEPTION WHEN unique_violation OR not_null_violation THEN
            GET STACKED DIAGNOSTICS blamed = COLUMN_NAME;
            IF SQLSTATE = '23502' AND blamed <> 'position' THEN
                RAISE;
            END IF;
            found := event_store.refusals(p_commands, p_takes, p_events);
            -- Nothing committed explains it: what collided is in flight elsewhere, so nobody here can be judged yet.
            EXIT WHEN found <@ refused;
            refused := refused || found;
        END;
    END LOOP;

    RETURN QUERY
    SELECT c.n, coalesce(refused -> c.n::text ->> 0, 'again'), refused -> c.n::text ->> 1, NULL::bigint
    FROM json_to_recordset(p_commands) AS c(n integer);
END
$$;

-- Why commands of a batch cannot stand: {"n": [reason, detail]}; the first reason in the order of the checks.
CREATE FUNCTION event_store.refusals(p_commands json, p_takes json, p_events json) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH c AS (
        SELECT * FROM json_to_recordset(p_commands) AS c(n integer, id uuid)
    ), k AS (
        SELECT * FROM json_to_recordset(p_takes) AS k(n integer, tenant uuid, scope text, key text, stream uuid)
    ), e AS (
        SELECT * FROM json_to_recordset(p_events) AS e(n integer, stream uuid, version integer, follows integer)
    ), reasons(n, rank, reason, detail) AS (
        SELECT c.n, 1, 'command', NULL FROM c JOIN event_store.commands o ON o.command_id = c.id
        UNION ALL
        SELECT k.n, 2, 'key', k.scope || ' ' || k.key FROM k
        JOIN event_store.unique_keys o ON (o.tenant_id, o.scope, o.key) = (k.tenant, k.scope, k.key)
        UNION ALL
        SELECT e.n, 3, 'version', e.stream::text FROM e
        JOIN event_store.events o ON (o.stream_id, o.version) = (e.stream, e.version)
        UNION ALL
        SELECT e.n, 3, 'version', e.stream::text FROM e
        WHERE e.follows IS NOT NULL
            AND NOT EXISTS (SELECT FROM event_store.events p WHERE (p.stream_id, p.version) = (e.stream, e.follows))
        UNION ALL
        SELECT e.n, 3, 'version', e.stream::text FROM e GROUP BY e.n, e.stream, e.version HAVING count(*) > 1
        UNION ALL
        SELECT k.n, 2, 'key', k.scope || ' ' || k.key FROM k GROUP BY k.n, k.tenant, k.scope, k.key HAVING count(*) > 1
        UNION ALL
        SELECT d.n, 4, 'again', NULL FROM (
            SELECT c.n, row_number() OVER (PARTITION BY c.id ORDER BY c.n) AS turn FROM c WHERE c.id IS NOT NULL
            UNION ALL
            SELECT k.n, dense_rank() OVER (PARTITION BY k.tenant, k.scope, k.key ORDER BY k.n) FROM k
            UNION ALL
            SELECT e.n, dense_rank() OVER (PARTITION BY e.stream, e.version ORDER BY e.n) FROM e
        ) d WHERE d.turn > 1
    )
    SELECT coalesce(jsonb_object_agg(r.n::text, jsonb_build_array(r.reason, r.detail)), '{}')
    FROM (SELECT DISTINCT ON (n) n, reason, detail FROM reasons ORDER BY n, rank, detail) r
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
    SELECT s.last_value INTO drawn FROM event_store.position_seq s;
    SELECT min(((l.classid::bigint << 32) | l.objid::bigint) - event_store.watermark_base()) INTO announced
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid::bigint >> 16 = event_store.watermark_base() >> 48;
    RETURN least(drawn, announced);
END
$$;
