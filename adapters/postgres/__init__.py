"""PostgreSQL: the event store, its readers, the keys, and the migrations."""
