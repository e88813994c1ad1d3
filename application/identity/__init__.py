"""Accounts, signing in and out: what is recorded of it, and the way there through ports that keep the secrets."""
