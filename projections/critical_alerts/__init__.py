"""Who needs someone at once."""
