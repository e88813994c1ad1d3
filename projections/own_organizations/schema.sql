-- One row per user and organisation, of the platform's tenant: the user sees all of theirs, whichever they act in.
CREATE TABLE own_organizations (
    tenant_id       uuid        NOT NULL,
    user_id         uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    roles           text[]      NOT NULL,
    primary_role    text,
    joined_at       timestamptz NOT NULL,
    ended_at        timestamptz,
    PRIMARY KEY (tenant_id, user_id, organization_id)
);

-- What those organisations are called; of the platform's tenant too.
CREATE TABLE organization_names (
    tenant_id       uuid NOT NULL,
    organization_id uuid NOT NULL,
    kind            text NOT NULL,
    name            text NOT NULL,
    closed_at       timestamptz,
    PRIMARY KEY (tenant_id, organization_id)
);
