CREATE TABLE plans (
    tenant_id        uuid NOT NULL,
    plan_id          uuid NOT NULL,
    name             text NOT NULL,
    amount           bigint NOT NULL,
    currency         text NOT NULL,
    interval_unit    text NOT NULL,
    interval_count   integer NOT NULL,
    included         integer NOT NULL,
    unlimited        boolean NOT NULL,
    covers           text[] NOT NULL,
    excludes         text[] NOT NULL,
    trial_days       integer NOT NULL,
    tax_basis_points integer NOT NULL,
    archived         boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    version          integer NOT NULL,
    PRIMARY KEY (tenant_id, plan_id)
);

CREATE INDEX ON plans (tenant_id, archived, amount, plan_id);
