CREATE TABLE sample_totals (
    tenant_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    total     bigint NOT NULL DEFAULT 0,
    last      integer NOT NULL,
    PRIMARY KEY (tenant_id, stream_id)
);
CREATE TABLE sample_counts (
    tenant_id uuid NOT NULL,
    counted   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id)
);
