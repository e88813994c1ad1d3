CREATE TABLE poisoned_totals (
    tenant_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    total     bigint NOT NULL DEFAULT 0,
    last      integer NOT NULL,
    PRIMARY KEY (tenant_id, stream_id)
);
CREATE TABLE poisoned_words (
    tenant_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    version   integer NOT NULL,
    word      text NOT NULL,
    PRIMARY KEY (tenant_id, stream_id, version)
);
CREATE INDEX ON poisoned_words (tenant_id, word);
