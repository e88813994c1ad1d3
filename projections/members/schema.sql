-- One row per user who belongs, or belonged, to the tenant. roles: those held by the last event.
CREATE TABLE members (
    tenant_id    uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    version      integer     NOT NULL,
    roles        text[]      NOT NULL,
    primary_role text,
    joined_at    timestamptz NOT NULL,
    ended_at     timestamptz,
    how          text,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX ON members (tenant_id, joined_at, user_id) WHERE ended_at IS NULL;

-- Each role a member has, or last had: who gave it and until when, who took it.
CREATE TABLE member_roles (
    tenant_id  uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    role       text        NOT NULL,
    given_by   uuid        NOT NULL,
    given_at   timestamptz NOT NULL,
    expires_at timestamptz,
    ended_at   timestamptz,
    ended_by   uuid,
    PRIMARY KEY (tenant_id, user_id, role)
);
