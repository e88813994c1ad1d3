-- The database as the last wall: a row belongs to a tenant, and whoever has not said for which tenant they act sees,
-- adds and changes none. `migrate` protects every table with a tenant_id at its end, so that none can be forgotten;
-- read models' tables are protected as they are made.
CREATE SCHEMA tenancy;

-- own_tenant: the tenant set for this one transaction by the helper that hands out connections; none when none is set.
-- every_tenant_said: who keeps keys or verifies logs and says, by an own connection, that all tenants are meant.
-- every_tenant: who by nature goes through all of them. The projector follows the one feed; the owner, whom no process
-- logs in as, lends itself to the functions that are the doors (append, keys, figures).
CREATE FUNCTION tenancy.protect(p_table regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ours constant text := $q$tenant_id = nullif(current_setting('app.tenant', true), '')::uuid$q$;
    said constant text := $q$(SELECT current_setting('app.every_tenant', true)) = 'on'$q$;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('DROP POLICY IF EXISTS own_tenant ON %s', p_table);
    EXECUTE format('DROP POLICY IF EXISTS every_tenant_said ON %s', p_table);
    EXECUTE format('DROP POLICY IF EXISTS every_tenant ON %s', p_table);
    EXECUTE format('CREATE POLICY own_tenant ON %s TO caretrail_app, caretrail_auditor, caretrail_keys'
                   ' USING (%s) WITH CHECK (%s)', p_table, ours, ours);
    EXECUTE format('CREATE POLICY every_tenant_said ON %s TO caretrail_auditor, caretrail_keys'
                   ' USING (%s) WITH CHECK (%s)', p_table, said, said);
    EXECUTE format('CREATE POLICY every_tenant ON %s TO caretrail_projector, caretrail_migrator'
                   ' USING (true) WITH CHECK (true)', p_table);
END
$$;

-- Protects every table of ours that has a tenant_id and is not protected yet.
CREATE FUNCTION tenancy.protect_all() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND a.attname = 'tenant_id' AND NOT a.attisdropped
            AND c.relowner = 'caretrail_migrator'::regrole
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                     AND 3 = (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid
                              AND p.polname IN ('own_tenant', 'every_tenant_said', 'every_tenant')))
        ORDER BY c.oid
    LOOP
        PERFORM tenancy.protect(found);
    END LOOP;
END
$$;

-- The tenant leads in keys wherever the kind of log led before.
ALTER TABLE merkle.logs DROP CONSTRAINT logs_pkey, ADD PRIMARY KEY (tenant_id, kind);
ALTER TABLE merkle.tiles DROP CONSTRAINT tiles_pkey, ADD PRIMARY KEY (tenant_id, kind, level, index);
ALTER TABLE merkle.checkpoints DROP CONSTRAINT checkpoints_pkey, ADD PRIMARY KEY (tenant_id, kind, size);
ALTER TABLE merkle.deliveries DROP CONSTRAINT deliveries_pkey, ADD PRIMARY KEY (tenant_id, kind, size, anchor);

-- Behind the wall an index serves only comparisons that cannot tell of rows they must not see. Taking a value out of
-- JSON is none, so who did it is a column.
ALTER TABLE event_store.events ADD COLUMN actor_id uuid GENERATED ALWAYS AS ((meta ->> 'actor')::uuid) STORED;
DROP INDEX event_store.events_actor;
CREATE INDEX events_actor ON event_store.events (tenant_id, actor_id, position);

