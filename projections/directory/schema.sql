-- People known to the tenant, by the id they go by everywhere and what they are here; who they are lies sealed.
CREATE TABLE directory (
    tenant_id      uuid NOT NULL,
    person_id      uuid NOT NULL,
    role           text NOT NULL,
    stream_id      uuid NOT NULL,
    version        integer NOT NULL,
    active         boolean NOT NULL,
    source_system  text,
    source_id      text,
    registered_at  timestamptz,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, person_id, role)
);

CREATE INDEX ON directory (tenant_id, role, registered_at, person_id);

CREATE TABLE directory_organizations (
    tenant_id       uuid NOT NULL,
    organization_id uuid NOT NULL,
    version         integer NOT NULL,
    name            text NOT NULL,
    type            text,
    active          boolean NOT NULL,
    telephone       text,
    address         text,
    source_system   text,
    source_id       text,
    PRIMARY KEY (tenant_id, organization_id)
);

CREATE INDEX ON directory_organizations (tenant_id, name, organization_id);
