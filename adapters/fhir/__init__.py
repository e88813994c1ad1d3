"""FHIR R4 bundles as other systems issue them, read into events: pure mapping, no I/O."""