-- Nor is containment of arrays: people by their tokens, of the transaction's own tenant.
CREATE FUNCTION read.people_with(p_tokens integer[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT s.person_id FROM read.people_search s
    WHERE s.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND s.tokens @> p_tokens;
END
$$;

-- What must be known before, or of, all tenants: each function tells that and no more.

-- Which streams a withdrawal of trust was recorded in lately, and up to which version.
CREATE FUNCTION event_store.withdrawn(p_types text[], p_seconds double precision)
RETURNS TABLE (stream_id uuid, version integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.stream_id, max(e.version) FROM event_store.events e
    WHERE starts_with(e.type, 'identity.') AND e.type = ANY (p_types)
        AND e.recorded_at > clock_timestamp() - make_interval(secs => p_seconds)
    GROUP BY e.stream_id
$$;

-- Whose an effect is: the queue carries its key alone.
CREATE FUNCTION effects.tenant_of(p_key uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ SELECT e.tenant_id FROM effects.effects e WHERE e.key = p_key $$;

-- The number of the last revocation, whosever key it was about.
CREATE FUNCTION vault.last_revocation() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(max(r.number), 0) FROM vault.revocations r $$;

-- What every process with keys in memory has to forget; one row without a tenant when there is no news.
CREATE FUNCTION vault.revoked_since(p_after bigint)
RETURNS TABLE (latest bigint, tenant_id uuid, subject_id uuid, retentions text[], key_ids uuid[])
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.latest, r.tenant_id, r.subject_id, r.retentions, ARRAY(
        SELECT k.key_id FROM vault.data_keys k
        WHERE (k.tenant_id, k.subject_id) = (r.tenant_id, r.subject_id) AND k.retention = ANY (r.retentions))
    FROM (SELECT coalesce(max(number), 0) AS latest FROM vault.revocations) m
    LEFT JOIN vault.revocations r ON r.number > p_after AND r.number <= m.latest
$$;

-- Figures of the whole installation, for health, metrics and doctor: counts and times, no row of anyone's.
CREATE FUNCTION consumers.parked(p_consumer text, p_generation integer) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) FROM consumers.parked_streams p WHERE (p.consumer, p.generation) = (p_consumer, p_generation)
$$;

CREATE FUNCTION event_store.counted(p_upto bigint, p_types text[]) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) FROM event_store.events e
    WHERE e.position <= p_upto AND (p_types IS NULL OR e.type = ANY (p_types))
$$;

CREATE FUNCTION access_log.counted(p_upto bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ SELECT count(*) FROM access_log.entries e WHERE e.position <= p_upto $$;

CREATE FUNCTION effects.figures() RETURNS TABLE (state text, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ SELECT e.state, count(*) FROM effects.effects e GROUP BY e.state $$;

CREATE FUNCTION effects.overdue() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.due_at)), 0) FROM effects.effects e
    WHERE e.state = 'waiting' AND e.due_at < clock_timestamp()
$$;

CREATE FUNCTION merkle.figures() RETURNS TABLE (kind text, logs bigint, leaves bigint, unanchored bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.kind, count(*), sum(l.size)::bigint, sum(l.size - coalesce(c.size, 0))::bigint
    FROM merkle.logs l LEFT JOIN LATERAL (
        SELECT max(p.size) AS size FROM merkle.checkpoints p
        WHERE (p.tenant_id, p.kind) = (l.tenant_id, l.kind)) c ON true
    WHERE l.kind <> 'top' GROUP BY l.kind ORDER BY l.kind
$$;

-- For how many seconds the oldest leaf that no note covers has been recorded.
CREATE FUNCTION merkle.oldest_unsigned() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(e.recorded_at, a.recorded_at))), 0)
    FROM merkle.logs l LEFT JOIN LATERAL (
        SELECT max(p.size) AS size FROM merkle.checkpoints p
        WHERE (p.tenant_id, p.kind) = (l.tenant_id, l.kind)) c ON true
    JOIN merkle.tiles t ON (t.tenant_id, t.kind, t.level) = (l.tenant_id, l.kind, 0)
        AND t.index = coalesce(c.size, 0) / 256
    LEFT JOIN event_store.events e ON l.kind = 'events' AND e.position = t.positions[coalesce(c.size, 0) % 256 + 1]
    LEFT JOIN access_log.entries a ON l.kind = 'access' AND a.position = t.positions[coalesce(c.size, 0) % 256 + 1]
    WHERE l.kind <> 'top' AND l.size > coalesce(c.size, 0)
$$;

