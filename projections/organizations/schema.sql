-- One row per tenant: its organisation. version: of its stream, for If-Match.
CREATE TABLE organizations (
    tenant_id       uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    version         integer     NOT NULL,
    kind            text        NOT NULL,
    name            text        NOT NULL,
    zone            text        NOT NULL,
    currency        text        NOT NULL,
    locale          text        NOT NULL,
    created_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    PRIMARY KEY (tenant_id, organization_id)
);
