-- Consumers of the feed: where each stands, which generation of a read model is live, which streams are parked.
CREATE SCHEMA consumers;
CREATE SCHEMA read;

CREATE TABLE consumers.bookmarks (
    consumer    text        NOT NULL,
    generation  integer     NOT NULL,
    shard       integer     NOT NULL DEFAULT 0,
    shards      integer     NOT NULL DEFAULT 1 CHECK (shards > 0 AND shard >= 0 AND shard < shards),
    position    bigint      NOT NULL DEFAULT 0,
    applied     bigint      NOT NULL DEFAULT 0,
    lease       uuid,
    lease_until timestamptz,
    moved_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    halted      text,
    PRIMARY KEY (consumer, generation, shard)
);

CREATE TABLE consumers.generations (
    consumer   text        NOT NULL,
    generation integer     NOT NULL CHECK (generation > 0),
    state      text        NOT NULL CHECK (state IN ('building', 'live', 'kept', 'dropped')),
    schema_sha text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, generation)
);
CREATE UNIQUE INDEX generations_live ON consumers.generations (consumer) WHERE state = 'live';

CREATE TABLE consumers.parked_streams (
    consumer   text        NOT NULL,
    generation integer     NOT NULL,
    stream_id  uuid        NOT NULL,
    tenant_id  uuid        NOT NULL,
    position   bigint      NOT NULL,
    error      text        NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, generation, stream_id)
);
