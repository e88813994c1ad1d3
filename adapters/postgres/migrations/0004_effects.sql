-- What must happen outside: one row per effect, under its deterministic key. The queue only carries the work.
CREATE SCHEMA effects;

CREATE TABLE effects.effects (
    key          uuid        PRIMARY KEY,
    tenant_id    uuid        NOT NULL,
    name         text        NOT NULL,
    queue        text        NOT NULL,
    priority     smallint    NOT NULL,
    ids          json        NOT NULL,
    event_id     uuid        NOT NULL,
    correlation_id uuid        NOT NULL,
    position     bigint      NOT NULL,
    subject_id   uuid,
    due_at       timestamptz NOT NULL,
    state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'done', 'failed')),
    attempts     integer     NOT NULL DEFAULT 0,
    error        text,
    sent_at      timestamptz,
    settled_at   timestamptz
);
CREATE INDEX effects_due ON effects.effects (due_at, priority) WHERE state = 'waiting';
CREATE INDEX effects_sent ON effects.effects (sent_at) WHERE state = 'sent';
CREATE INDEX effects_failed ON effects.effects (settled_at) WHERE state = 'failed';

-- Who may move what is due: one leader at a time, by a lease that runs out.
CREATE TABLE effects.leader (
    one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
    holder      uuid        NOT NULL,
    lease_until timestamptz NOT NULL
);
