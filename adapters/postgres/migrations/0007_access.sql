-- Who looked: a second log beside the event store, of the same shape and appended to in the same way, so that readers
-- of the feed and the Merkle log treat both alike. Entries are ordinary catalogue events, each a stream of its own.
CREATE SCHEMA access_log;

-- Starts at 0, drawn once here, so that last_value is always the last position drawn.
CREATE SEQUENCE access_log.position_seq AS bigint MINVALUE 0 START 0 CACHE 1;
SELECT nextval('access_log.position_seq');

-- One row per look at clinical or personal data, refused and empty ones included; subject_id is who looked.
CREATE TABLE access_log.entries (
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
CREATE UNIQUE INDEX entries_position ON access_log.entries (position);
CREATE INDEX entries_subject ON access_log.entries (tenant_id, subject_id, position) WHERE subject_id IS NOT NULL;

-- Who was looked at: the persons an entry names under "subjects", so that "who looked at me" is one range scan.
CREATE TABLE access_log.subjects (
    tenant_id  uuid   NOT NULL,
    subject_id uuid   NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (tenant_id, subject_id, position)
);

-- Advisory keys of writers are WATERMARK + (last position drawn before theirs), apart from those of the event store.
CREATE FUNCTION access_log.watermark_base() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 4855161873282105344::bigint $$;

-- Appends a group of entries (numbered from 1 by i) in one transaction, and says the last position drawn for them.
-- An entry that is there already stays as it is: a group whose acknowledgement was lost is simply sent again.
CREATE FUNCTION access_log.append(p_entries event_store.new_event[]) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    positions bigint[];
    stamp     timestamptz := clock_timestamp();
BEGIN
    -- As in event_store.append: read the last position, announce it by a shared lock held until after the commit is
    -- visible, and only then draw positions.
    PERFORM pg_advisory_xact_lock_shared(
        access_log.watermark_base() + pg_sequence_last_value('access_log.position_seq'::regclass));
    SELECT array_agg(nextval('access_log.position_seq')) INTO positions
    FROM generate_series(1, cardinality(p_entries));

    WITH written AS (
        INSERT INTO access_log.entries
        SELECT positions[e.i], e.tenant_id, e.stream_id, e.version, e.type, e.schema_version, e.data, e.sealed,
            e.key_id, e.subject_id, e.meta, stamp
        FROM unnest(p_entries) e
        ORDER BY e.stream_id, e.version
        ON CONFLICT (stream_id, version) DO NOTHING
        RETURNING entries.position, entries.tenant_id, entries.data
    )
    INSERT INTO access_log.subjects (tenant_id, subject_id, position)
    SELECT DISTINCT w.tenant_id, s.id::uuid, w.position
    FROM written w, json_array_elements_text(w.data -> 'subjects') AS s(id);

    RETURN positions[cardinality(positions)];
END
$$;

-- The last position that is final; see event_store.settled_position, whose words hold here too.
CREATE FUNCTION access_log.settled_position() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    drawn     bigint;
    announced bigint;
BEGIN
    drawn := pg_sequence_last_value('access_log.position_seq'::regclass);
    SELECT min(((l.classid::bigint << 32) | l.objid::bigint) - access_log.watermark_base()) INTO announced
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid::bigint >> 16 = access_log.watermark_base() >> 48;
    RETURN least(drawn, announced);
END
$$;

GRANT USAGE ON SCHEMA access_log TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON access_log.entries TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON access_log.subjects TO caretrail_app, caretrail_auditor;
GRANT SELECT ON SEQUENCE access_log.position_seq TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT EXECUTE ON FUNCTION access_log.append(event_store.new_event[]) TO caretrail_app;
GRANT EXECUTE ON FUNCTION access_log.settled_position(), access_log.watermark_base()
    TO caretrail_app, caretrail_projector, caretrail_auditor;
