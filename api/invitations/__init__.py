"""Invitations as whoever holds the link sees them, over HTTP."""
