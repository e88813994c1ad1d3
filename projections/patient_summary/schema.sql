-- Figures per patient and type of record.
CREATE TABLE patient_summary (
    tenant_id         uuid NOT NULL,
    patient_id        uuid NOT NULL,
    record_type       text NOT NULL,
    recorded          integer NOT NULL DEFAULT 0,
    amended           integer NOT NULL DEFAULT 0,
    retracted         integer NOT NULL DEFAULT 0,
    last_recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, record_type)
);

-- The records a summary shows in full: allergies, medications and conditions as they read now.
CREATE TABLE patient_summary_highlights (
    tenant_id       uuid NOT NULL,
    record_id       uuid NOT NULL,
    patient_id      uuid NOT NULL,
    record_type     text NOT NULL,
    version         integer NOT NULL,
    effective_from  timestamptz NOT NULL,
    effective_until timestamptz,
    sealed          bytea,
    key_id          uuid,
    sealed_version  integer,
    sealed_type     text,
    sealed_schema   smallint,
    PRIMARY KEY (tenant_id, record_id)
);

CREATE INDEX ON patient_summary_highlights (tenant_id, patient_id, record_type, effective_from DESC);
