-- Tables of read models are made and dropped by functions of their owner, from what `migrate` has written down here:
-- the projector fills them and owns nothing.
CREATE TABLE consumers.read_models (
    consumer   text   PRIMARY KEY,
    tables     text[] NOT NULL,
    ddl        text   NOT NULL,
    schema_sha text   NOT NULL
);

-- Indexes that are built again when a table that was empty has been filled, in the same transaction.
CREATE TABLE consumers.deferred_indexes (
    schema_name text NOT NULL,
    table_name  text NOT NULL,
    definition  text NOT NULL
);

CREATE FUNCTION consumers.schema_of(p_consumer text, p_generation integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT p_consumer || '_' || p_generation $$;

-- Makes a generation's schema and tables, the version of schema.sql the caller knows and no other.
CREATE FUNCTION consumers.create_tables(p_consumer text, p_generation integer, p_schema_sha text) RETURNS void
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
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO caretrail_projector', made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO caretrail_projector', made);
END
$$;

CREATE FUNCTION consumers.drop_tables(p_consumer text, p_generation integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM consumers.generations g WHERE (g.consumer, g.generation) = (p_consumer, p_generation);
    IF FOUND THEN
        EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', consumers.schema_of(p_consumer, p_generation));
    END IF;
END
$$;

-- Points the views at a generation. They are read with their owner's rights: who asks needs none on the tables.
CREATE FUNCTION consumers.show_tables(p_consumer text, p_generation integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT unnest(r.tables) FROM consumers.read_models r WHERE r.consumer = p_consumer LOOP
        EXECUTE format('DROP VIEW IF EXISTS read.%I', name);
        EXECUTE format('CREATE VIEW read.%I AS SELECT * FROM %I.%I',
                       name, consumers.schema_of(p_consumer, p_generation), name);
        EXECUTE format('GRANT SELECT ON read.%I TO caretrail_app', name);
    END LOOP;
END
$$;

-- Takes away what of a generation's table enforces nothing: indexes neither unique nor of a constraint.
CREATE FUNCTION consumers.defer_indexes(p_schema text, p_table text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i
        WHERE i.indrelid = to_regclass(format('%I.%I', p_schema, p_table)) AND NOT i.indisunique
            AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
            AND p_schema IN (SELECT consumers.schema_of(g.consumer, g.generation) FROM consumers.generations g)
    LOOP
        INSERT INTO consumers.deferred_indexes VALUES (p_schema, p_table, found.definition);
        EXECUTE format('DROP INDEX %s', found.name);
    END LOOP;
END
$$;

CREATE FUNCTION consumers.build_indexes(p_schema text, p_table text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    definition text;
BEGIN
    FOR definition IN
        DELETE FROM consumers.deferred_indexes d WHERE (d.schema_name, d.table_name) = (p_schema, p_table)
        RETURNING d.definition
    LOOP
        EXECUTE definition;
    END LOOP;
END
$$;

GRANT SELECT ON consumers.read_models TO caretrail_projector, caretrail_auditor;
GRANT EXECUTE ON FUNCTION consumers.create_tables(text, integer, text), consumers.drop_tables(text, integer),
    consumers.show_tables(text, integer), consumers.defer_indexes(text, text), consumers.build_indexes(text, text)
    TO caretrail_projector;
