"""Health records over HTTP."""
