-- One row per API key.
CREATE TABLE api_keys (
    tenant_id   uuid        NOT NULL,
    key_id      uuid        NOT NULL,
    version     integer     NOT NULL,
    name        text        NOT NULL,
    owner_id    uuid        NOT NULL,
    roles       text[]      NOT NULL,
    scopes      text[]      NOT NULL,
    created_at  timestamptz NOT NULL,
    reminded_at timestamptz,
    revoked_at  timestamptz,
    PRIMARY KEY (tenant_id, key_id)
);
CREATE INDEX ON api_keys (tenant_id, created_at DESC, key_id);

-- What its secrets begin with, and until when they last.
CREATE TABLE api_key_prefixes (
    tenant_id  uuid        NOT NULL,
    key_id     uuid        NOT NULL,
    credential_id  uuid        NOT NULL,
    prefix     text        NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id, credential_id)
);
