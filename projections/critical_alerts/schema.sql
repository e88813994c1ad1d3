-- One row per record that was ever critical: its alert as it stands.
CREATE TABLE critical_alerts (
    tenant_id       uuid NOT NULL,
    alert_id        uuid NOT NULL,
    version         integer NOT NULL,
    patient_id      uuid NOT NULL,
    record_id       uuid NOT NULL,
    record_version  integer NOT NULL,
    record_type     text NOT NULL,
    state           text NOT NULL,
    effective_at    timestamptz NOT NULL,
    raised_at       timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    sealed          bytea,
    key_id          uuid,
    sealed_version  integer,
    sealed_type     text,
    sealed_schema   smallint,
    PRIMARY KEY (tenant_id, alert_id)
);

CREATE INDEX ON critical_alerts (tenant_id, raised_at DESC, alert_id) WHERE state <> 'withdrawn';
