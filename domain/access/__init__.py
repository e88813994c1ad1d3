"""Who looked at whose data, for what purpose, and by which emergency door."""
