"""Effects: derived from the feed, kept in PostgreSQL, carried by dramatiq, performed once."""
