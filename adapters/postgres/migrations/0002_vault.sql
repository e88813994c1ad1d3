-- Keys: root (outside) -> one per tenant and epoch -> one per person and retention class. Rows are never deleted:
-- a destroyed key stays as a tombstone without its material.
CREATE SCHEMA vault;

CREATE TABLE vault.tenant_keys (
    tenant_id  uuid        NOT NULL,
    epoch      integer     NOT NULL CHECK (epoch > 0),
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, epoch)
);

CREATE TABLE vault.data_keys (
    key_id       uuid        PRIMARY KEY,
    tenant_id    uuid        NOT NULL,
    subject_id   uuid        NOT NULL,
    retention    text        NOT NULL,
    epoch        integer     NOT NULL,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    UNIQUE (tenant_id, subject_id, retention),
    FOREIGN KEY (tenant_id, epoch) REFERENCES vault.tenant_keys,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
