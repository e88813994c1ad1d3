"""A practitioner's day."""
