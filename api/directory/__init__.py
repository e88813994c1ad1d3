"""People found over HTTP."""
