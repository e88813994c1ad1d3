"""What one may ask for: one use case per file, and what follows from what."""
