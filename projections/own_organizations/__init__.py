"""Where a user belongs."""
