-- Requests under an Idempotency-Key: the first answer is given again for a day, and then forgotten.
CREATE SCHEMA answers;

-- First answers of requests that are not one command: each under a keyed digest of who asked and of their key, with one
-- of what was asked. The answer (none while the first request is under way) is sealed under a key made of the request.
CREATE TABLE answers.first (
    tenant_id uuid        NOT NULL,
    place     bytea       NOT NULL,
    request   bytea       NOT NULL,
    begun_at  timestamptz NOT NULL,
    answer    bytea,
    PRIMARY KEY (tenant_id, place)
);
CREATE INDEX ON answers.first (begun_at);
GRANT USAGE ON SCHEMA answers TO caretrail_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON answers.first TO caretrail_app;

CREATE INDEX commands_keyed ON event_store.commands (recorded_at) WHERE request_hash <> ''::bytea;

-- Remembers a command that changed nothing, so that its repetition changes nothing either.
CREATE FUNCTION event_store.remember(
    p_tenant uuid, p_command uuid, p_principal uuid, p_request_hash bytea, p_outcome json
) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO event_store.commands
    VALUES (p_command, p_tenant, p_principal, p_request_hash, p_outcome, 0, 0, clock_timestamp())
    ON CONFLICT DO NOTHING;
END
$$;

-- Forgets first answers that are a day old, of all tenants, some at a time; tells how many. Commands that the system
-- gave are never forgotten: an effect may be performed again at any time.
CREATE FUNCTION answers.forget(p_most integer) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    commands bigint;
    others   bigint;
BEGIN
    DELETE FROM event_store.commands c USING (
        SELECT o.command_id FROM event_store.commands o
        WHERE o.request_hash <> ''::bytea AND o.recorded_at < clock_timestamp() - interval '24 hours'
        ORDER BY o.recorded_at LIMIT p_most FOR UPDATE SKIP LOCKED
    ) old WHERE c.command_id = old.command_id;
    GET DIAGNOSTICS commands = ROW_COUNT;
    DELETE FROM answers.first f USING (
        SELECT o.tenant_id, o.place FROM answers.first o
        WHERE o.begun_at < clock_timestamp() - interval '24 hours'
        ORDER BY o.begun_at LIMIT p_most FOR UPDATE SKIP LOCKED
    ) old WHERE (f.tenant_id, f.place) = (old.tenant_id, old.place);
    GET DIAGNOSTICS others = ROW_COUNT;
    RETURN commands + others;
END
$$;

REVOKE EXECUTE ON FUNCTION event_store.remember, answers.forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_store.remember, answers.forget TO caretrail_app;
