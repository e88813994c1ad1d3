-- An instant beyond what programs can hold (infinity, the year 10000) would stop every reader of the log at its row.
ALTER TABLE event_store.events ADD CONSTRAINT events_recorded_at_readable
    CHECK (recorded_at BETWEEN '0002-01-01 00:00:00+00' AND '9998-12-31 00:00:00+00');
ALTER TABLE access_log.entries ADD CONSTRAINT entries_recorded_at_readable
    CHECK (recorded_at BETWEEN '0002-01-01 00:00:00+00' AND '9998-12-31 00:00:00+00');
