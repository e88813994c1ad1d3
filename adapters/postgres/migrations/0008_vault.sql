-- Keys end: a person's by erasure, an epoch's by rotation. What has ended stays as a row without its material.
ALTER TABLE vault.tenant_keys
    ALTER COLUMN wrapped DROP NOT NULL,
    ADD COLUMN destroyed_at timestamptz,
    ADD CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL));

-- A key that was destroyed before it was ever made belongs to no epoch.
ALTER TABLE vault.data_keys
    ALTER COLUMN epoch DROP NOT NULL,
    ADD CHECK (epoch IS NOT NULL OR wrapped IS NULL);
CREATE INDEX data_keys_live ON vault.data_keys (tenant_id, epoch) WHERE wrapped IS NOT NULL;

-- Keys that are there and must not be used: an erasure is asked for and not yet decided, or the data is only kept.
CREATE TABLE vault.closed (
    tenant_id  uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    retention  text        NOT NULL,
    closed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, subject_id, retention)
);

-- What every process with opened keys in memory has to forget, in the order of commits; without a subject it is about
-- the keys of a tenant's epochs. Numbers have no gaps: they are given under a lock that is held until the commit.
CREATE TABLE vault.revocations (
    number     bigint      PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('closed', 'opened', 'destroyed', 'rotated')),
    tenant_id  uuid        NOT NULL,
    subject_id uuid,
    retentions text[]      NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((kind = 'rotated') = (subject_id IS NULL))
);

CREATE FUNCTION vault.revoke(p_kind text, p_tenant uuid, p_subject uuid, p_retentions text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('vault.revocations', 0));
    INSERT INTO vault.revocations (number, kind, tenant_id, subject_id, retentions)
    SELECT coalesce(max(r.number), 0) + 1, p_kind, p_tenant, p_subject, p_retentions FROM vault.revocations r;
END
$$;

CREATE FUNCTION vault.close_keys(p_tenant uuid, p_subject uuid, p_retentions text[]) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO vault.closed (tenant_id, subject_id, retention)
    SELECT p_tenant, p_subject, r FROM unnest(p_retentions) r ORDER BY r
    ON CONFLICT DO NOTHING;
    PERFORM vault.revoke('closed', p_tenant, p_subject, p_retentions);
END
$$;

CREATE FUNCTION vault.reopen_keys(p_tenant uuid, p_subject uuid, p_retentions text[]) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM vault.closed c
    WHERE (c.tenant_id, c.subject_id) = (p_tenant, p_subject) AND c.retention = ANY (p_retentions);
    PERFORM vault.revoke('opened', p_tenant, p_subject, p_retentions);
END
$$;

