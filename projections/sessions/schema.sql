-- One row per session, of the platform's tenant: what the user sees of it; client and address stay sealed.
CREATE TABLE sessions (
    tenant_id       uuid        NOT NULL,
    session_id      uuid        NOT NULL,
    user_id         uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    methods         text[]      NOT NULL,
    opened_at       timestamptz NOT NULL,
    proven_at       timestamptz NOT NULL,
    ended_at        timestamptz,
    reason          text,
    sealed          bytea,
    key_id          uuid,
    sealed_version  integer,
    sealed_type     text,
    sealed_schema   smallint,
    PRIMARY KEY (tenant_id, session_id)
);
CREATE INDEX ON sessions (tenant_id, user_id, opened_at DESC) WHERE ended_at IS NULL;
