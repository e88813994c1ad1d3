-- Who may do what. The group roles are made by roles.sql; migrations run as caretrail_migrator, which so owns all they
-- make. PUBLIC may do nothing. Every later migration grants what its own tables and functions need, as this one does:
-- nothing is granted by default, and the test of the catalogue holds the whole list.
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA event_store FROM PUBLIC;
REVOKE ALL ON TYPE event_store.new_command, event_store.key_change, event_store.new_event, event_store.refusal
    FROM PUBLIC;

GRANT SELECT ON public.migrations TO caretrail_app, caretrail_projector, caretrail_auditor;

-- One door in: whoever may append has no right to write any of the tables.
GRANT USAGE ON SCHEMA event_store TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON event_store.events TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON event_store.unique_keys, event_store.commands TO caretrail_app, caretrail_auditor;
GRANT SELECT ON SEQUENCE event_store.position_seq TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT EXECUTE ON FUNCTION event_store.append(
    event_store.new_command[], event_store.key_change[], event_store.key_change[], event_store.new_event[]
) TO caretrail_app;
GRANT EXECUTE ON FUNCTION event_store.settled_position(), event_store.watermark_base()
    TO caretrail_app, caretrail_projector, caretrail_auditor;

-- Key rows are made, wrapped anew and turned into tombstones, and never deleted.
GRANT USAGE ON SCHEMA vault TO caretrail_keys;
GRANT SELECT, INSERT, UPDATE (wrapped) ON vault.tenant_keys TO caretrail_keys;
GRANT SELECT, INSERT, UPDATE (epoch, wrapped, destroyed_at) ON vault.data_keys TO caretrail_keys;

GRANT USAGE ON SCHEMA consumers TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA consumers TO caretrail_app, caretrail_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA consumers TO caretrail_projector;
GRANT USAGE ON SCHEMA read TO caretrail_app;

-- Derived by the projector, sent by the clock (the same role), settled by the worker (as app).
GRANT USAGE ON SCHEMA effects TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA effects TO caretrail_auditor;
GRANT SELECT, UPDATE ON effects.effects TO caretrail_app;
GRANT SELECT, INSERT, UPDATE ON effects.effects TO caretrail_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON effects.leader TO caretrail_projector;

-- What analysts may see; nothing in it leads back to a person.
CREATE SCHEMA deid;
GRANT USAGE ON SCHEMA deid TO caretrail_analyst;
