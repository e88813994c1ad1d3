"""A person's facts written as a FHIR R4 bundle: the way back of the import."""
