-- People by the tokens of what they may be looked for by; who they are lies sealed beside them.
CREATE TABLE people_search (
    tenant_id      uuid NOT NULL,
    person_id      uuid NOT NULL,
    role           text NOT NULL,
    stream_id      uuid NOT NULL,
    version        integer NOT NULL,
    active         boolean NOT NULL,
    tokens         integer[] NOT NULL,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, person_id, role)
);

CREATE INDEX ON people_search USING gin (tokens);
