"""Which legal holds stand, and which stood."""
