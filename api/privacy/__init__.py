"""Erasure, legal holds, retention and the export of a person's own data over HTTP."""