-- Destroys a person's keys, for good and as often as it is called. A class without a key gets its tombstone too, so
-- that none can be made any more. The tenant's own key vouches for the events of everyone and is not a person's.
CREATE FUNCTION vault.destroy_keys(p_tenant uuid, p_subject uuid, p_retentions text[])
RETURNS TABLE (key_id uuid, retention text, destroyed_at timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_tenant = p_subject THEN
        RAISE EXCEPTION 'the key of a tenant itself is not a person''s' USING ERRCODE = 'check_violation';
    END IF;
    RETURN QUERY
    INSERT INTO vault.data_keys AS k (key_id, tenant_id, subject_id, retention, epoch, wrapped, destroyed_at)
    SELECT gen_random_uuid(), p_tenant, p_subject, r, NULL, NULL, clock_timestamp()
    FROM unnest(p_retentions) r ORDER BY r
    ON CONFLICT ON CONSTRAINT data_keys_tenant_id_subject_id_retention_key DO UPDATE
        SET wrapped = NULL, destroyed_at = coalesce(k.destroyed_at, EXCLUDED.destroyed_at)
    RETURNING k.key_id, k.retention, k.destroyed_at;
    PERFORM vault.revoke('destroyed', p_tenant, p_subject, p_retentions);
END
$$;

-- A data key as it counts, and the last revocation that was certainly seen when it was read.
CREATE TYPE vault.key_row AS (
    as_of bigint, key_id uuid, tenant_id uuid, subject_id uuid, retention text, epoch integer, wrapped bytea,
    closed boolean
);

-- Returns the keys of owners. Who has none gets the candidate offered, wrapped under the tenant's newest epoch; one
-- that is wrapped under an older epoch is not taken, and its owner is missing in the answer.
CREATE FUNCTION vault.obtain_keys(
    p_tenants uuid[], p_subjects uuid[], p_retentions text[], p_epochs integer[], p_keys uuid[], p_wrapped bytea[]
) RETURNS SETOF vault.key_row
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    as_of bigint;
BEGIN
    SELECT coalesce(max(r.number), 0) INTO as_of FROM vault.revocations r;
    IF EXISTS (
        SELECT FROM unnest(p_tenants, p_subjects, p_retentions) w (tenant, subject, retention)
        WHERE NOT EXISTS (
            SELECT FROM vault.data_keys k
            WHERE (k.tenant_id, k.subject_id, k.retention) = (w.tenant, w.subject, w.retention)
        )
    ) THEN
        -- Whoever retires an epoch waits for those who still make keys under it, and they for the one who retires.
        PERFORM FROM vault.tenant_keys t
        JOIN (SELECT DISTINCT u.tenant, u.epoch FROM unnest(p_tenants, p_epochs) u (tenant, epoch)) w
            ON (t.tenant_id, t.epoch) = (w.tenant, w.epoch)
        ORDER BY t.tenant_id, t.epoch
        FOR KEY SHARE OF t;
        INSERT INTO vault.data_keys (key_id, tenant_id, subject_id, retention, epoch, wrapped)
        SELECT w.key, w.tenant, w.subject, w.retention, w.epoch, w.wrapped
        FROM unnest(p_tenants, p_subjects, p_retentions, p_epochs, p_keys, p_wrapped)
            w (tenant, subject, retention, epoch, key, wrapped)
        WHERE w.epoch = (SELECT max(t.epoch) FROM vault.tenant_keys t WHERE t.tenant_id = w.tenant)
            AND NOT EXISTS (
                SELECT FROM vault.data_keys k
                WHERE (k.tenant_id, k.subject_id, k.retention) = (w.tenant, w.subject, w.retention)
            )
        ORDER BY w.tenant, w.subject, w.retention
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY
    SELECT as_of, k.key_id, k.tenant_id, k.subject_id, k.retention, k.epoch, k.wrapped,
        EXISTS (
            SELECT FROM vault.closed c
            WHERE (c.tenant_id, c.subject_id, c.retention) = (k.tenant_id, k.subject_id, k.retention)
        )
    FROM vault.data_keys k
    JOIN unnest(p_tenants, p_subjects, p_retentions) w (tenant, subject, retention)
        ON (k.tenant_id, k.subject_id, k.retention) = (w.tenant, w.subject, w.retention);
END
$$;

-- Ends an epoch of a tenant: its wrapped key goes, its row stays. False while a data key still lies under it.
CREATE FUNCTION vault.retire_epoch(p_tenant uuid, p_epoch integer) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM vault.tenant_keys t WHERE (t.tenant_id, t.epoch) = (p_tenant, p_epoch) FOR UPDATE;
    IF EXISTS (
        SELECT FROM vault.data_keys k
        WHERE (k.tenant_id, k.epoch) = (p_tenant, p_epoch) AND k.wrapped IS NOT NULL
    ) OR NOT EXISTS (SELECT FROM vault.tenant_keys t WHERE t.tenant_id = p_tenant AND t.epoch > p_epoch) THEN
        RETURN false;
    END IF;
    UPDATE vault.tenant_keys t SET wrapped = NULL, destroyed_at = clock_timestamp()
    WHERE (t.tenant_id, t.epoch) = (p_tenant, p_epoch) AND t.wrapped IS NOT NULL;
    IF FOUND THEN
        PERFORM vault.revoke('rotated', p_tenant, NULL, '{}');
    END IF;
    RETURN true;
END
$$;

-- Keys are made, closed and destroyed through the functions alone; wrapped anew by those who may open them.
GRANT SELECT ON vault.closed, vault.revocations TO caretrail_keys;
REVOKE INSERT, UPDATE (destroyed_at) ON vault.data_keys FROM caretrail_keys;
GRANT USAGE ON TYPE vault.key_row TO caretrail_keys;
GRANT EXECUTE ON FUNCTION
    vault.obtain_keys(uuid[], uuid[], text[], integer[], uuid[], bytea[]),
    vault.close_keys(uuid, uuid, text[]),
    vault.reopen_keys(uuid, uuid, text[]),
    vault.destroy_keys(uuid, uuid, text[]),
    vault.retire_epoch(uuid, integer)
    TO caretrail_keys;