CREATE FUNCTION merkle.waiting() RETURNS TABLE (anchor text, waiting bigint, refused bigint, error text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.anchor, count(*), count(*) FILTER (WHERE d.error IS NOT NULL), max(d.error) FROM merkle.deliveries d
    GROUP BY d.anchor ORDER BY d.anchor
$$;

-- As before, and every table behind the wall from its first moment.
CREATE OR REPLACE FUNCTION consumers.create_tables(p_consumer text, p_generation integer, p_schema_sha text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made  text := consumers.schema_of(p_consumer, p_generation);
    known consumers.read_models%ROWTYPE;
BEGIN
    SELECT * INTO known FROM consumers.read_models r WHERE (r.consumer, r.schema_sha) = (p_consumer, p_schema_sha);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the tables of % are not described in this version: run `caretrail migrate`', p_consumer
            USING ERRCODE = 'undefined_object';
    END IF;
    EXECUTE format('CREATE SCHEMA %I', made);
    PERFORM set_config('search_path', quote_ident(made) || ', pg_temp', true); -- named last, or it would come first
    EXECUTE known.ddl;
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM tenancy.protect(c.oid) FROM pg_class c WHERE c.relnamespace = made::regnamespace AND c.relkind = 'r';
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO caretrail_projector', made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO caretrail_projector', made);
END
$$;

-- Points the views at a generation. They are read with the rights, and behind the wall, of who asks, who may so read
-- the tables of the generation shown, and of no other.
CREATE OR REPLACE FUNCTION consumers.show_tables(p_consumer text, p_generation integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown text := consumers.schema_of(p_consumer, p_generation);
    name  text;
BEGIN
    FOR name IN
        SELECT n.nspname FROM consumers.generations g
        JOIN pg_namespace n ON n.nspname = consumers.schema_of(g.consumer, g.generation)
        WHERE g.consumer = p_consumer AND n.nspname <> shown
    LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM caretrail_app', name);
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM caretrail_app', name);
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO caretrail_app', shown);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO caretrail_app', shown);
    FOR name IN SELECT unnest(r.tables) FROM consumers.read_models r WHERE r.consumer = p_consumer LOOP
        EXECUTE format('DROP VIEW IF EXISTS read.%I', name);
        EXECUTE format('CREATE VIEW read.%I WITH (security_invoker) AS SELECT * FROM %I.%I', name, shown, name);
        EXECUTE format('GRANT SELECT ON read.%I TO caretrail_app, caretrail_projector', name);
    END LOOP;
END
$$;

-- What is there already.
SELECT tenancy.protect_all();
SELECT consumers.show_tables(g.consumer, g.generation)
FROM consumers.generations g JOIN consumers.read_models r USING (consumer) WHERE g.state = 'live';

-- Figures for analysts are counted, and clinics' servers named, by who goes through all tenants anyway.
REVOKE ALL ON ALL TABLES IN SCHEMA deid FROM caretrail_app;
REVOKE USAGE ON SCHEMA deid FROM caretrail_app;
REVOKE INSERT, UPDATE, DELETE ON merkle.webhooks FROM caretrail_app;
GRANT INSERT, UPDATE, DELETE ON merkle.webhooks TO caretrail_projector;
GRANT USAGE ON SCHEMA deid, read TO caretrail_projector;
GRANT INSERT, DELETE ON ALL TABLES IN SCHEMA deid TO caretrail_projector;
GRANT SELECT ON deid.counted TO caretrail_projector;

GRANT EXECUTE ON FUNCTION read.people_with(integer[]), event_store.withdrawn(text[], double precision),
    effects.tenant_of(uuid) TO caretrail_app;
GRANT EXECUTE ON FUNCTION vault.last_revocation(), vault.revoked_since(bigint) TO caretrail_keys;
GRANT EXECUTE ON FUNCTION consumers.parked(text, integer), event_store.counted(bigint, text[]),
    access_log.counted(bigint), effects.figures(), effects.overdue(), merkle.figures(), merkle.oldest_unsigned(),
    merkle.waiting() TO caretrail_app, caretrail_auditor;
