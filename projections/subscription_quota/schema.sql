CREATE TABLE subscription_quota (
    tenant_id       uuid NOT NULL,
    subscription_id uuid NOT NULL,
    person_id       uuid NOT NULL,
    plan_id         uuid NOT NULL,
    plan_name       text NOT NULL,
    status          text NOT NULL,
    amount          bigint NOT NULL,
    currency        text NOT NULL,
    interval_unit   text NOT NULL,
    interval_count  integer NOT NULL,
    zone            text NOT NULL,
    covers          text[] NOT NULL,
    excludes        text[] NOT NULL,
    period          integer NOT NULL,
    period_start    date NOT NULL,
    period_end      date NOT NULL,
    ends_on         date,
    included        integer,  -- null: unlimited
    used            integer NOT NULL,
    remaining       integer,  -- null: unlimited
    started_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    version         integer NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id)
);

CREATE INDEX ON subscription_quota (tenant_id, person_id, started_at DESC);

-- How many appointments of each type were booked in each period and not released.
CREATE TABLE subscription_usage (
    tenant_id        uuid NOT NULL,
    subscription_id  uuid NOT NULL,
    period           integer NOT NULL,
    appointment_type text NOT NULL,
    booked           integer NOT NULL DEFAULT 0,
    released         integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, subscription_id, period, appointment_type)
);
