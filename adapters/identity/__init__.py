"""What proves who someone is, over PostgreSQL, a ring of signing keys, and argon2."""
