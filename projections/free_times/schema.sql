-- Seats taken: one row per appointment that holds any, gone when it gives them back.
CREATE TABLE free_times (
    tenant_id       uuid NOT NULL,
    appointment_id  uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    first_cell      integer NOT NULL,
    last_cell       integer NOT NULL,
    seats           integer[] NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id)
);

-- No appointment takes more cells than a day has, so a search in time looks back one day at most.
CREATE INDEX ON free_times (tenant_id, practitioner_id, first_cell);

CREATE TABLE free_times_hours (
    tenant_id       uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    version         integer NOT NULL,
    zone            text NOT NULL,
    weekdays        integer[] NOT NULL,
    opens           text[] NOT NULL,
    closes          text[] NOT NULL,
    capacity        integer NOT NULL,
    step_minutes    integer NOT NULL,
    window_days     integer NOT NULL,
    notice_minutes  integer NOT NULL,
    PRIMARY KEY (tenant_id, practitioner_id)
);

CREATE TABLE free_times_blocked (
    tenant_id       uuid NOT NULL,
    practitioner_id uuid NOT NULL,
    day             date NOT NULL,
    PRIMARY KEY (tenant_id, practitioner_id, day)
);
