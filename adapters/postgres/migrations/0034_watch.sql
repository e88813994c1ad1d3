-- What must hold whatever happens: rules looked at on a beat, beside the clock, and what was seen of them.
CREATE SCHEMA watch;

-- When each rule was last looked at, and the kind of error when the last look failed.
CREATE TABLE watch.looks (
    rule      text             PRIMARY KEY,
    looked_at timestamptz,
    seconds   double precision NOT NULL,
    error     text
);

-- What was seen: a figure for each thing a rule is about (a consumer, a log) and how much of it is allowed.
CREATE TABLE watch.readings (
    rule         text             NOT NULL,
    about        text             NOT NULL,
    value        double precision NOT NULL,
    allowed      double precision NOT NULL,
    seen_at      timestamptz      NOT NULL,
    broken_since timestamptz,
    PRIMARY KEY (rule, about)
);

-- Where a rule is broken, a few places of it: kinds and ids of streams, currencies. Nothing of what they hold.
CREATE TABLE watch.findings (
    tenant_id uuid NOT NULL,
    rule      text NOT NULL,
    place     text NOT NULL,
    PRIMARY KEY (tenant_id, rule, place)
);

-- How many rows of each type a log holds up to a position that is final: what consumers must have applied. Counted once
-- as the logs grow, so that nobody has to count them whole.
CREATE TABLE watch.tallies (
    log   text   NOT NULL,
    type  text   NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (log, type)
);
CREATE TABLE watch.tallied (
    log      text   PRIMARY KEY,
    position bigint NOT NULL
);
DROP FUNCTION event_store.counted(bigint, text[]);
DROP FUNCTION access_log.counted(bigint);

-- For how many seconds the oldest effect has been due that was sent and is not settled: workers are away, or cannot.
CREATE FUNCTION effects.unsettled() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT greatest(coalesce(extract(epoch FROM clock_timestamp() - min(e.due_at)), 0), 0) FROM effects.effects e
    WHERE e.state = 'sent'
$$;

-- Live keys of people, and how many of them, older than p_seconds, are about nobody anything was recorded about.
CREATE FUNCTION watch.keys_about_nobody(p_seconds double precision) RETURNS TABLE (keys bigint, about_nobody bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*), count(*) FILTER (
        WHERE k.created_at < clock_timestamp() - make_interval(secs => p_seconds)
        AND NOT EXISTS (SELECT FROM event_store.events e
                        WHERE (e.tenant_id, e.subject_id) = (k.tenant_id, k.subject_id))
        AND NOT EXISTS (SELECT FROM access_log.entries a
                        WHERE (a.tenant_id, a.subject_id) = (k.tenant_id, k.subject_id))
        AND NOT EXISTS (SELECT FROM access_log.subjects s
                        WHERE (s.tenant_id, s.subject_id) = (k.tenant_id, k.subject_id)))
    FROM vault.data_keys k WHERE k.wrapped IS NOT NULL AND k.subject_id <> k.tenant_id
$$;

-- Keys that rows of the logs lie under and the vault does not know, not even as destroyed: what they sealed is lost.
CREATE FUNCTION watch.unknown_keys() RETURNS TABLE (tenant_id uuid, key_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.tenant_id, u.key_id
    FROM (SELECT e.tenant_id, e.key_id FROM event_store.events e WHERE e.key_id IS NOT NULL
          UNION SELECT a.tenant_id, a.key_id FROM access_log.entries a WHERE a.key_id IS NOT NULL) u
    WHERE NOT EXISTS (SELECT FROM vault.data_keys k WHERE k.key_id = u.key_id)
$$;

GRANT USAGE ON SCHEMA watch TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON watch.looks, watch.readings TO caretrail_app, caretrail_auditor;
GRANT SELECT ON watch.findings TO caretrail_auditor;
GRANT SELECT, INSERT, UPDATE ON watch.looks, watch.tallies, watch.tallied TO caretrail_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON watch.readings TO caretrail_projector;
GRANT SELECT, INSERT, DELETE ON watch.findings TO caretrail_projector;
GRANT EXECUTE ON FUNCTION consumers.parked(text, integer), effects.figures(), effects.overdue(), effects.unsettled(),
    merkle.figures(), merkle.oldest_unsigned(), merkle.waiting(), watch.keys_about_nobody(double precision),
    watch.unknown_keys() TO caretrail_projector;
