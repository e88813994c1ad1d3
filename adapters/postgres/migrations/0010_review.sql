-- Replay for review: what one actor did, in order …
CREATE INDEX events_actor ON event_store.events (tenant_id, ((meta ->> 'actor')::uuid), position);

-- … and what was recorded in a window of time. Times follow positions all but exactly, so knowing the earliest and the
-- latest of every few pages is enough, and costs an append next to nothing.
CREATE INDEX events_recorded ON event_store.events USING brin (recorded_at)
    WITH (pages_per_range = 32, autosummarize = on);
