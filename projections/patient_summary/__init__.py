"""What a clinician wants to know first about a patient."""
