-- One row per appointment, with nothing in it that names or points to a patient.
CREATE TABLE fact_appointments (
    tenant_id             uuid NOT NULL,
    appointment_id        uuid NOT NULL,
    as_of_position        bigint NOT NULL,
    practitioner_id       uuid,
    location_id           uuid,
    type                  text NOT NULL,
    status                text NOT NULL,
    was_held              boolean NOT NULL,
    imported              boolean NOT NULL,
    booked_at             timestamptz NOT NULL,
    starts_at             timestamptz NOT NULL,
    local_date            date NOT NULL,
    weekday               smallint NOT NULL,
    hour                  smallint NOT NULL,
    minutes               integer NOT NULL,
    moves                 integer NOT NULL DEFAULT 0,
    is_follow_up          boolean NOT NULL DEFAULT false,
    in_series             boolean NOT NULL DEFAULT false,
    is_subscription_based boolean NOT NULL DEFAULT false,
    overbooked            boolean NOT NULL DEFAULT false,
    price_amount          bigint,
    price_currency        text,
    checked_in_at         timestamptz,
    started_at            timestamptz,
    completed_at          timestamptz,
    ended_at              timestamptz,
    cancellation_code     text,
    cancelled_by          text,
    PRIMARY KEY (tenant_id, appointment_id)
);

CREATE INDEX ON fact_appointments (tenant_id, local_date);
