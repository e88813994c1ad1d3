"""Who was asked to join, and what became of it."""
