"""What was in a patient's chart: as known at one time, as valid at another."""
