"""Measurements: each bench runs what it compares in the same run, round by round in turn."""
