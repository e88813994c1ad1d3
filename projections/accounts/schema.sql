-- One row per account, of the platform's tenant: what was said when it began (name and address), sealed.
CREATE TABLE accounts (
    tenant_id      uuid        NOT NULL,
    user_id        uuid        NOT NULL,
    registered_at  timestamptz NOT NULL,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, user_id)
);

-- What was last said instead (the name), sealed.
CREATE TABLE account_profiles (
    tenant_id      uuid NOT NULL,
    user_id        uuid NOT NULL,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, user_id)
);
