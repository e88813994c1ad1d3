"""Answers kept in Valkey for a while: sealed, told apart by whom they are about, and believed only while up to date."""
