-- Whole minor units: outstanding = issued - paid - taken_back - written_off.
CREATE TABLE outstanding_balance (
    tenant_id     uuid NOT NULL,
    person_id     uuid NOT NULL,
    currency      text NOT NULL,
    outstanding   bigint NOT NULL DEFAULT 0,
    overdue       bigint NOT NULL DEFAULT 0,
    issued        bigint NOT NULL DEFAULT 0,
    paid          bigint NOT NULL DEFAULT 0,
    taken_back    bigint NOT NULL DEFAULT 0,
    written_off   bigint NOT NULL DEFAULT 0,
    open_invoices integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, person_id, currency)
);
