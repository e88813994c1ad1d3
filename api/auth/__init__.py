"""Signing in and out over HTTP: the only routes under /api for people who are not signed in."""
