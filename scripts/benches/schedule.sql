CREATE TABLE bench_schedule (
    tenant_id       uuid        NOT NULL,
    appointment_id  uuid        NOT NULL,
    version         integer     NOT NULL,
    practitioner_id uuid        NOT NULL,
    patient_id      uuid        NOT NULL,
    day             date        NOT NULL,
    starts          timestamptz NOT NULL,
    minutes         integer     NOT NULL,
    type            text        NOT NULL,
    status          text        NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id)
);
CREATE INDEX ON bench_schedule (tenant_id, practitioner_id, day, starts);
