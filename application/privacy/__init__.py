"""Asking for erasure, deciding on it, noting what was done; holds and periods that stand against it."""
