-- One row per appointment as it stands; what was said about it in someone's words lies sealed in the remarks.
CREATE TABLE appointment (
    tenant_id             uuid NOT NULL,
    appointment_id        uuid NOT NULL,
    version               integer NOT NULL,
    status                text NOT NULL,
    patient_id            uuid NOT NULL,
    practitioner_id       uuid,
    location_id           uuid,
    type                  text NOT NULL,
    starts_at             timestamptz NOT NULL,
    ends_at               timestamptz NOT NULL,
    starts_local          text NOT NULL,
    zone                  text NOT NULL,
    fold                  smallint NOT NULL,
    minutes               integer NOT NULL,
    moves                 integer NOT NULL DEFAULT 0,
    hold_expires_at       timestamptz,
    parent_appointment_id uuid,
    is_follow_up          boolean NOT NULL DEFAULT false,
    series_id             uuid,
    series_sequence       integer,
    subscription_id       uuid,
    price_amount          bigint,
    price_currency        text,
    overbooked            boolean NOT NULL DEFAULT false,
    overbooking_code      text,
    cancellation_code     text,
    cancelled_by          text,
    source_system         text,
    source_id             text,
    booked_at             timestamptz NOT NULL,
    changed_at            timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id)
);

CREATE INDEX ON appointment (tenant_id, patient_id, starts_at, appointment_id);
CREATE INDEX ON appointment (tenant_id, practitioner_id, starts_at, appointment_id);
CREATE INDEX ON appointment (tenant_id, starts_at, appointment_id);
CREATE INDEX ON appointment (tenant_id, parent_appointment_id) WHERE parent_appointment_id IS NOT NULL;

CREATE TABLE appointment_remarks (
    tenant_id      uuid NOT NULL,
    appointment_id uuid NOT NULL,
    version        integer NOT NULL,
    sealed         bytea,
    key_id         uuid,
    sealed_version integer,
    sealed_type    text,
    sealed_schema  smallint,
    PRIMARY KEY (tenant_id, appointment_id, version)
);
