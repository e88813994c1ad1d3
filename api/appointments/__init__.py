"""Appointments, days and free times over HTTP."""
