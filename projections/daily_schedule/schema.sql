-- One row per appointment, found by practitioner and date on the wall.
CREATE TABLE daily_schedule (
    tenant_id       uuid NOT NULL,
    appointment_id  uuid NOT NULL,
    version         integer NOT NULL,
    practitioner_id uuid,
    day             date NOT NULL,
    starts_at       timestamptz NOT NULL,
    starts_local    text NOT NULL,
    zone            text NOT NULL,
    minutes         integer NOT NULL,
    status          text NOT NULL,
    type            text NOT NULL,
    patient_id      uuid NOT NULL,
    location_id     uuid,
    overbooked      boolean NOT NULL,
    checked_in_at   timestamptz,
    started_at      timestamptz,
    completed_at    timestamptz,
    PRIMARY KEY (tenant_id, appointment_id)
);

CREATE INDEX ON daily_schedule (tenant_id, practitioner_id, day, starts_at);
