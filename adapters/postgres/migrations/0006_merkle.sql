-- The Merkle log: one RFC 6962 tree per tenant and kind of log, and what was signed and handed out about it. Hashes
-- here are for speed; what convicts a forger are the notes and tiles that lie outside.
CREATE SCHEMA merkle;

-- How far each tree has grown. edge: its full subtrees, largest first; position: of the last leaf.
CREATE TABLE merkle.logs (
    kind      text        NOT NULL,
    tenant_id uuid        NOT NULL,
    size      bigint      NOT NULL CHECK (size >= 0),
    root      bytea       NOT NULL,
    edge      bytea       NOT NULL,
    position  bigint      NOT NULL,
    grown_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, tenant_id)
);

-- Up to 256 hashes each, in order; level 0 also says which rows its leaves are.
CREATE TABLE merkle.tiles (
    kind      text     NOT NULL,
    tenant_id uuid     NOT NULL,
    level     smallint NOT NULL,
    index     bigint   NOT NULL,
    hashes    bytea    NOT NULL,
    positions bigint[],
    PRIMARY KEY (kind, tenant_id, level, index)
);
ALTER TABLE merkle.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Every checkpoint ever signed. leaf: its place in the top log, which has none itself.
CREATE TABLE merkle.checkpoints (
    kind      text        NOT NULL,
    tenant_id uuid        NOT NULL,
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    position  bigint      NOT NULL,
    leaf      bigint,
    signed_at timestamptz NOT NULL,
    note      text        NOT NULL,
    PRIMARY KEY (kind, tenant_id, size)
);
CREATE UNIQUE INDEX checkpoints_leaf ON merkle.checkpoints (leaf) WHERE leaf IS NOT NULL;

-- What still has to be handed to whom outside. A row stays until whoever keeps it there has it.
CREATE TABLE merkle.deliveries (
    anchor    text        NOT NULL,
    kind      text        NOT NULL,
    tenant_id uuid        NOT NULL,
    size      bigint      NOT NULL,
    due_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts  integer     NOT NULL DEFAULT 0,
    error     text,
    PRIMARY KEY (anchor, kind, tenant_id, size)
);
CREATE INDEX deliveries_due ON merkle.deliveries (anchor, due_at);

-- Where a tenant wants its notes posted.
CREATE TABLE merkle.webhooks (
    tenant_id uuid PRIMARY KEY,
    url       text NOT NULL
);

GRANT USAGE ON SCHEMA merkle TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA merkle TO caretrail_app, caretrail_projector, caretrail_auditor;
GRANT INSERT, UPDATE ON merkle.logs, merkle.tiles TO caretrail_projector;
GRANT INSERT ON merkle.checkpoints TO caretrail_projector;
GRANT INSERT, UPDATE, DELETE ON merkle.deliveries TO caretrail_projector;
GRANT INSERT, UPDATE, DELETE ON merkle.webhooks TO caretrail_app;
