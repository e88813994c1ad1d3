-- One row per event of money. Amounts in whole minor units, with their sign: what is taken back is negative.
CREATE TABLE fact_revenue (
    tenant_id       uuid NOT NULL,
    invoice_id      uuid NOT NULL,
    version         integer NOT NULL,  -- of the event in the invoice's stream
    kind            text NOT NULL,     -- ISSUED, IMPORTED, PAID, VOIDED, WRITTEN_OFF
    occurred_on     date NOT NULL,     -- where the clinic is
    currency        text NOT NULL,
    net             bigint NOT NULL,
    tax             bigint NOT NULL,
    amount          bigint NOT NULL,
    method          text,
    is_subscription boolean NOT NULL,
    position        bigint NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, version)
);

CREATE INDEX ON fact_revenue (tenant_id, occurred_on);
