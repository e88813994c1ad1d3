-- The group roles, and what they may do on the database itself. Roles belong to the cluster, and rights on a database
-- are no part of its dumps and copies: so this is no migration, but is run before the migrations every time.
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

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO caretrail_migrator', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO caretrail_projector', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE, CREATE ON SCHEMA public TO caretrail_migrator;
END
$$;
