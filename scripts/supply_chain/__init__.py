"""What Caretrail is made of, and whether it gives a secret away: the checks behind ``./scripts/supply``."""
