"""Organisations and who belongs to them, over HTTP."""
