"""Whose account an id is: names and addresses, sealed."""
