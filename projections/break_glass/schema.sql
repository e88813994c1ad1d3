-- One row per emergency access, with its reason (sealed); "finding" is NULL until a privacy officer closes the review.
CREATE TABLE break_glass (
    tenant_id     uuid NOT NULL,
    glass_id      uuid NOT NULL,
    version       integer NOT NULL,
    patient_id    uuid NOT NULL,
    actor         uuid NOT NULL,
    code          text NOT NULL,
    opened_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    ended         text,
    notified_at   timestamptz,
    finding       text,
    reviewer      uuid,
    reviewed_at   timestamptz,
    sealed        bytea,
    key_id        uuid,
    sealed_version integer,
    sealed_type   text,
    sealed_schema smallint,
    PRIMARY KEY (tenant_id, glass_id)
);

CREATE INDEX ON break_glass (tenant_id, opened_at DESC, glass_id);
CREATE INDEX ON break_glass (tenant_id, opened_at DESC, glass_id) WHERE finding IS NULL;

-- What the privacy officer noted at the end of the review (sealed).
CREATE TABLE break_glass_notes (
    tenant_id      uuid NOT NULL,
    glass_id       uuid NOT NULL,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, glass_id)
);
