-- One row per version of a record: what was known from recorded_from until recorded_until (null: still known so),
-- about what held true from effective_from until effective_until (null: still true). A retraction is a version too.
CREATE TABLE patient_timeline (
    tenant_id       uuid NOT NULL,
    record_id       uuid NOT NULL,
    version         integer NOT NULL,
    patient_id      uuid NOT NULL,
    record_type     text NOT NULL,
    author_id       uuid,
    encounter_id    uuid,
    effective_from  timestamptz,
    effective_until timestamptz,
    recorded_from   timestamptz NOT NULL,
    recorded_until  timestamptz,
    retracted       boolean NOT NULL,
    reason_code     text,
    source_system   text,
    source_id       text,
    sealed          bytea,
    key_id          uuid,
    sealed_version  integer,
    sealed_type     text,
    sealed_schema   smallint,
    PRIMARY KEY (tenant_id, record_id, version)
);

CREATE INDEX ON patient_timeline (tenant_id, patient_id, effective_from DESC, record_id);
