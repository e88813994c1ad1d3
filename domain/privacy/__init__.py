"""A person's right to be forgotten, and what stands against it: holds and retention periods."""
