-- A trip to an identity provider, until somebody comes back from it: once, and in the browser it began in. What ties
-- the answer to it is derived from the state, which is not kept. held_*: who came back and owes a second factor.
CREATE TABLE identity.trips (
    state_hash      bytea       PRIMARY KEY,
    browser_hash    bytea       NOT NULL,
    provider        text        NOT NULL,
    errand          text        NOT NULL,
    user_id         uuid,
    session_id      uuid,
    organization_id uuid,
    register        boolean     NOT NULL,
    cookie          boolean     NOT NULL,
    fresh           boolean     NOT NULL,
    begun_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    held_user_id    uuid,
    held_session    uuid
);
CREATE INDEX trips_expired ON identity.trips (expires_at);

-- What a provider told us by a webhook, so that it is acted on once.
CREATE TABLE identity.provider_news (
    provider   text        NOT NULL,
    news_id    text        NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (provider, news_id)
);
CREATE INDEX provider_news_settled ON identity.provider_news (settled_at);

-- The provider's own session that a session of ours came from (a keyed hash): when that one ends, so does ours.
ALTER TABLE identity.sessions ADD COLUMN provider_session uuid;
CREATE INDEX sessions_provider ON identity.sessions (provider_session) WHERE provider_session IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.trips, identity.provider_news TO caretrail_app;
