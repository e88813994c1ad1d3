"""The demonstration: a clinic's day, lived through over HTTP, that checks itself."""
