-- One row per class for which an organisation has set a period of its own.
CREATE TABLE retention_periods (
    tenant_id uuid    NOT NULL,
    retention text    NOT NULL,
    years     integer NOT NULL,
    source    text    NOT NULL,
    PRIMARY KEY (tenant_id, retention)
);
