"""Health records: what a clinic knows about a patient, when it held true and when it was known."""
