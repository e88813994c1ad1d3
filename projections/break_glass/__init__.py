"""Which emergency accesses there were, and which still await review."""
