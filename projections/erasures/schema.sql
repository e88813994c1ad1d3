-- One row per erasure, and one per class of data it speaks of. Ids, codes and dates: nothing personal.
CREATE TABLE erasures (
    tenant_id      uuid        NOT NULL,
    erasure_id     uuid        NOT NULL,
    version        integer     NOT NULL,
    person_id      uuid        NOT NULL,
    status         text        NOT NULL,
    basis          text        NOT NULL,
    requested_at   timestamptz NOT NULL,
    answer_by      date        NOT NULL,
    refusal_basis  text,
    holds          uuid[]      NOT NULL,
    completed_at   timestamptz,
    position       bigint,
    log_size       bigint,
    log_root       text,
    stale_until    timestamptz,
    digest         text,
    signer         text,
    signature      text,
    PRIMARY KEY (tenant_id, erasure_id)
);
CREATE INDEX ON erasures (tenant_id, requested_at DESC);

CREATE TABLE erasure_classes (
    tenant_id    uuid    NOT NULL,
    erasure_id   uuid    NOT NULL,
    retention    text    NOT NULL,
    status       text    NOT NULL,
    basis        text,
    source       text,
    until        date,
    holds        uuid[],
    key_id       uuid,
    destroyed_at timestamptz,
    PRIMARY KEY (tenant_id, erasure_id, retention)
);
