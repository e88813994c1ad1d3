-- One row per legal hold: on a person (person_id), on everybody (null); in classes, or (empty) in all.
CREATE TABLE legal_holds (
    tenant_id uuid        NOT NULL,
    hold_id   uuid        NOT NULL,
    person_id uuid,
    classes   text[]      NOT NULL,
    basis     text        NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_at timestamptz,
    PRIMARY KEY (tenant_id, hold_id)
);
CREATE INDEX ON legal_holds (tenant_id, placed_at DESC);
