"""History read back for review: accounts of events, states of aggregates, and what changed in a chart."""
