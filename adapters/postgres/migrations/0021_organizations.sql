-- Links of invitations, by the hash of what was sent and the keyed hash of the address it went to. Whether one can still
-- be used is told by the invitation's own events.
CREATE TABLE identity.invitations (
    invitation_id   uuid        PRIMARY KEY,
    organization_id uuid        NOT NULL,
    email_key       text        NOT NULL,
    secret_hash     bytea       UNIQUE,
    expires_at      timestamptz NOT NULL
);
CREATE INDEX invitations_expired ON identity.invitations (expires_at);

-- Secrets of API keys, hashed. Whether one opens anything is told by the key's own events.
CREATE TABLE identity.api_key_secrets (
    secret_hash     bytea       PRIMARY KEY,
    organization_id uuid        NOT NULL,
    key_id          uuid        NOT NULL,
    credential_id       uuid        NOT NULL,
    expires_at      timestamptz NOT NULL
);
CREATE INDEX api_key_secrets_expired ON identity.api_key_secrets (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.invitations, identity.api_key_secrets TO caretrail_app;
