CREATE TABLE invoices (
    tenant_id       uuid NOT NULL,
    invoice_id      uuid NOT NULL,
    person_id       uuid NOT NULL,
    status          text NOT NULL,
    number          text,
    currency        text NOT NULL,
    net             bigint,  -- null until it is issued: a draft is the sum of its lines
    tax             bigint,
    subscription_id uuid,
    period          integer,
    appointment_id  uuid,
    source          text,
    drafted_at      timestamptz NOT NULL,
    issued_on       date,
    due_on          date,
    paid_at         timestamptz,
    paid_by         text,
    pdf_file        text,
    pdf_sha256      text,
    pdf_size        integer,
    version         integer NOT NULL,
    sealed          bytea,
    key_id          uuid,
    sealed_version  integer,
    sealed_type     text,
    sealed_schema   smallint,
    PRIMARY KEY (tenant_id, invoice_id)
);

CREATE INDEX ON invoices (tenant_id, person_id, drafted_at DESC, invoice_id);
CREATE UNIQUE INDEX ON invoices (tenant_id, number) WHERE number IS NOT NULL;

CREATE TABLE invoice_lines (
    tenant_id        uuid NOT NULL,
    invoice_id       uuid NOT NULL,
    line_no          integer NOT NULL,
    line_id          uuid NOT NULL,
    quantity         integer NOT NULL,
    unit             bigint NOT NULL,
    tax_basis_points integer NOT NULL,
    net              bigint NOT NULL,
    tax              bigint NOT NULL,
    currency         text NOT NULL,
    sources          uuid[] NOT NULL,
    sealed           bytea,
    key_id           uuid,
    sealed_version   integer,
    sealed_type      text,
    sealed_schema    smallint,
    PRIMARY KEY (tenant_id, invoice_id, line_no)
);
