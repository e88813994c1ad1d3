-- What proves who someone is. Secrets are hashed or sealed, and stand in no event; nothing here says what happened:
-- that is told by the events of users and sessions in the platform's tenant.
CREATE SCHEMA identity;

-- A user's password hash and authenticator. totp_step: the last time step a code was taken for.
CREATE TABLE identity.credentials (
    user_id           uuid        PRIMARY KEY,
    password_hash     text,
    totp_sealed       bytea,
    totp_confirmed_at timestamptz,
    totp_step         bigint      NOT NULL DEFAULT 0,
    changed_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- For the day the authenticator is lost; each is used once.
CREATE TABLE identity.recovery_codes (
    user_id   uuid        NOT NULL REFERENCES identity.credentials ON DELETE CASCADE,
    code_hash bytea       NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

-- A family of refresh tokens per session. Ended here first, told by an event then.
CREATE TABLE identity.sessions (
    session_id       uuid        PRIMARY KEY,
    user_id          uuid        NOT NULL,
    organization_id  uuid        NOT NULL,
    methods          text[]      NOT NULL,
    authenticated_at timestamptz NOT NULL,
    opened_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at       timestamptz NOT NULL,
    ended_at         timestamptz
);
CREATE INDEX sessions_user ON identity.sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_expired ON identity.sessions (expires_at);

-- One row per refresh token, so that one used again is recognised for as long as its session lasts. salt: what its one
-- successor was made with, and by whom, for those who present it a second time within the grace.
CREATE TABLE identity.refresh_tokens (
    token_hash bytea       PRIMARY KEY,
    session_id uuid        NOT NULL REFERENCES identity.sessions ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    salt       bytea,
    presenter  bytea
);
CREATE INDEX refresh_tokens_session ON identity.refresh_tokens (session_id);

-- Codes and links sent to an address: what was typed is sealed, what was sent is hashed, both go when it is over.
CREATE TABLE identity.one_time_codes (
    challenge_id uuid        PRIMARY KEY,
    purpose      text        NOT NULL,
    email_key    text        NOT NULL,
    asked        bytea       NOT NULL,
    code_hash    bytea,
    attempts     smallint    NOT NULL DEFAULT 0,
    expires_at   timestamptz NOT NULL,
    UNIQUE (email_key, purpose)
);
CREATE UNIQUE INDEX one_time_codes_hash ON identity.one_time_codes (code_hash) WHERE purpose = 'reset-password';
CREATE INDEX one_time_codes_expired ON identity.one_time_codes (expires_at);

-- Failed attempts, by the keyed hash of an address or of where they came from; free: how many cost no wait.
CREATE TABLE identity.attempts (
    subject       text        PRIMARY KEY,
    free          integer     NOT NULL,
    failures      integer     NOT NULL,
    blocked_until timestamptz NOT NULL,
    forget_at     timestamptz NOT NULL
);
CREATE INDEX attempts_forgotten ON identity.attempts (forget_at);

-- The few events that every API process watches for: those after which older tokens are not believed any more.
CREATE INDEX events_identity ON event_store.events (recorded_at) WHERE starts_with(type, 'identity.');

GRANT USAGE ON SCHEMA identity TO caretrail_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO caretrail_app;
