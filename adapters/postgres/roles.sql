-- The group roles. Roles belong to the cluster and are no part of a database's dumps and copies: so this is no
-- migration, but is run before the migrations every time.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'caretrail_migrator',  -- owns schemas, tables and functions; no process but `migrate` ever acts as it
        'caretrail_app',       -- appends by the one door, asks read models, performs effects
        'caretrail_projector', -- reads the feed, writes read models, bookmarks and effects
        'caretrail_keys',      -- makes, fetches and destroys wrapped keys, and sees nothing else
        'caretrail_auditor',   -- ciphertext and logs, read only
        'caretrail_analyst'    -- de-identified facts only
    ] LOOP
        IF to_regrole(name) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of the cluster is being migrated and was first
            END;
        END IF;
    END LOOP;

    -- Before 16 being a member was enough to act as a role.
    IF NOT pg_has_role('caretrail_migrator',
                       CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
    THEN
        GRANT caretrail_migrator TO CURRENT_USER;
    END IF;

    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE, CREATE ON SCHEMA public TO caretrail_migrator;
    GRANT USAGE ON SCHEMA public TO caretrail_app, caretrail_projector, caretrail_auditor; -- which migrations are there
END
$$;
