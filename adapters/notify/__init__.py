"""Outgoing notices."""
