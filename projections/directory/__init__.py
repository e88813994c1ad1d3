"""Who an id stands for."""
