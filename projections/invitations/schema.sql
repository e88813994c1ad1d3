-- One row per invitation; the address it went to is sealed. how: NULL while it is open.
CREATE TABLE invitations (
    tenant_id      uuid        NOT NULL,
    invitation_id  uuid        NOT NULL,
    version        integer     NOT NULL,
    roles          text[]      NOT NULL,
    invited_by     uuid        NOT NULL,
    made_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    how            text,
    ended_at       timestamptz,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, invitation_id)
);
CREATE INDEX ON invitations (tenant_id, made_at DESC, invitation_id);
