"""De-identified figures for analysts."""
